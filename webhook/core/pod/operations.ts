/**
 * The operations that patches are made of. None replaces an array, and those on one array are in an order in which
 * earlier ones do not move what later ones point at.
 */
import type { Operation } from 'fast-json-patch'
import { isObject, type JsonObject } from '../formats/json.ts'

/** A place of an array with the value that is to stand there. */
export interface Replacement {
  readonly index: number
  readonly value: unknown
}

/** Changes to one array, with the indices that it has now. */
export interface ArrayChange {
  readonly replaced?: readonly Replacement[]
  readonly removed?: readonly number[]
  readonly appended?: readonly unknown[]
}

/** Changes the array under `key` of an object that stands at `pointer`; makes the array where there is none. */
export function changeArray(
  pointer: string,
  key: string,
  change: ArrayChange & { readonly parent: JsonObject },
): Operation[] {
  const { parent, replaced = [], removed = [], appended = [] } = change
  const path = `${pointer}/${key}`
  if (!Array.isArray(parent[key]))
    return appended.length === 0 ? [] : [{ op: 'add', path, value: appended }]
  const descending = [...new Set(removed)].sort((left, right) => right - left)
  return [
    ...replaced.map(({ index, value }): Operation => ({
      op: 'replace',
      path: `${path}/${index}`,
      value,
    })),
    ...descending.map((index): Operation => ({ op: 'remove', path: `${path}/${index}` })),
    ...appended.map((value): Operation => ({ op: 'add', path: `${path}/-`, value })),
  ]
}

/**
 * Inserts one element into the array under `key` of an object that stands at `pointer`; makes the array where there is
 * none.
 */
export function insertInto(
  pointer: string,
  key: string,
  insertion: Replacement & { readonly parent: JsonObject },
): Operation {
  const { parent, index, value } = insertion
  const path = `${pointer}/${key}`
  return Array.isArray(parent[key])
    ? { op: 'add', path: `${path}/${index}`, value }
    : { op: 'add', path, value: [value] }
}

/** Sets labels or annotations; nothing for those that have the value already. */
export function setMetadata(
  metadata: JsonObject,
  map: 'labels' | 'annotations',
  wanted: readonly (readonly [name: string, value: string])[],
): Operation[] {
  const entries = metadata[map]
  if (!isObject(entries)) {
    return wanted.length === 0
      ? []
      : [{ op: 'add', path: `/metadata/${map}`, value: Object.fromEntries(wanted) }]
  }
  return wanted
    .filter(([name, value]) => entries[name] !== value)
    .map(([name, value]) => ({
      op: 'add',
      path: `/metadata/${map}/${escapePointer(name)}`,
      value,
    }))
}

/**
 * RFC 6901: how a name with `/` or `~` is written in a pointer. `escapePathComponent` of fast-json-patch does the same,
 * and would bring what applies and compares patches, 11 KB, into the bundle that each start reads.
 */
export function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}
