/**
 * JSON as Go's `encoding/json` reads it into structs: names of fields without regard to case, whole numbers without
 * loss.
 */
import { isObject, type JsonObject } from './json.ts'

/**
 * The object that a JSON text holds, or null as Go reads it, into an empty one; else half a sentence on what is wrong.
 */
export function parseGoObject(text: string): JsonObject | string {
  let parsed: unknown
  try {
    parsed = parseExactly(text)
  } catch (error) {
    return `is not JSON: ${error instanceof Error ? error.message : 'unreadable'}`
  }
  if (parsed === null) return {}
  return isObject(parsed) ? parsed : 'is not a JSON object'
}

/** Whole numbers come as bigint, all others as number. */
function parseExactly(text: string): unknown {
  return parseWithSource(text, (_key, value, { source = '' }) =>
    typeof value === 'number' && /^-?\d+$/.test(source) ? BigInt(source) : value,
  )
}

/** Reviving with the text of each number is part of ES2026, which the type library does not know yet. */
const parseWithSource = JSON.parse as (
  text: string,
  revive: (key: string, value: unknown, place: { readonly source?: string }) => unknown,
) => unknown

/**
 * The value of a field, by any spelling of its name; of several the last one counts. Null reads as absent, as Go leaves
 * the field alone.
 */
export function readGoField(object: JsonObject, name: string): unknown {
  const wanted = name.toLowerCase()
  let found: unknown
  for (const [key, value] of Object.entries(object)) {
    if (value !== null && key.toLowerCase() === wanted) found = value
  }
  return found
}
