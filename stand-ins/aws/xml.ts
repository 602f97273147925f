/** Writes the XML of AWS's answers: elements in the order given, text escaped. It never reads XML. */

/** Content of an element: text, nothing (the element is left out), or further elements. A list repeats the element. */
export type XmlContent =
  string | number | undefined | XmlElements | readonly (string | XmlElements)[]
/** Elements by name, in the order in which they are written. */
export interface XmlElements {
  readonly [name: string]: XmlContent
}

function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&apos;')
    .replaceAll('\r', '&#xD;')
}

function isList(content: XmlContent): content is readonly (string | XmlElements)[] {
  return Array.isArray(content)
}

function writeElement(name: string, content: XmlContent): string {
  if (content === undefined) return ''
  if (isList(content)) return content.map((item) => writeElement(name, item)).join('')
  const inner = typeof content === 'object' ? writeElements(content) : escapeText(String(content))
  return `<${name}>${inner}</${name}>`
}

function writeElements(elements: XmlElements): string {
  return Object.entries(elements)
    .map(([name, content]) => writeElement(name, content))
    .join('')
}

/** A document with one root element in the given default namespace (none when it is empty). */
export function writeXml(root: string, namespace: string, elements: XmlElements): string {
  const attribute = namespace === '' ? '' : ` xmlns="${escapeText(namespace)}"`
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${attribute}>${writeElements(elements)}</${root}>`
}
