/**
 * SHA-256 of a text. Node's own would be the choice, but `node:crypto` costs 0.7 MB of private memory, in every pod,
 * for the one hash that the resident process needs. Tests hold this against Node's.
 */
import { sha256 as hash } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'

/** The hash in lower-case hex. Characters count as UTF-8. */
export function sha256(text: string): string {
  return bytesToHex(hash(utf8ToBytes(text)))
}
