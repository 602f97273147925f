/** Looks at raw JSON of any shape without trusting it: a field that is missing or has another type reads as absent. */

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
  return toText(parent[key])
}

/** The text that a value is; empty where it is none. */
export function toText(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** What is read from each object of the array under a key, and from its index there; other elements are passed over. */
export function readObjectsAt<Read>(
  parent: JsonObject,
  key: string,
  read: (object: JsonObject, index: number) => Read,
): readonly Read[] {
  const value: unknown = parent[key]
  const results: Read[] = []
  if (!Array.isArray(value)) return results
  // A plain loop: this is done for every variable of every pod, and is what most of the time goes to.
  for (let index = 0; index < value.length; index += 1) {
    const element: unknown = value[index]
    if (isObject(element)) results.push(read(element, index))
  }
  return results
}

/** The objects of the array under a key, each with its index there; other elements are passed over. */
export function objectsAt(
  parent: JsonObject,
  key: string,
): readonly (readonly [number, JsonObject])[] {
  return readObjectsAt(parent, key, (object, index) => [index, object] as const)
}
