/**
 * Looks at JSON before it is parsed: how deep it nests, and how many entries it has. Text of a few megabytes can stand
 * for objects of a few hundred; counting needs no memory.
 */

/** What is too much, in words that go on "the body …". */
export type Excess = string

/**
 * Ten times the largest pods that anybody has shown, of some 100 KB: an entry is an object, an array, a comma or a
 * colon, and a pod has one in 12 characters. JSON of so many entries is parsed in some 20 ms and takes some 10 MB.
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

/** What a byte outside of texts stands for. */
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

/** What was seen, and how the bytes ended. */
interface Scanned {
  entries: number
  depth: number
  deepest: number
  /** 0 outside of texts, 1 in a text, 2 there behind a backslash. */
  end: number
}

/** In a text. */
const IN_TEXT = 1

export function createJsonScan(): JsonScan {
  const scanned: Scanned = { entries: 0, depth: 0, deepest: 0, end: 0 }
  return {
    read: (bytes) => {
      if (bytes.length > 0) scan(bytes, scanned)
      if (scanned.entries > ENTRIES_LIMIT) return `has more than ${ENTRIES_LIMIT} entries`
      if (scanned.deepest > DEPTH_LIMIT) return `nests deeper than ${DEPTH_LIMIT} levels`
      return undefined
    },
    entries: () => scanned.entries,
  }
}

/** One loop over local variables, for texts too: each byte of each review comes by here. */
function scan(bytes: Uint8Array, scanned: Scanned): void {
  const { length } = bytes
  let { entries, depth, deepest } = scanned
  let at = scanned.end === 0 ? 0 : skipText(bytes, scanned.end - IN_TEXT)
  for (; at < length; at += 1) {
    const meaning = MEANINGS[bytes[at] ?? 0] ?? OTHER
    if (meaning === TEXT) at = skipText(bytes, at + 1) - 1
    else if (meaning === CLOSING) depth -= 1
    if (meaning < SEPARATOR) continue
    entries += 1
    if (meaning === OPENING) depth += 1
    if (depth > deepest) deepest = depth
  }
  Object.assign(scanned, { entries, depth, deepest, end: at - length })
}

/**
 * Where bytes go on behind the text that goes on at `start`; where it does not end, behind their last byte by {@link
 * Scanned.end}.
 */
function skipText(bytes: Uint8Array, start: number): number {
  const { length } = bytes
  let at = start
  while (at < length) {
    const byte = bytes[at]
    at += 1
    if (byte === QUOTE) return at
    if (byte === BACKSLASH) at += 1
  }
  return at + IN_TEXT
}
