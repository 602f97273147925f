/**
 * The text that a Signature Version 4 covers, built from a request as it was sent. Source: IAM User Guide, "Create a
 * signed AWS API request" (canonical request); for S3 "Authenticating Requests: Using the Authorization Header" and "…
 * Using Query Parameters" (Amazon S3 API Reference).
 */
import { createHash } from 'node:crypto'
import { UNSIGNED_CHUNKS } from './aws-chunked.ts'
import { decodePercent, type AwsRequest } from './request.ts'
import { refuse, type Claim } from './signature-claim.ts'

/** In hexadecimal, lower case. */
export function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex')
}

/** "UriEncode": everything but A-Z a-z 0-9 - . _ ~ is percent-encoded with upper-case hex. */
function uriEncode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** S3 encodes each path segment once; every other service encodes what was sent once more. */
function canonicalPath(request: AwsRequest, service: string): string {
  const decode = service === 's3' ? decodePercent : (text: string) => text
  return request.rawPath
    .split('/')
    .map((segment) => uriEncode(decode(segment)))
    .join('/')
}

/** Order by code points, as signers sort. */
export function compare(left: string, right: string): number {
  if (left === right) return 0
  return left < right ? -1 : 1
}

function canonicalQuery(request: AwsRequest): string {
  return request.query
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => [uriEncode(name), uriEncode(value)] as const)
    .sort((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

/**
 * The hash that the signature covers: S3 takes it from a header, or leaves the payload of a presigned request unsigned.
 */
function payloadHash(request: AwsRequest, claim: Claim): string {
  if (claim.service !== 's3') return sha256(request.body)
  if (claim.isPresigned) return 'UNSIGNED-PAYLOAD'
  const declared = request.headers.get('x-amz-content-sha256')
  if (declared === undefined)
    refuse('incomplete', 'Missing required header for this request: x-amz-content-sha256')
  if (declared === 'UNSIGNED-PAYLOAD' || declared === UNSIGNED_CHUNKS) return declared
  if (declared !== sha256(request.body))
    refuse(
      'wrong_payload_hash',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    )
  return declared
}

/** The canonical request of a claim: method, path, query, signed headers and payload hash, a line each. */
export function toCanonicalRequest(request: AwsRequest, claim: Claim): string {
  const headers = claim.signedHeaders.map(
    (name) => `${name}:${(request.headers.get(name) ?? '').trim().replaceAll(/ +/g, ' ')}\n`,
  )
  return [
    request.method,
    canonicalPath(request, claim.service),
    canonicalQuery(request),
    headers.join(''),
    claim.signedHeaders.join(';'),
    payloadHash(request, claim),
  ].join('\n')
}
