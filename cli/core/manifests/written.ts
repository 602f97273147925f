/** A document with its text, and the places of its nodes there. */
import { isScalar, stringify, type Document, type Pair } from 'yaml'

/** A part of the text, and what stands there afterwards. */
export interface Edit {
  readonly from: number
  readonly to: number
  readonly by: string
}

export interface Style {
  readonly indentsSequences: boolean
}

/** A document with its text. */
export interface Written {
  readonly text: string
  readonly document: Document.Parsed
  readonly style: Style
}

/** Thrown where lines cannot express the change. */
export class Inexpressible extends Error {}

/** As block lines from a column on. */
export function render({ style }: Written, value: unknown, column: number): string {
  const text = stringify(value, {
    version: '1.1',
    lineWidth: 0,
    indentSeq: style.indentsSequences,
    aliasDuplicateObjects: false,
  })
  return text.replaceAll(/^(?=.)/gm, ' '.repeat(column))
}

/** On one line, between brackets. */
export function renderFlow(value: unknown): string {
  return stringify(value, { version: '1.1', lineWidth: 0, collectionStyle: 'flow' }).trimEnd()
}

/** Empty for a key that is no scalar. */
export function keyOf({ key }: Pair): string {
  return isScalar(key) ? String(key.value) : ''
}

/** As plain data, aliases resolved. */
export function valueOf({ document }: Written, node: unknown): unknown {
  if (node === null || node === undefined) return null
  const value = (node as { toJS: (document: Document) => unknown }).toJS(document)
  return JSON.parse(JSON.stringify(value ?? null))
}

/** Where a pair begins. */
export function startOf({ key }: Pair): number {
  return rangeOf(key)[0]
}

/** Without what follows the value on its line. */
export function rangeOf(node: unknown): readonly [start: number, end: number] {
  const range = (node as { readonly range?: readonly [number, number, number] | null } | null)
    ?.range
  if (range == null) throw new Inexpressible()
  return [range[0], range[1]]
}

/** Where the line begins. */
export function lineStart(text: string, at: number): number {
  return text.lastIndexOf('\n', at - 1) + 1
}

/** From 0. */
export function columnOf({ text }: Written, at: number): number {
  return at - lineStart(text, at)
}

/** Behind the last line of a node, a comment at its end included. */
export function endOfLines({ text }: Written, node: unknown): number {
  const [, end] = rangeOf(node)
  if (text[end - 1] === '\n') return end
  const newline = text.indexOf('\n', end)
  return newline < 0 ? text.length : newline + 1
}
