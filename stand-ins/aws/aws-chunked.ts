/**
 * Takes the payload out of a body that an SDK sends in chunks of its own (`Content-Encoding: aws-chunked`), as it does
 * with streams. Only the form without signed chunks is known. Source: Amazon S3 API Reference, "Signature calculations:
 * trailing headers" (STREAMING-UNSIGNED-PAYLOAD-TRAILER).
 */
import { AwsError } from './aws-error.ts'
import type { AwsRequest } from './request.ts'

/** What `x-amz-content-sha256` says of a body in unsigned chunks. */
export const UNSIGNED_CHUNKS = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'

function incomplete(): AwsError {
  return new AwsError('IncompleteBody', 'The chunks of the body are not complete.')
}

function decodeChunks(body: Buffer): Buffer {
  const chunks: Buffer[] = []
  let position = 0
  for (;;) {
    const lineEnd = body.indexOf('\r\n', position)
    const line = lineEnd < 0 ? '' : body.toString('latin1', position, lineEnd)
    if (!/^[0-9a-f]+$/i.test(line)) throw incomplete()
    const length = Number.parseInt(line, 16)
    if (length === 0) return Buffer.concat(chunks)
    const start = lineEnd + 2
    if (start + length > body.length) throw incomplete()
    chunks.push(body.subarray(start, start + length))
    position = start + length + 2
  }
}

/** The payload of a request, whichever way it was sent. */
export function decodeBody(request: AwsRequest): Buffer {
  const isChunked = request.headers.get('x-amz-content-sha256') === UNSIGNED_CHUNKS
  const body = isChunked ? decodeChunks(request.body) : request.body
  const declared = request.headers.get('x-amz-decoded-content-length')
  if (declared !== undefined && Number(declared) !== body.length) throw incomplete()
  return body
}
