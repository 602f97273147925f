/**
 * Looks at JSON before it is parsed: how deep it nests, and how many entries it has. Text of a few megabytes can stand for objects of a few
 * hundred; counting costs neither memory nor understanding.
 */

/** What is too much, in words that go on "the body …". */
export type Excess = string

/**
 * Ten times the largest pods that anybody has shown, of some 100 KB: an entry is an object, an array, a comma or a colon, and a pod has one
 * in 12 characters. JSON of so many entries is parsed in some 20 ms and takes some 10 MB.
 */
export const ENTRIES_LIMIT = 100_000

/** The deepest field of a pod is at 12, with what managed fields and the review add at 25. */
export const DEPTH_LIMIT = 100

export interface JsonScan {
  /** Goes on with the next bytes of the text; says what is too much. */
  readonly read: (bytes: Uint8Array) => Excess | undefined
  readonly entries: () => number
}

const QUOTE = 0x22
const BACKSLASH = 0x5c

/** What a byte outside of texts stands for. A table, and loops over local variables: each byte of each review comes by here. */
const OTHER = 0
const TEXT = 1
const CLOSING = 2
// From here on they count as entries.
const SEPARATOR = 3
const OPENING = 4
const MEANINGS = new Uint8Array(256)
for (const [characters, meaning] of [
  ['"', TEXT],
  [',:', SEPARATOR],
  ['{[', OPENING],
  ['}]', CLOSING],
] as const) {
  for (const character of characters) MEANINGS[character.charCodeAt(0)] = meaning
}

/** There is no text any more. */
const NO_TEXT = -1

/** Where the bytes end in a text, and there behind a backslash. */
const IN_TEXT = -1
const IN_ESCAPE = -2

export function createJsonScan(): JsonScan {
  const counts: Counts = { entries: 0, depth: 0, deepest: 0 }
  let end = 0

  return {
    read: (bytes) => {
      let at = 0
      if (end < 0 && bytes.length > 0) at = skipText(bytes, end === IN_ESCAPE ? 1 : 0)
      while (at >= 0 && at < bytes.length) {
        at = countToText(bytes, at, counts)
        if (at >= 0) at = skipText(bytes, at)
        else at = bytes.length
      }
      if (bytes.length > 0) end = at
      if (counts.entries > ENTRIES_LIMIT) return `has more than ${ENTRIES_LIMIT} entries`
      if (counts.deepest > DEPTH_LIMIT) return `nests deeper than ${DEPTH_LIMIT} levels`
      return undefined
    },
    entries: () => counts.entries,
  }
}

/** Where bytes go on behind the text that goes on at `start`; negative where it does not end. */
function skipText(bytes: Uint8Array, start: number): number {
  const { length } = bytes
  let at = start
  while (at < length) {
    const byte = bytes[at]
    at += 1
    if (byte === QUOTE) return at
    if (byte === BACKSLASH) at += 1
  }
  return at > length ? IN_ESCAPE : IN_TEXT
}

interface Counts {
  entries: number
  depth: number
  deepest: number
}

/** Where the next text goes on behind its quote; negative where none begins. */
function countToText(bytes: Uint8Array, start: number, counts: Counts): number {
  const { length } = bytes
  let { entries, depth, deepest } = counts
  let at = start
  let meaning = OTHER
  while (at < length && meaning !== TEXT) {
    meaning = MEANINGS[bytes[at] ?? 0] ?? OTHER
    at += 1
    if (meaning === CLOSING) depth -= 1
    if (meaning < SEPARATOR) continue
    entries += 1
    if (meaning === OPENING) depth += 1
    if (depth > deepest) deepest = depth
  }
  counts.entries = entries
  counts.depth = depth
  counts.deepest = deepest
  return meaning === TEXT ? at : NO_TEXT
}
