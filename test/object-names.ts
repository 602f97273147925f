/** Names that every object has already, for the tests that nothing which people name is looked up in a plain object. */

export const OBJECT_NAMES: readonly string[] = [
  ...Object.getOwnPropertyNames(Object.prototype),
  'prototype',
]

/** A name of the same form that no object has. */
export function toOrdinaryName(name: string): string {
  return name.split('').toReversed().join('')
}
