/** Reads lists of container names: upstream's, which is a CSV record with Go's quoting rules, and ours, which is simpler. */

/**
 * The fields of the first record of a CSV text, as Go's `encoding/csv` reads it, or null where that fails: a quote in a bare field,
 * text after a closing quote, a quote that is never closed, no record at all. A `\r` that ends the text does not count.
 */
export function readCsvRecord(text: string): readonly string[] | null {
  const fields: string[] = []
  let rest = text.replaceAll('\r\n', '\n').replace(/\r$/, '').replace(/^\n+/, '')
  if (rest === '') return null
  for (;;) {
    const field =
      /^"((?:[^"]|"")*)"(?=,|\n|$)/.exec(rest) ?? /^([^",\n][^",\n]*|)(?=,|\n|$)/.exec(rest)
    if (field === null) return null
    const [whole, content = ''] = field
    fields.push(content.replaceAll('""', '"'))
    rest = rest.slice(whole.length)
    if (!rest.startsWith(',')) return fields
    rest = rest.slice(1)
  }
}

/** Names separated by commas, spaces around them ignored; null where one of them cannot be a container's name. */
export function readNames(text: string): readonly string[] | null {
  const names = text.split(',').map((name) => name.trim())
  return names.every((name) => /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/.test(name)) ? names : null
}
