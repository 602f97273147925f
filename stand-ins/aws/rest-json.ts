/**
 * Words the answers and errors of services that speak JSON over REST (EKS, EKS Auth). Source: AWS "restJson1" protocol
 * (`x-amzn-errortype`); "Common error types" of the Amazon EKS API Reference.
 */
import { AwsError } from './aws-error.ts'
import type { Answer, Call } from './call.ts'
import { SignatureError, type RefusalKind } from './signature-claim.ts'

function toHeaders(call: Call): Record<string, string> {
  return { 'content-type': 'application/json', 'x-amzn-requestid': call.requestId }
}

/** An answer of 200. */
export function toJsonAnswer(call: Call, value: unknown): Answer {
  return { status: 200, headers: toHeaders(call), body: JSON.stringify(value) }
}

const UNRECOGNIZED: readonly [string, string] = [
  'UnrecognizedClientException',
  'The security token included in the request is invalid.',
]
const INVALID_SIGNATURE: readonly [string] = ['InvalidSignatureException']

/** An undefined message is the detail of the refusal. All are 403. */
const SIGNATURE_ERRORS: Readonly<Record<RefusalKind, readonly [string, string?]>> = {
  unsigned: ['MissingAuthenticationTokenException', 'Missing Authentication Token'],
  incomplete: ['IncompleteSignatureException'],
  wrong_scope: INVALID_SIGNATURE,
  not_yet_current: INVALID_SIGNATURE,
  too_old: INVALID_SIGNATURE,
  url_expired: INVALID_SIGNATURE,
  unsigned_headers: INVALID_SIGNATURE,
  wrong_payload_hash: INVALID_SIGNATURE,
  unknown_key: UNRECOGNIZED,
  wrong_token: UNRECOGNIZED,
  session_expired: [
    'ExpiredTokenException',
    'The security token included in the request is expired',
  ],
  wrong_signature: [
    'InvalidSignatureException',
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
  ],
}

function toAwsError(error: unknown): AwsError {
  if (error instanceof AwsError) return error
  if (error instanceof SignatureError) {
    const [code, message = error.message] = SIGNATURE_ERRORS[error.kind]
    return new AwsError(code, message, { status: 403 })
  }
  throw error
}

/** Any error as such a service answers it. */
export function toJsonError(
  thrown: unknown,
  call: Call,
): { readonly answer: Answer; readonly code: string; readonly message: string } {
  const { code, message, status, headers } = toAwsError(thrown)
  return {
    answer: {
      status,
      headers: { ...toHeaders(call), 'x-amzn-errortype': code, ...headers },
      body: JSON.stringify({ message }),
    },
    code,
    message,
  }
}

/** The error with which such a service slows a caller down. */
export function toJsonThrottle(retryAfterSeconds: number | undefined): AwsError {
  return new AwsError('ThrottlingException', 'Rate exceeded', { status: 429, retryAfterSeconds })
}
