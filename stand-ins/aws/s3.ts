/**
 * The least of S3 that SDKs need to list buckets and objects, and to get and put an object: finds the operation, words
 * answers and errors. The operations are in `s3-operations.ts`. Source: Amazon S3 API Reference, "REST error
 * responses", "Error responses" (codes), "Virtual hosting of buckets".
 */
import { authenticate } from './authenticate.ts'
import { AwsError } from './aws-error.ts'
import type { Answer, Call, Service } from './call.ts'
import { decodePercent, queryValue, type AwsRequest } from './request.ts'
import { checkRegion, findOperation, OPERATIONS, type Address } from './s3-operations.ts'
import { SignatureError, type RefusalKind } from './signature-claim.ts'
import { writeXml } from './xml.ts'

/** `bucket.localhost:port` and `bucket.s3.…` name the bucket in the host, everything else in the path. */
const VIRTUAL_HOST = /^([a-z0-9.-]+?)\.(?:localhost|s3[.-][a-z0-9.-]+)(?::\d+)?$/

function readAddress(request: AwsRequest): Address {
  const virtual = VIRTUAL_HOST.exec(request.headers.get('host') ?? '')?.[1]
  const path = decodePercent(request.rawPath).slice(1)
  if (virtual !== undefined) return { bucketName: virtual, key: path }
  const [bucketName = '', ...key] = path.split('/')
  return { bucketName, key: key.join('/') }
}

/** Parameters of the URL that change which operation is meant; the strict AWS refuses those that it does not know. */
function readVariant(request: AwsRequest): string {
  const known = /^(x-id|prefix|delimiter|encoding-type|list-type|X-Amz-.*)$/
  const unknown = request.query.map(([name]) => name).filter((name) => !known.test(name))
  return [...unknown, ...(queryValue(request, 'list-type') === '2' ? ['list-type=2'] : [])].join(
    '&',
  )
}

function readOperation(request: AwsRequest): string {
  const { bucketName, key } = readAddress(request)
  const kind = bucketName === '' ? 'service' : key === '' ? 'bucket' : 'object'
  return findOperation(`${request.method} ${kind} ${readVariant(request)}`.trim())
}

function toHeaders(call: Call): Record<string, string> {
  return { 'x-amz-request-id': call.requestId, 'x-amz-id-2': call.requestId }
}

async function answer(call: Call): Promise<Answer> {
  const address = readAddress(call.request)
  const { bucketName, key } = address
  call.notes.requestParameters = {
    ...(bucketName === '' ? {} : { bucketName }),
    ...(key === '' ? {} : { key }),
  }
  const caller = authenticate(call, 's3')
  const operate = OPERATIONS[call.operation]
  if (operate === undefined)
    throw new AwsError('NotImplemented', 'The strict AWS has no such operation.', { status: 501 })
  checkRegion(call, bucketName)
  const { status = 200, headers = {}, body } = operate(call, { caller, ...address })
  return { status, headers: { ...toHeaders(call), ...headers }, body }
}

/** Codes and messages of the error list. An undefined message is the detail of the refusal. */
const SIGNATURE_ERRORS: Readonly<Record<RefusalKind, readonly [string, number, string?]>> = {
  unsigned: ['AccessDenied', 403, 'Access Denied'],
  incomplete: ['AuthorizationHeaderMalformed', 400],
  wrong_scope: ['AuthorizationHeaderMalformed', 400],
  not_yet_current: [
    'RequestTimeTooSkewed',
    403,
    'The difference between the request time and the current time is too large.',
  ],
  too_old: [
    'RequestTimeTooSkewed',
    403,
    'The difference between the request time and the current time is too large.',
  ],
  url_expired: ['AccessDenied', 403, 'Request has expired'],
  unsigned_headers: ['AccessDenied', 403],
  wrong_payload_hash: ['XAmzContentSHA256Mismatch', 400],
  unknown_key: [
    'InvalidAccessKeyId',
    403,
    'The AWS Access Key Id you provided does not exist in our records.',
  ],
  wrong_token: ['InvalidToken', 400, 'The provided token is malformed or otherwise invalid.'],
  session_expired: ['ExpiredToken', 400, 'The provided token has expired.'],
  wrong_signature: [
    'SignatureDoesNotMatch',
    403,
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
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

/** S3 as a service of the one port. */
export const s3: Service = {
  eventSource: 's3.amazonaws.com',
  readOperation,
  answer,
  throttled: (retryAfterSeconds) =>
    new AwsError('SlowDown', 'Please reduce your request rate.', {
      status: 503,
      retryAfterSeconds,
    }),
  toErrorAnswer(thrown, call) {
    const error = toAwsError(thrown)
    const { code, message, status } = error
    const xml = writeXml('Error', '', {
      Code: code,
      Message: message,
      Resource: call.request.rawPath,
      RequestId: call.requestId,
      HostId: call.requestId,
    })
    const headers = { ...toHeaders(call), 'content-type': 'application/xml', ...error.headers }
    // An answer to HEAD has no body, so its caller learns the status only.
    const body = call.request.method === 'HEAD' ? '' : xml
    return { answer: { status, headers, body }, code, message }
  },
}
