/** Reads the body of a review within bounds: of its own size and shape, and of what all requests hold together. */
import type { IncomingMessage } from 'node:http'
import { createJsonScan } from '../core/formats/json-scan.ts'
import type { Excess, JsonScan } from '../core/formats/json-scan.ts'
import type { MemoryBudget, Share } from './memory-budget.ts'

/**
 * The API server takes no request above 3 MiB (an etcd object is at most 1.5 MiB, its JSON about twice that). A review
 * carries the object and, for updates, the old one; 1 MiB more is for the user's groups, options and the envelope.
 */
export const BODY_LIMIT_BYTES = (2 * 3 + 1) * 1024 * 1024

/**
 * What an entry of JSON takes in memory when it is parsed: a slot, and half of the smallest object of 56 bytes or of a
 * short name.
 */
const ENTRY_BYTES = 64

/** What a chunk takes beside its bytes; a client may send one byte in each. */
const CHUNK_BYTES = 256

/** Of a body that is refused, enough to find the review's UID in: API servers write it first. */
const HEAD_BYTES = 1024

/** What was sent: the whole text, or the beginning of one that has too much in it. */
export type Body =
  | { readonly kind: 'whole'; readonly text: string }
  | { readonly kind: 'excessive'; readonly head: string; readonly excess: Excess }

/** Why a body was not read; told with this status. */
export class BodyRefusal extends Error {
  readonly statusCode: number
  constructor(statusCode: number, sentence: string) {
    super(sentence)
    this.statusCode = statusCode
  }
}

interface Reading {
  chunks: Buffer[]
  bytes: number
  readonly scan: JsonScan
  excess: Excess | undefined
}

/**
 * Calls `done` once, with the body or with why there is none. What it returns holds the body's memory until it is
 * released.
 */
export function readBody(
  payload: IncomingMessage,
  budget: MemoryBudget,
  done: (refusal: BodyRefusal | null, body?: Body) => void,
): Share {
  const reading: Reading = { chunks: [], bytes: 0, scan: createJsonScan(), excess: undefined }
  let isDone = false
  const end = (refusal: BodyRefusal | null, body?: Body) => {
    if (isDone) return
    isDone = true
    reading.chunks = []
    done(refusal, body)
  }
  const share = budget.open(() => end(tooMuchAtOnce()))
  if (Number(payload.headers['content-length']) > BODY_LIMIT_BYTES) {
    end(tooLarge())
    return share
  }
  payload.on('data', (chunk: Buffer) => {
    if (isDone) return
    reading.bytes += chunk.length
    if (reading.bytes > BODY_LIMIT_BYTES) end(tooLarge())
    // What has too much in it is read to its end, and forgotten: who is still sending would not see the answer.
    else if (reading.excess === undefined && share.take(chunk.length + CHUNK_BYTES)) {
      readChunk(reading, chunk)
    }
  })
  payload.on('end', () => {
    if (reading.excess !== undefined) return end(null, toExcessive(reading))
    if (share.take(reading.scan.entries() * ENTRY_BYTES)) end(null, toWhole(reading, share))
  })
  // Each body closes in the end. An error takes a trace of the stack, which costs a tenth of a review, so it is made
  // only where it is needed.
  const cut = () => {
    if (!isDone) end(cutOff())
  }
  payload.on('error', cut)
  payload.on('close', cut)
  return share
}

function readChunk(reading: Reading, chunk: Buffer): void {
  reading.chunks.push(chunk)
  reading.excess = reading.scan.read(chunk)
  if (reading.excess === undefined) return
  const head = Buffer.concat(reading.chunks).subarray(0, HEAD_BYTES)
  reading.chunks = [Buffer.from(head)]
}

function toWhole({ chunks }: Reading, share: Share): Body {
  share.keep()
  // Most bodies come in one, which needs no copy.
  const [first, ...others] = chunks
  const bytes = first !== undefined && others.length === 0 ? first : Buffer.concat(chunks)
  return { kind: 'whole', text: bytes.toString('utf8') }
}

function toExcessive({ chunks, excess = '' }: Reading): Body {
  return { kind: 'excessive', head: Buffer.concat(chunks).toString('utf8'), excess }
}

function tooLarge(): BodyRefusal {
  return new BodyRefusal(413, `The body is larger than ${BODY_LIMIT_BYTES} bytes.`)
}

function tooMuchAtOnce(): BodyRefusal {
  return new BodyRefusal(
    503,
    'Too much is being read at once, and this request is the largest of all. Send it again.',
  )
}

function cutOff(): BodyRefusal {
  return new BodyRefusal(400, 'The connection ended before the body did.')
}
