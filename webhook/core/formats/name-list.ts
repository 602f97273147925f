/**
 * Writes names and values into messages. Authors of pods choose how many there are and how long, so both are bounded.
 */

const NAME_COUNT = 10

/** Longest name of a container, volume or service account's label that Kubernetes takes. */
const NAME_LENGTH = 63

/** `app, writer and 3 more`. */
export function toNameList(names: readonly string[]): string {
  const shown = names.slice(0, NAME_COUNT).map(cut).join(', ')
  return names.length <= NAME_COUNT ? shown : `${shown} and ${names.length - NAME_COUNT} more`
}

/** `'app', 'writer' and 3 more`. */
export function toQuotedList(names: readonly string[]): string {
  const quoted = names.slice(0, NAME_COUNT).map((name) => `'${cut(name)}'`)
  const more = names.length - quoted.length
  return `${quoted.join(', ')}${more === 0 ? '' : ` and ${more} more`}`
}

/** `container 'app'`, `containers 'app', 'writer'`. */
export function toContainerList(names: readonly string[]): string {
  return `container${names.length === 1 ? '' : 's'} ${toQuotedList(names)}`
}

/** A value for a message: people write long ones. */
export function shorten(value: string): string {
  return value.length <= 120 ? value : `${value.slice(0, 117)}...`
}

function cut(name: string): string {
  return name.length <= NAME_LENGTH ? name : `${name.slice(0, NAME_LENGTH - 1)}…`
}
