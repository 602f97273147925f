/**
 * Notes what happens to a call to STS on its way, and bounds the answer before anything parses it. It decides nothing.
 */

/** What one call has met so far; the last request of it, where there are several. */
export interface Passage {
  /** Host and port of the proxy of the settings; NO_PROXY may keep the call away from it. */
  readonly proxy?: string | undefined
  /** Of the settings: must not be in any sentence. */
  readonly secrets: readonly string[]
  /** Host and port that were asked. */
  host?: string | undefined
  answer?: PassedAnswer | undefined
}

/** What is known of an answer, from STS or from something in its place. */
export interface PassedAnswer {
  readonly status: number
  /** Absent when there is none, or one of no known shape. */
  readonly contentType?: string
  /** Whether its content is a document of STS. */
  readonly isSts: boolean
  readonly isTooLong?: true
}

/** STS answers with 2 to 4 KB; an answer without end would take the memory of the whole container. */
const ANSWER_LIMIT_BYTES = 256 * 1024

/** The documents of STS: an outcome, or a refusal in one of the two forms of AWS. */
const STS_DOCUMENT =
  /^\s*(?:<\?xml[^>]{0,200}\?>\s*)?<(?:AssumeRole(?:WithWebIdentity)?Response|ErrorResponse|Response)[\s>]/

/** An answer that the SDK is not to read. */
class UselessAnswerError extends Error {
  override readonly name = 'UselessAnswerError'
}

/** Notes where a request of the SDK goes; it forgets what an earlier one met. */
export function noteRequest(passage: Passage, request: unknown): void {
  const { hostname, port, protocol } = request as {
    hostname: string
    port?: number
    protocol: string
  }
  passage.host = `${hostname}:${port ?? (protocol === 'http:' ? 80 : 443)}`
  passage.answer = undefined
}

/**
 * Reads the answer's body, in place of the stream that it was, and notes what it is. What is no document of STS comes
 * without a body: that of a refusal says nothing that may be believed. Rejects when it is too long, and when it is an
 * outcome that is none of STS.
 */
export async function readAnswer(passage: Passage, response: unknown): Promise<void> {
  const answer = response as {
    statusCode: number
    headers: Record<string, string | undefined>
    body: AsyncIterable<Uint8Array>
  }
  const { statusCode: status, headers } = answer
  const contentType = /^[\w.+-]{1,40}\/[\w.+-]{1,40}/.exec(headers['content-type'] ?? '')?.[0]
  const known = { status, ...(contentType !== undefined && { contentType }) }
  const body = await readBounded(answer.body)
  const isSts = body !== undefined && STS_DOCUMENT.test(body.subarray(0, 512).toString('utf8'))
  passage.answer = { ...known, isSts, ...(body === undefined && { isTooLong: true }) }
  if (body === undefined || (!isSts && status < 300)) throw new UselessAnswerError()
  Object.assign(answer, { body: isSts ? body : Buffer.alloc(0) })
}

/** Undefined when it is longer than the limit; the rest is not read then, and the connection is closed. */
export async function readBounded(body: AsyncIterable<Uint8Array>): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > ANSWER_LIMIT_BYTES) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** What answered and how, for sentences about something that is not STS. */
export function describeAnswer({ host, answer, proxy }: Passage): string | undefined {
  if (answer === undefined) return undefined
  const { status, contentType = 'no content type', isTooLong } = answer
  const size = isTooLong === true ? ', more than 256 KiB' : ''
  return `HTTP ${status}, ${contentType}${size}, from ${describeHost({ host, proxy })}`
}

/**
 * Where a call goes, for sentences about the way: `sts.eu-west-1.amazonaws.com:443 (HTTPS_PROXY is
 * proxy.internal:3128)`.
 */
export function describeHost({ host, proxy }: Pick<Passage, 'host' | 'proxy'>): string {
  const via = proxy === undefined ? '' : ` (HTTPS_PROXY is ${proxy})`
  return `${host ?? 'the STS endpoint'}${via}`
}
