/**
 * How Go reads texts: integers (`strconv.ParseInt`), booleans (`strconv.ParseBool`), one record of CSV
 * (`encoding/csv`). Slow and plain.
 */

const lowest = -(2n ** 63n)
const highest = 2n ** 63n - 1n

/** Base 10, 64 bits, signs allowed; undefined where Go returns an error. */
export function parseGoInteger(text: string): bigint | undefined {
  if (!/^[+-]?[0-9]+$/.test(text)) return undefined
  const value = BigInt(text.replace('+', ''))
  return value < lowest || value > highest ? undefined : value
}

/** Undefined where Go returns an error. */
export function parseGoBoolean(text: string): boolean | undefined {
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text)) return true
  if (['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(text)) return false
  return undefined
}

/** The first record; undefined where Go returns an error or the text has none. */
export function parseGoCsvRecord(text: string): readonly string[] | undefined {
  const lines = toLines(text)
  // Empty lines before the first record are no records.
  while (lines[0] === '\n') lines.shift()
  if (lines.length === 0) return undefined
  // From here it is one text again, as quoted fields go over the ends of lines.
  return readFields(lines.join(''))
}

/** Each with its end; `\r\n` is `\n`, and a `\r` before the end of the text does not count. */
function toLines(text: string): string[] {
  const lines = text.split(/(?<=\n)/).map((line) => line.replace(/\r\n$/, '\n'))
  const last = lines.pop() ?? ''
  lines.push(last.endsWith('\n') ? last : last.replace(/\r$/, ''))
  // The last line may be nothing but that `\r`: it is no line then.
  return lines.filter((line) => line !== '')
}

function readFields(text: string): readonly string[] | undefined {
  const fields: string[] = []
  let rest = text
  for (;;) {
    const field = rest.startsWith('"') ? readQuoted(rest) : readBare(rest)
    if (field === undefined) return undefined
    fields.push(field.value)
    if (!field.after.startsWith(',')) return fields
    rest = field.after.slice(1)
  }
}

interface Field {
  readonly value: string
  readonly after: string
}

function readBare(text: string): Field | undefined {
  const value = /^[^,\n]*/.exec(text)?.[0] ?? ''
  // A quote may only begin a field.
  if (value.includes('"')) return undefined
  return { value, after: text.slice(value.length) }
}

function readQuoted(text: string): Field | undefined {
  let value = ''
  let at = 1
  while (at < text.length) {
    if (text.charAt(at) !== '"') {
      value += text.charAt(at)
      at += 1
    } else if (text.charAt(at + 1) === '"') {
      value += '"'
      at += 2
    } else {
      const after = text.slice(at + 1)
      return after === '' || after.startsWith(',') || after.startsWith('\n')
        ? { value, after }
        : undefined
    }
  }
  // It was never closed.
  return undefined
}
