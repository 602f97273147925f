/**
 * SHA-256 of a text, as FIPS 180-4 has it. Node's own would be the choice, but `node:crypto` costs 1.3 MB of private memory, in every pod, for the one
 * hash that the resident process needs. Tests hold this against Node's.
 */

const WORDS_OF_BLOCK = 16
const BYTES_OF_BLOCK = 64
const ROUNDS = 64

/** The first 32 bits of the fractional parts of the cube roots of the first 64 primes, and of the square roots of the first 8. */
const ROUND_CONSTANTS = Int32Array.from(firstPrimes(ROUNDS), (prime) => fraction(Math.cbrt(prime)))
const INITIAL = firstPrimes(8).map((prime) => fraction(Math.sqrt(prime)))

/** The hash in lower-case hex. Characters count as UTF-8. */
export function sha256(text: string): string {
  const words = toPaddedWords(new TextEncoder().encode(text))
  const schedule = new Int32Array(ROUNDS)
  const state = Int32Array.from(INITIAL)
  for (let start = 0; start < words.length; start += WORDS_OF_BLOCK) {
    extend(schedule, words.subarray(start, start + WORDS_OF_BLOCK))
    compress(state, schedule)
  }
  return [...state].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('')
}

/** The bytes, a one bit, zeros up to the end of a block, and in its last two words the length in bits. */
function toPaddedWords(bytes: Uint8Array): Int32Array {
  const blocks = Math.ceil((bytes.length + 9) / BYTES_OF_BLOCK)
  const words = new Int32Array(blocks * WORDS_OF_BLOCK)
  const put = (byte: number, index: number): void => {
    words[index >> 2] = at(words, index >> 2) | (byte << (24 - 8 * (index % 4)))
  }
  bytes.forEach(put)
  put(0x80, bytes.length)
  words[words.length - 2] = Math.floor(bytes.length / 2 ** 29)
  words[words.length - 1] = bytes.length << 3
  return words
}

function extend(schedule: Int32Array, block: Int32Array): void {
  schedule.set(block)
  for (let round = WORDS_OF_BLOCK; round < ROUNDS; round += 1) {
    const near = at(schedule, round - 2)
    const far = at(schedule, round - 15)
    const nearMixed = turn(near, 17) ^ turn(near, 19) ^ (near >>> 10)
    const farMixed = turn(far, 7) ^ turn(far, 18) ^ (far >>> 3)
    schedule[round] = at(schedule, round - 16) + farMixed + at(schedule, round - 7) + nearMixed
  }
}

function compress(state: Int32Array, schedule: Int32Array): void {
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state
  for (let round = 0; round < ROUNDS; round += 1) {
    const chosen = (e & f) ^ (~e & g)
    const majority = (a & b) ^ (a & c) ^ (b & c)
    const mixedE = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)
    const mixedA = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)
    const added = at(ROUND_CONSTANTS, round) + at(schedule, round)
    const first = (h + mixedE + chosen + added) | 0
    ;[h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + mixedA + majority) | 0]
  }
  ;[a, b, c, d, e, f, g, h].forEach((word, index) => {
    state[index] = at(state, index) + word
  })
}

/** Rotates a word to the right. */
function turn(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits))
}

function at(words: Int32Array, index: number): number {
  return words[index] ?? 0
}

function fraction(root: number): number {
  return Math.floor((root % 1) * 2 ** 32) | 0
}

function firstPrimes(count: number): number[] {
  const primes: number[] = []
  for (let number = 2; primes.length < count; number += 1) {
    if (primes.every((prime) => number % prime !== 0)) primes.push(number)
  }
  return primes
}
