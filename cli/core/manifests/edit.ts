/**
 * Brings the text of a YAML document to another value, by changing only the lines where the two differ: comments, order
 * and the way in which everything else is written survive. What cannot be done so (an alias whose anchor changes) is
 * written anew by the library, with its comments.
 */
import { isMap, isSeq, parseDocument, stringify, visit, type Document } from 'yaml'
import { isSame } from './same.ts'
import { toJs, YAML_OPTIONS } from './manifest.ts'
import { toEdits } from './edits.ts'
import type { Edit, Style } from './written.ts'

/** The text, edited. `text` holds this one document and nothing else. */
export function editDocument(text: string, wanted: unknown): string {
  const document = parseDocument(text, YAML_OPTIONS)
  if (isSame(toJs(document), wanted)) return text
  if (isFlow(document)) return `${JSON.stringify(wanted, null, 2)}\n`
  return (
    edited(text, document, wanted) ??
    withoutAliases(text, wanted) ??
    `${/^---/m.test(text) ? '---\n' : ''}${stringify(wanted, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false })}`
  )
}

/** JSON, most often. */
function isFlow({ contents }: Document.Parsed): boolean {
  return (isMap(contents) || isSeq(contents)) && contents.flow === true
}

/** Undefined where the outcome would not be what is wanted. */
function edited(text: string, document: Document.Parsed, wanted: unknown): string | undefined {
  const edits = toEdits({ text, document, style: readStyle(text) }, wanted)
  if (edits === undefined) return undefined
  const changed = apply(text, edits)
  const reread = parseDocument(changed, YAML_OPTIONS)
  return reread.errors.length === 0 && isSame(toJs(reread), wanted) ? changed : undefined
}

function withoutAliases(text: string, wanted: unknown): string | undefined {
  const document = parseDocument(text, YAML_OPTIONS)
  visit(document, {
    Alias: (_key, node) => {
      const source = node.resolve(document)
      const copy = source?.clone()
      if (copy !== undefined) Object.assign(copy, { comment: node.comment, commentBefore: null })
      return copy as typeof node | undefined
    },
  })
  visit(document, {
    Node: (_key, node) => {
      if ('anchor' in node) delete node.anchor
    },
  })
  const { indentsSequences } = readStyle(text)
  const plain = document.toString({ lineWidth: 0, indentSeq: indentsSequences })
  return edited(plain, parseDocument(plain, YAML_OPTIONS), wanted)
}

/** The last first, so that places stay right; of several insertions in one place, too. */
function apply(text: string, edits: readonly Edit[]): string {
  return edits
    .toReversed()
    .toSorted((one, other) => other.from - one.from || other.to - one.to)
    .reduce((changed, { from, to, by }) => changed.slice(0, from) + by + changed.slice(to), text)
}

/** Whether the items of a list stand deeper than its key: both ways are usual. */
function readStyle(text: string): Style {
  const found = /^( *(?:- )*)[^\s#-][^\n]*:\n+( *)- /m.exec(text)
  const [, outer = '', inner = ''] = found ?? []
  return { indentsSequences: found === null || inner.length > outer.length }
}
