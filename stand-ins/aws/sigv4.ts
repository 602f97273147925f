/**
 * Verifies Signature Version 4: scope, time, signed headers, key, session token, signature, expiry of the session. What
 * a refusal is called differs between services, so it is a kind here and a code there. Source: IAM User Guide, "Create
 * a signed AWS API request" and "Troubleshoot signed requests for AWS APIs".
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { partitionOfRegion } from '../../iam/partition.ts'
import { compare, sha256, toCanonicalRequest } from './canonical-request.ts'
import type { AwsRequest } from './request.ts'
import type { RoleSession, SessionStore } from './session-store.ts'
import { ALGORITHM, refuse, type Claim } from './signature-claim.ts'

/** "Requests are valid within 15 minutes of the timestamp in the request." */
const MAX_SKEW_MS = 15 * 60 * 1000
/** "X-Amz-Expires: minimum 1, maximum 604800 (seven days)". */
const MAX_EXPIRES_SECONDS = 604_800

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function expectedSignature(request: AwsRequest, claim: Claim, secret: string): Buffer {
  const scope = [claim.date, claim.region, claim.service, 'aws4_request']
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${secret}`)
  const canonicalHash = sha256(toCanonicalRequest(request, claim))
  return hmac(key, [ALGORITHM, claim.timestamp, scope.join('/'), canonicalHash].join('\n'))
}

/** "You must include the host header, and any x-amz-* headers in the request, in the signed headers." */
function checkHeaders(request: AwsRequest, { signedHeaders }: Claim): void {
  const needed = [
    'host',
    ...[...request.headers.keys()].filter((name) => name.startsWith('x-amz-')),
  ]
  const missing = needed.filter((name) => !signedHeaders.includes(name))
  if (missing.length > 0)
    refuse(
      'unsigned_headers',
      `There were headers present in the request which were not signed: ${missing.join(', ')}`,
    )
  const sorted = [...signedHeaders].sort(compare).join(';')
  if (sorted !== signedHeaders.join(';') || sorted !== sorted.toLowerCase())
    refuse('incomplete', 'SignedHeaders must be in lower case and sorted.')
}

function toTimestamp(ms: number): string {
  return new Date(ms).toISOString().replaceAll(/[-:]|\.\d{3}/g, '')
}

function parseTimestamp(timestamp: string): number {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(timestamp)
  if (match === null)
    return refuse('incomplete', `Date must be in ISO-8601 'basic format'. Got '${timestamp}'.`)
  const [, ...parts] = match.map(Number)
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts
  return Date.UTC(year, month - 1, day, hour, minute, second)
}

function checkTime(claim: Claim, nowMs: number): void {
  const signedAtMs = parseTimestamp(claim.timestamp)
  if (!claim.timestamp.startsWith(claim.date))
    refuse(
      'wrong_scope',
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${claim.date}' != '${claim.timestamp.slice(0, 8)}', from '${claim.timestamp}'.`,
    )
  const now = toTimestamp(nowMs)
  if (signedAtMs - nowMs > MAX_SKEW_MS)
    refuse(
      'not_yet_current',
      `Signature not yet current: ${claim.timestamp} is still later than ${toTimestamp(nowMs + MAX_SKEW_MS)} (${now} + 15 min.)`,
    )
  if (
    claim.isPresigned &&
    !(claim.expiresSeconds >= 1 && claim.expiresSeconds <= MAX_EXPIRES_SECONDS)
  )
    refuse('incomplete', 'X-Amz-Expires must be between 1 and 604800 seconds.')
  const lifeMs = claim.isPresigned ? claim.expiresSeconds * 1000 : MAX_SKEW_MS
  if (nowMs - signedAtMs > lifeMs)
    refuse(
      claim.isPresigned ? 'url_expired' : 'too_old',
      `Signature expired: ${claim.timestamp} is now earlier than ${toTimestamp(nowMs - lifeMs)} (${now} - ${lifeMs / 60_000} min.)`,
    )
}

/** What a claim is checked against; `nowMs` is the clock of AWS. */
export interface VerificationInput {
  readonly claim: Claim | undefined
  /** The service that is called; the scope has to name it. */
  readonly service: string
  readonly sessions: SessionStore
  readonly nowMs: number
}

/** The session that signed the request. Throws a {@link SignatureError} otherwise. */
export function verifySignature(request: AwsRequest, input: VerificationInput): RoleSession {
  const { claim, service, sessions, nowMs } = input
  if (claim === undefined) return refuse('unsigned', 'Request is missing Authentication Token')
  if (claim.service !== service)
    refuse('wrong_scope', `Credential should be scoped to correct service: '${service}'. `)
  checkTime(claim, nowMs)
  checkHeaders(request, claim)
  const session = sessions.find(claim.accessKeyId)
  if (session === undefined) return refuse('unknown_key', 'The access key is not known.')
  if (partitionOfRegion(claim.region) !== session.role.partition)
    refuse('wrong_scope', 'Credential should be scoped to a valid region.')
  if (claim.sessionToken !== session.sessionToken)
    refuse('wrong_token', 'The session token is missing or belongs to another key.')
  const expected = expectedSignature(request, claim, session.secretAccessKey)
  const given = Buffer.from(claim.signature, 'hex')
  if (given.length !== expected.length || !timingSafeEqual(given, expected))
    refuse('wrong_signature', 'The signature does not match.')
  if (nowMs >= session.expiresAtMs) refuse('session_expired', 'The session has expired.')
  return session
}
