/**
 * What an STS token says of itself, fit for sentences: so that it can be compared with a trust policy by eye. The token
 * itself is never here.
 */
import { withoutSecrets } from './errors.ts'

/** Each as it may be printed; absent when the token does not say it. */
export interface TokenClaims {
  readonly issuer?: string
  readonly subject?: string
  readonly audiences: readonly string[]
  readonly expiresAtMs?: number
}

/** `system:serviceaccount:` with two names of 63 characters; URLs of issuers have some 80. */
const CLAIM_LIMIT = 150

/** Trust policies name one. */
const AUDIENCE_COUNT = 3

/** Takes what is of use out of the claims of a token, whatever shapes they have. */
export function readClaims(claims: Readonly<Record<string, unknown>>): TokenClaims {
  const { iss, sub, aud, exp } = claims
  const issuer = toPrintable(iss)
  const subject = toPrintable(sub)
  const audiences = (Array.isArray(aud) ? aud.slice(0, AUDIENCE_COUNT) : [aud])
    .map(toPrintable)
    .filter((one) => one !== undefined)
  return {
    ...(issuer !== undefined && { issuer }),
    ...(subject !== undefined && { subject }),
    audiences,
    ...(typeof exp === 'number' && { expiresAtMs: exp * 1000 }),
  }
}

/** One sentence, the same for each token of a service account. */
export function describeToken({ subject, issuer, audiences }: TokenClaims): string {
  const named = audiences.length > 0 ? audiences.join(' and ') : 'none'
  return `The token is of ${subject ?? 'nobody'}, issuer ${issuer ?? 'unknown'}, audience ${named}.`
}

function toPrintable(claim: unknown): string | undefined {
  if (typeof claim !== 'string' || claim === '') return undefined
  const whole = withoutSecrets(claim.slice(0, CLAIM_LIMIT).replace(/[^\x21-\x7e]+/g, '?'), [])
  return claim.length <= CLAIM_LIMIT ? whole : `${whole}…`
}
