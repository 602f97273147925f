/**
 * The OIDC issuer, looked at as STS does it: discovery document, keys, and a token that verifies with them. The token
 * is for an audience that nobody takes, and never leaves this process.
 */
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose'
import { isObject, textAt } from '../../../webhook/core/formats/json.ts'
import { toSentence } from '../../../log/error-text.ts'
import {
  seen,
  unseen,
  type IssuerFacts,
  type Seen,
  type TokenFacts,
} from '../../core/check/facts.ts'
import type { Cluster } from '../cluster.ts'
import { requestToken } from '../token.ts'

/** Who may be asked for tokens by nobody. */
const AUDIENCE = 'rolechain.io/check'
const ANSWER_WITHIN_MS = 10_000
const LIMIT_BYTES = 1024 * 1024

export interface TokenRead {
  readonly claims: TokenFacts
  readonly token: string
}

/** Tokens of the service account `default`: one for whoever the API server makes them for by itself, and one for us. */
export async function readToken(cluster: Cluster, namespace = 'default'): Promise<TokenRead> {
  const account = { namespace, name: 'default' }
  const ordinary = decodeJwt(await requestToken(cluster, account, []))
  const { aud = [], iss = '' } = ordinary
  return {
    claims: { issuer: iss, audiences: typeof aud === 'string' ? [aud] : aud },
    token: await requestToken(cluster, account, [AUDIENCE]),
  }
}

/** Step by step, each only after the one before. */
export async function readIssuer({
  claims: { issuer: url },
  token,
}: TokenRead): Promise<IssuerFacts> {
  const document = await attempt(async () => {
    const read = await readJson(`${url.replace(/\/$/, '')}/.well-known/openid-configuration`)
    const keysUrl = textAt(read, 'jwks_uri')
    if (keysUrl === '') throw new Error('the document has no jwks_uri')
    return { issuer: textAt(read, 'issuer'), keysUrl }
  })
  if (document.kind === 'unseen') {
    return { url, document, keys: NOT_REACHED, verification: NOT_REACHED }
  }
  const { keysUrl } = document.value
  const keys = await attempt(async () => {
    const { keys: list } = await readJson(keysUrl)
    if (!Array.isArray(list)) throw new Error('what it answers has no keys')
    return { count: list.length }
  })
  if (keys.kind === 'unseen') return { url, document, keys, verification: NOT_REACHED }
  const verification = await attempt(async () => {
    const get = createRemoteJWKSet(new URL(keysUrl), { timeoutDuration: ANSWER_WITHIN_MS })
    // At the moment at which it was made: whether the clock of this machine is right says nothing of the issuer.
    const { iat = 0 } = decodeJwt(token)
    const currentDate = new Date(iat * 1000)
    await jwtVerify(token, get, { issuer: url, audience: AUDIENCE, currentDate })
    return true as const
  })
  return { url, document, keys, verification }
}

const NOT_REACHED = unseen<never>('the step before failed')

async function readJson(text: string) {
  const url = URL.parse(text)
  if (url?.protocol !== 'https:') throw new Error(`${text} is no https URL, which AWS wants`)
  // Redirects are not followed, as by AWS.
  const answer = await fetch(url, {
    redirect: 'manual',
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    headers: { accept: 'application/json' },
  })
  if (answer.status !== 200) throw new Error(`${text} answered ${answer.status}`)
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of answer.body ?? []) {
    size += chunk.length
    if (size > LIMIT_BYTES) throw new Error(`${text} sent more than ${LIMIT_BYTES} bytes`)
    chunks.push(chunk)
  }
  const read: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'))
  if (!isObject(read)) throw new Error(`${text} answered no JSON object`)
  return read
}

async function attempt<Value>(look: () => Promise<Value>): Promise<Seen<Value>> {
  try {
    return seen(await look())
  } catch (error) {
    return unseen(toSentence(error))
  }
}
