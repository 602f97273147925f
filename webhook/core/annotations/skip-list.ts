/**
 * Reads lists of container names: upstream's, which is a CSV record with Go's quoting rules, and ours, which is
 * simpler.
 */

/**
 * The fields of the first record of a CSV text, as Go's `encoding/csv` reads it, or null where that fails: a quote in a
 * bare field, text after a closing quote, a quote that is never closed, no record at all. A `\r` that ends the text
 * does not count.
 */
export function readCsvRecord(text: string): readonly string[] | null {
  const record = text.replaceAll('\r\n', '\n').replace(/\r$/, '').replace(/^\n+/, '')
  if (record === '') return null
  // Most have no quotes, and this is ten times as fast.
  if (!record.includes('"')) return record.split('\n', 1)[0]?.split(',') ?? null
  const fields: string[] = []
  for (let from = 0; ;) {
    const end = fieldEnd(record, from)
    if (end === null) return null
    const field = record.slice(from, end)
    fields.push(field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field)
    if (record[end] !== ',') return fields
    from = end + 1
  }
}

/** Where the field ends that begins at `from`; null where Go refuses it. */
function fieldEnd(record: string, from: number): number | null {
  const end = record[from] === '"' ? quotedEnd(record, from) : bareEnd(record, from)
  return end !== null && (end === record.length || isEnd(record[end])) ? end : null
}

function quotedEnd(record: string, from: number): number | null {
  for (let quote = record.indexOf('"', from + 1); quote !== -1;) {
    if (record[quote + 1] !== '"') return quote + 1
    quote = record.indexOf('"', quote + 2)
  }
  return null
}

function bareEnd(record: string, from: number): number {
  let end = from
  while (end < record.length && !isEnd(record[end]) && record[end] !== '"') end += 1
  return end
}

function isEnd(character: string | undefined): boolean {
  return character === ',' || character === '\n'
}

/** More than the names of all containers that a pod may have. */
const NAMES_LENGTH = 32 * 1024

/**
 * Names separated by commas, spaces around them ignored; null where one of them cannot be a container's name, or there
 * are too many.
 */
export function readNames(text: string): readonly string[] | null {
  if (text.length > NAMES_LENGTH) return null
  const names = text.split(',').map((name) => name.trim())
  return names.every((name) => /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/.test(name)) ? names : null
}
