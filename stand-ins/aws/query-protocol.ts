/**
 * The query protocol of AWS (STS, IAM, Elastic Load Balancing; EC2 words its errors in its own way): parameters are
 * pairs, the action is one of them, answers are XML. Source: AWS STS API Reference, "Making Query Requests", "Common
 * Errors".
 */
import { AwsError } from './aws-error.ts'
import type { Answer, Call, Service } from './call.ts'
import type { AwsRequest } from './request.ts'
import { SignatureError, type RefusalKind } from './signature-claim.ts'
import { writeXml, type XmlElements } from './xml.ts'

/** Parameters of a query request: from the form body of a POST, or from the URL. */
export function readPairs(request: AwsRequest): readonly (readonly [string, string])[] {
  if (request.method !== 'POST') return request.query
  const contentType = request.headers.get('content-type') ?? ''
  if (!contentType.startsWith('application/x-www-form-urlencoded')) return []
  return [...new URLSearchParams(request.body.toString('utf8'))]
}

/** The first value of a parameter. */
export function readPair(request: AwsRequest, name: string): string | undefined {
  return readPairs(request).find(([key]) => key === name)?.[1]
}

/** The action that a request names; empty where it names none. */
export function readAction(request: AwsRequest): string {
  return readPair(request, 'Action') ?? ''
}

/**
 * "Common Errors" and the error messages that AWS shows for each of them. An undefined message is the detail of the
 * refusal.
 */
const SIGNATURE_ERRORS: Readonly<Record<RefusalKind, readonly [string, number, string?]>> = {
  unsigned: ['MissingAuthenticationToken', 403],
  incomplete: ['IncompleteSignature', 400],
  wrong_scope: ['SignatureDoesNotMatch', 403],
  not_yet_current: ['SignatureDoesNotMatch', 403],
  too_old: ['SignatureDoesNotMatch', 403],
  url_expired: ['SignatureDoesNotMatch', 403],
  unsigned_headers: ['SignatureDoesNotMatch', 403],
  wrong_payload_hash: ['SignatureDoesNotMatch', 403],
  unknown_key: [
    'InvalidClientTokenId',
    403,
    'The security token included in the request is invalid.',
  ],
  wrong_token: [
    'InvalidClientTokenId',
    403,
    'The security token included in the request is invalid.',
  ],
  session_expired: ['ExpiredToken', 403, 'The security token included in the request is expired'],
  wrong_signature: [
    'SignatureDoesNotMatch',
    403,
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
  ],
}

function toAwsError(error: unknown): AwsError {
  if (error instanceof AwsError) return error
  if (error instanceof SignatureError) {
    const [code, status, message = error.message] = SIGNATURE_ERRORS[error.kind]
    return new AwsError(code, message, { status })
  }
  throw error
}

/** What a service of the query protocol answers in place of a result. */
export function toQueryError(
  thrown: unknown,
  { requestId }: Call,
): { readonly error: AwsError; readonly content: XmlElements } {
  const error = toAwsError(thrown)
  const Type = error.status < 500 ? 'Sender' : 'Receiver'
  const content = {
    Error: { Type, Code: error.code, Message: error.message },
    RequestId: requestId,
  }
  return { error, content }
}

/** A document in the given namespace. */
export function toXmlAnswer(
  call: Call,
  { status = 200, namespace }: { readonly status?: number; readonly namespace: string },
  [root, content]: readonly [string, XmlElements],
): Answer {
  return {
    status,
    headers: { 'content-type': 'text/xml', 'x-amzn-requestid': call.requestId },
    body: writeXml(root, namespace, content),
  }
}

/** How a service of this protocol slows callers down and words errors. */
export function inQueryProtocol(namespace: string): Pick<Service, 'throttled' | 'toErrorAnswer'> {
  return {
    throttled: (retryAfterSeconds) =>
      new AwsError('Throttling', 'Rate exceeded', { retryAfterSeconds }),
    toErrorAnswer(thrown, call) {
      const { error, content } = toQueryError(thrown, call)
      const { status, code, message } = error
      const plain = toXmlAnswer(call, { status, namespace }, ['ErrorResponse', content])
      return {
        answer: { ...plain, headers: { ...plain.headers, ...error.headers } },
        code,
        message,
      }
    },
  }
}
