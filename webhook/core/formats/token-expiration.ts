/**
 * Lives of tokens in seconds, as they go into a projected volume: without loss of digits, though JSON numbers lose them
 * here.
 */
import { readGoInteger } from './go-scalars.ts'

/** Below this Kubernetes refuses the token. */
const MINIMUM_EXPIRATION = 600n

/** What an annotation says, raised to the minimum; undefined where it says nothing that Go can parse. */
export function readExpiration(text: string | undefined): unknown {
  const value = readGoInteger(text)
  if (value === null) return undefined
  return exactNumber(value < MINIMUM_EXPIRATION ? MINIMUM_EXPIRATION : value)
}

/** A number, or a raw JSON number where that would lose digits. */
export function exactNumber(value: bigint): unknown {
  return Number.isSafeInteger(Number(value)) ? Number(value) : rawJson(value.toString())
}

/** A number that keeps all its digits in JSON.stringify; part of ES2026, which the type library does not know yet. */
function rawJson(text: string): unknown {
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text)
}
