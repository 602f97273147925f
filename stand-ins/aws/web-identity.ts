/**
 * Verifies web identity tokens as STS does: the issuer is an OIDC provider of the role's AWS account, the signature is
 * by one of the keys that the issuer publishes, the audience is a client id of the provider, and the token has not
 * expired. Source: AWS STS API Reference, "AssumeRoleWithWebIdentity" (errors); IAM User Guide, "Create an OpenID
 * Connect (OIDC) identity provider in IAM". Unlike AWS it fetches the keys for every token, so that an outage or a new
 * key shows at once.
 */
import {
  createLocalJWKSet,
  decodeJwt,
  errors,
  jwtVerify,
  type JSONWebKeySet,
  type JWTPayload,
} from 'jose'
import { z } from 'zod'
import { AwsError } from './aws-error.ts'
import type { AwsAccount, OidcProvider } from './configuration.ts'

/** "RS256, RS384, RS512, ES256, ES384, and ES512" ("Obtain a token" prerequisites). */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512']
/** `nbf` may lie this far ahead; `exp` is taken at its word. */
const NOT_BEFORE_TOLERANCE_SECONDS = 300
const FETCH_TIMEOUT_MS = 5000
const NO_KEY =
  "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements"

const discovery = z.object({ issuer: z.string(), jwks_uri: z.string() })
const keySet = z.object({ keys: z.array(z.record(z.string(), z.unknown())) })
const claims = z.object({
  iss: z.string(),
  sub: z.string().min(1).max(255),
  aud: z.union([z.string().transform((one) => [one]), z.array(z.string())]),
  exp: z.number(),
  iat: z.number(),
})

/** What a token says that held; `audience` is the client id that matched. */
export interface VerifiedToken {
  readonly provider: OidcProvider
  readonly subject: string
  readonly audience: string
}

/** What a token is verified against. */
export interface TokenVerification {
  /** The AWS account of the role that is asked for; undefined when there is none of that ID. */
  readonly account: Pick<AwsAccount, 'oidcProviders'> | undefined
  /** Where issuers answer, when not at their own URL. */
  readonly issuerLocations: Readonly<Record<string, string>>
  readonly nowMs: number
}

function invalid(message: string): AwsError {
  return new AwsError('InvalidIdentityToken', message)
}

/** "Retry the request a limited number of times so that you don't exceed the request rate." */
function unreachable(): AwsError {
  return new AwsError('IDPCommunicationError', 'Error communicating with identity provider')
}

async function fetchDocument(url: string): Promise<unknown> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) })
    if (!response.ok) throw unreachable()
    return await response.json()
  } catch {
    throw unreachable()
  }
}

function locate(url: string, issuer: string, location: string): string {
  return url.startsWith(issuer) ? `${location}${url.slice(issuer.length)}` : url
}

async function fetchKeys({ url }: OidcProvider, location: string): Promise<JSONWebKeySet> {
  const found = discovery.safeParse(
    await fetchDocument(`${location}/.well-known/openid-configuration`),
  )
  if (!found.success || found.data.issuer !== url)
    throw invalid(`The discovery document of ${url} is not valid or names another issuer.`)
  const keys = keySet.safeParse(await fetchDocument(locate(found.data.jwks_uri, url, location)))
  if (!keys.success) throw invalid(NO_KEY)
  return keys.data
}

function decode(token: string): JWTPayload {
  try {
    return decodeJwt(token)
  } catch {
    throw invalid(
      'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)',
    )
  }
}

function isUnknownKey(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys
  )
}

/** Verifies the signature and `nbf`; whether the token has expired is judged afterwards, in AWS's words. */
async function verifySignature(token: string, keys: JSONWebKeySet, nowMs: number): Promise<void> {
  try {
    await jwtVerify(token, createLocalJWKSet(keys), {
      algorithms: ALGORITHMS,
      currentDate: new Date(nowMs),
      clockTolerance: NOT_BEFORE_TOLERANCE_SECONDS,
    })
  } catch (error) {
    if (error instanceof errors.JWTExpired) return
    throw isUnknownKey(error)
      ? invalid(NO_KEY)
      : invalid('The token signature could not be verified.')
  }
}

/** What a token says, once all of it holds. Throws what STS answers otherwise. */
export async function verifyToken(
  token: string,
  { account, issuerLocations, nowMs }: TokenVerification,
): Promise<VerifiedToken> {
  const payload = decode(token)
  const provider = account?.oidcProviders.find(({ url }) => url === payload.iss)
  if (provider === undefined)
    throw invalid(`No OpenIDConnect provider found in your account for ${String(payload.iss)}`)
  const parsed = claims.safeParse(payload)
  if (!parsed.success)
    throw invalid(`Missing a required claim: ${parsed.error.issues[0]?.path.join('.') ?? ''}`)
  const keys = await fetchKeys(provider, issuerLocations[provider.url] ?? provider.url)
  await verifySignature(token, keys, nowMs)
  const nowSeconds = Math.floor(nowMs / 1000)
  const { sub, aud, exp } = parsed.data
  if (nowSeconds >= exp)
    throw new AwsError(
      'ExpiredTokenException',
      `Token expired: current date/time ${nowSeconds} must be before the expiration date/time ${exp}`,
    )
  const audience = aud.find((one) => provider.clientIds.includes(one))
  if (audience === undefined) throw invalid('Incorrect token audience')
  return { provider, subject: sub, audience }
}
