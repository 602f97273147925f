/**
 * Turns the words of STS, the SDK, the network and TLS into a code of `errors.ts`. Pure: it sees facts of an error,
 * never the error.
 */
import { isThrottlingError, isTransientError } from '@smithy/core/retry'
import type { FailureCode } from './failures.ts'

/** What is known of an error that a call to STS ended with. */
export interface CallError {
  /** STS's error code as it is on the wire, or the name of the SDK's exception. */
  readonly name: string
  readonly message: string
  /** Of Node: `ECONNREFUSED` and the like. */
  readonly systemCode?: string | undefined
  /** Absent when nothing answered. */
  readonly httpStatus?: number | undefined
  /** What a proxy answered to CONNECT. */
  readonly proxyStatus?: number | undefined
  /** Whether the answer was a document of STS. Absent when there was no answer, or it was not looked at. */
  readonly isSts?: boolean | undefined
}

/**
 * STS's codes, without the `Exception` that some have at their end (API reference: Common Errors, AssumeRole,
 * AssumeRoleWithWebIdentity).
 */
const STS_CODES: Readonly<Record<string, FailureCode>> = {
  IDPRejectedClaim: 'identity_token_rejected',
  IDPCommunicationError: 'issuer_unreachable',
  InvalidClientTokenId: 'session_rejected',
  UnrecognizedClient: 'session_rejected',
  PackedPolicyTooLarge: 'packed_policy_too_large',
  MalformedPolicyDocument: 'session_policy_malformed',
  ValidationError: 'request_refused',
  Validation: 'request_refused',
  InvalidParameter: 'request_refused',
  InvalidParameterValue: 'request_refused',
  InvalidParameterCombination: 'request_refused',
  MissingParameter: 'request_refused',
  UnknownParameter: 'request_refused',
  RequestEntityTooLarge: 'request_refused',
  OptInRequired: 'request_refused',
  InvalidAction: 'request_refused',
  UnknownOperation: 'request_refused',
  MissingAction: 'request_refused',
  MalformedQueryString: 'request_refused',
  InvalidQueryParameter: 'request_refused',
  RegionDisabled: 'region_disabled',
  RequestExpired: 'clock_wrong',
  RequestTimeTooSkewed: 'clock_wrong',
  RequestInTheFuture: 'clock_wrong',
  IncompleteSignature: 'signature_rejected',
  MissingAuthenticationToken: 'signature_missing',
  Throttled: 'throttled',
  TooManyRequests: 'throttled',
  InternalFailure: 'sts_unavailable',
  InternalError: 'sts_unavailable',
  InternalServerError: 'sts_unavailable',
  InternalServer: 'sts_unavailable',
  ServiceUnavailable: 'sts_unavailable',
  RequestAborted: 'sts_unavailable',
  AbortError: 'sts_timeout',
  EndpointError: 'region_invalid',
}

/** All say that a policy does not allow the call; STS says the first. */
const DENIALS = new Set(['AccessDenied', 'NotAuthorized', 'UnauthorizedOperation', 'AuthFailure'])

const SYSTEM_CODES: Readonly<Record<string, FailureCode>> = {
  ENOTFOUND: 'name_unresolved',
  EAI_AGAIN: 'name_unresolved',
  ETIMEDOUT: 'sts_timeout',
  ECONNREFUSED: 'sts_unreachable',
  ECONNRESET: 'sts_unreachable',
  EPIPE: 'sts_unreachable',
  ENETUNREACH: 'sts_unreachable',
  EHOSTUNREACH: 'sts_unreachable',
  EADDRNOTAVAIL: 'sts_unreachable',
  ENETDOWN: 'sts_unreachable',
  EHOSTDOWN: 'sts_unreachable',
  ECONNABORTED: 'sts_unreachable',
  ERR_STREAM_PREMATURE_CLOSE: 'sts_unreachable',
  EPROTO: 'tls_failed',
  ERR_PROXY_TUNNEL: 'proxy_failed',
  ERR_PROXY_INVALID_CONFIG: 'proxy_invalid',
}

/** OpenSSL's verification errors and Node's own of TLS have no common prefix. */
const TLS_CODES =
  /^(?:ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_|CRL_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|INVALID_CA$|INVALID_PURPOSE$|PATH_LENGTH_|HOSTNAME_MISMATCH$)/

/** By what a role is assumed: a token, or the session of the hop before. */
export type HopKind = 'web-identity' | 'session'

/**
 * Says what an error of a call is. In a web identity hop the token is what expires and is refused, in any other the
 * session before.
 *
 *   what is known                          | code
 *   -------------------------------------- | -----------------------------------
 *   answered, but not with STS's document  | throttled for 429, gateway_failed for 5xx, else answer_unreadable
 *   AccessDenied, ExpiredToken             | by the kind of hop
 *   SignatureDoesNotMatch                  | by its words: the clock, the region, the service; else the signature
 *   InvalidIdentityToken                   | by its words: the issuer's keys, the token's end; else the token
 *   a code of the tables                   | theirs
 *   what the SDK's own lists name          | throttled, or sts_timeout
 *   answered 429 / 5xx / a refusal by name | throttled / sts_unavailable / request_refused
 *   answered, but no refusal of STS        | answer_unreadable
 *   nothing answered                       | unexpected_error
 */
export function classify(error: CallError, kind: HopKind): FailureCode {
  const name = error.name.replace(/Exception$/, '')
  if (error.isSts === false && error.httpStatus !== undefined) {
    return classifyStranger(error.httpStatus)
  }
  return (
    classifyByHop(name, kind) ??
    classifyByWords(name, error.message) ??
    // Before the name: the SDK calls a refused connection a TimeoutError.
    classifySystem(error.systemCode) ??
    lookUp(STS_CODES, name) ??
    classifyByList(error.name) ??
    classifyStatus(name, error.httpStatus)
  )
}

function classifyByHop(name: string, kind: HopKind): FailureCode | undefined {
  const isByToken = kind === 'web-identity'
  if (DENIALS.has(name)) return isByToken ? 'web_identity_denied' : 'role_denied'
  if (name === 'ExpiredToken') return isByToken ? 'token_expired' : 'session_expired'
  return undefined
}

/** Codes with several causes; the first words that are there decide. */
const WORDS: readonly (readonly [names: readonly string[], words: RegExp, code: FailureCode])[] = [
  [['SignatureDoesNotMatch', 'InvalidSignature'], /expired|not yet current/i, 'clock_wrong'],
  [['SignatureDoesNotMatch', 'InvalidSignature'], /scoped to a valid region/i, 'region_invalid'],
  [['SignatureDoesNotMatch', 'InvalidSignature'], /correct service/i, 'sts_endpoint_invalid'],
  [['SignatureDoesNotMatch', 'InvalidSignature'], /^/, 'signature_rejected'],
  // At times also said of an issuer that answers too slowly.
  [['InvalidIdentityToken'], /verification key/i, 'issuer_unreachable'],
  [['InvalidIdentityToken'], /\bexpired\b/i, 'token_expired'],
  [['InvalidIdentityToken'], /^/, 'identity_token_rejected'],
]

function classifyByWords(name: string, message: string): FailureCode | undefined {
  return WORDS.find(([names, words]) => names.includes(name) && words.test(message))?.[2]
}

/** By the lists of the SDK, which grow with AWS. */
function classifyByList(name: string): FailureCode | undefined {
  const error = { name, message: '' }
  if (isThrottlingError(error)) return 'throttled'
  return isTransientError(error) ? 'sts_timeout' : undefined
}

function classifySystem(systemCode: string | undefined): FailureCode | undefined {
  if (systemCode === undefined) return undefined
  const known = lookUp(SYSTEM_CODES, systemCode)
  if (known !== undefined) return known
  // The parser of Node: no HTTP, or headers without end.
  if (systemCode.startsWith('HPE_')) return 'answer_unreadable'
  return TLS_CODES.test(systemCode) ? 'tls_failed' : undefined
}

function classifyStranger(httpStatus: number): FailureCode {
  if (httpStatus === 429) return 'throttled'
  return httpStatus >= 500 ? 'gateway_failed' : 'answer_unreadable'
}

function classifyStatus(name: string, httpStatus: number | undefined): FailureCode {
  if (httpStatus === undefined) return 'unexpected_error'
  if (httpStatus === 429) return 'throttled'
  if (httpStatus >= 500) return 'sts_unavailable'
  const isRefusal = httpStatus >= 400 && !SDK_WORDS.has(name)
  return isRefusal ? 'request_refused' : 'answer_unreadable'
}

/** Names that the SDK makes up when the answer has no error code that it can read. */
const SDK_WORDS = new Set([
  'NotFound',
  'Error',
  'TypeError',
  'SyntaxError',
  'Unknown',
  'UnknownError',
  '',
])

function lookUp(
  table: Readonly<Record<string, FailureCode>>,
  key: string,
): FailureCode | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined
}

/** Codes whose message says more than our own sentence. It is the same each time: it has no time and no request id. */
const QUOTED: ReadonlySet<FailureCode> = new Set([
  'web_identity_denied',
  'role_denied',
  'identity_token_rejected',
  'packed_policy_too_large',
  'session_policy_malformed',
  'request_refused',
  'region_disabled',
  'session_rejected',
  'unexpected_error',
])

/** Whether the other side's message belongs into the sentence. */
export function isQuoted(code: FailureCode): boolean {
  return QUOTED.has(code)
}

/** What STS judges by the token: its values belong into the sentence. */
const OF_TOKEN: ReadonlySet<FailureCode> = new Set([
  'web_identity_denied',
  'identity_token_rejected',
  'token_expired',
  'issuer_unreachable',
])

/** Whether the token is what was judged. */
export function isOfToken(code: FailureCode): boolean {
  return OF_TOKEN.has(code)
}

/**
 * Milliseconds of a `Retry-After` header in seconds; its form as a date is not known of STS, and then there is no hint.
 */
export function parseRetryAfter(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : undefined
}
