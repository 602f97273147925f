/** Looks at raw JSON of any shape without trusting it: what is not there, or is something else, reads as absent. */

export type JsonObject = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The object under a key, or an empty one. */
export function objectAt(parent: JsonObject, key: string): JsonObject {
  const value = parent[key]
  return isObject(value) ? value : {}
}

/** The text under a key, or an empty one. */
export function textAt(parent: JsonObject, key: string): string {
  const value = parent[key]
  return typeof value === 'string' ? value : ''
}

/** The objects of the array under a key, each with its index there; other elements are passed over. */
export function objectsAt(
  parent: JsonObject,
  key: string,
): readonly (readonly [number, JsonObject])[] {
  const value = parent[key]
  if (!Array.isArray(value)) return []
  return value.flatMap((element: unknown, index) =>
    isObject(element) ? [[index, element] as const] : [],
  )
}
