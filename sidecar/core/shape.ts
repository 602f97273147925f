/**
 * Checks values of unknown origin against a description of their shape, reporting every problem. Hand-made because a
 * schema library would cost every pod more memory than the rest of the resident process's own code.
 */

/** Says what is wrong with a value that stands at `path`; nothing when it fits. */
export type Check = (value: unknown, path: string) => readonly string[]

/** A field of a record that may be absent. */
export interface OptionalField {
  readonly optional: Check
}

/** Marks a field that may be absent. */
export function optional(check: Check): OptionalField {
  return { optional: check }
}

/** A text that fits the pattern. The problem says `expectation`, and the value unless that is to stay unsaid. */
export function text(pattern: RegExp, expectation: string): Check {
  return (value, path) =>
    typeof value === 'string' && pattern.test(value)
      ? []
      : [`${path}: ${show(value)} is not ${expectation}`]
}

/** A whole number within both bounds. */
export function integer(min: number, max: number): Check {
  return (value, path) =>
    Number.isInteger(value) && Number(value) >= min && Number(value) <= max
      ? []
      : [`${path}: ${show(value)} is not a whole number from ${String(min)} to ${String(max)}`]
}

/** One of a few values, compared by identity. */
export function oneOf(allowed: readonly unknown[]): Check {
  return (value, path) =>
    allowed.includes(value)
      ? []
      : [`${path}: ${show(value)} is not ${allowed.map(show).join(' or ')}`]
}

/** A list of at least `min` values. */
export function list(check: Check, min: number): Check {
  return (value, path) => {
    if (!Array.isArray(value)) return [`${path}: ${show(value)} is not a list`]
    if (value.length < min) return [`${path}: the list is empty`]
    return value.flatMap((item, index) => check(item, `${path}[${String(index)}]`))
  }
}

/**
 * A record of just these fields. Unknown ones are problems: they may be limits that would otherwise be dropped in
 * silence.
 */
export function record(fields: Readonly<Record<string, Check | OptionalField>>): Check {
  return (value, path) => {
    if (!isRecord(value)) return [`${path}: ${show(value)} is not an object`]
    const unknown = Object.keys(value)
      .filter((name) => !Object.hasOwn(fields, name))
      .map((name) => `${join(path, name)}: is not known to this version`)
    const wrong = Object.entries(fields).flatMap(([name, field]) => {
      if (typeof field === 'function') return checkRequired(field, value[name], join(path, name))
      return value[name] === undefined ? [] : field.optional(value[name], join(path, name))
    })
    return [...unknown, ...wrong]
  }
}

/** A record with any names that fit `name`, whose values fit `entry`. */
export function dictionary(name: Check, entry: Check): Check {
  return (value, path) => {
    if (!isRecord(value)) return [`${path}: ${show(value)} is not an object`]
    return Object.entries(value).flatMap(([key, item]) => [
      ...name(key, join(path, key)),
      ...entry(item, join(path, key)),
    ])
  }
}

/** Whether a value is an object with names: neither null nor a list. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function checkRequired(required: Check, value: unknown, path: string): readonly string[] {
  return value === undefined ? [`${path}: is missing`] : required(value, path)
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}

/** Long enough to recognise the value, short enough for a log line. */
function show(value: unknown): string {
  const shown = JSON.stringify(value) ?? String(value)
  return shown.length > 80 ? `${shown.slice(0, 80)}…` : shown
}
