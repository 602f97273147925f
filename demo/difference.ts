/**
 * Shows what a webhook changed in a pod, as YAML with colours and margin notes for somebody who sees it for the first
 * time.
 */
import { structuredPatch } from 'diff'
import { Document, isMap, isScalar, isSeq, visit } from 'yaml'
import type { createColors } from 'picocolors'

/** A remark above the first added line that matches. */
export interface Note {
  readonly line: RegExp
  readonly note: string
}

export interface Presentation {
  readonly colors: ReturnType<typeof createColors>
  readonly notes: readonly Note[]
}

const CONTEXT_LINES = 2
const LINE_LENGTH = 104

/** The difference of two JSON values as YAML, one line per line, `+` and `-` in front; empty when they are equal. */
export function toDifference(
  before: unknown,
  after: unknown,
  { colors, notes }: Presentation,
): string {
  const { hunks } = structuredPatch('', '', toYaml(before), toYaml(after), '', '', {
    context: CONTEXT_LINES,
  })
  const left = new Set(notes)
  const withNote = (line: string): string => {
    const found = [...left].find((note) => note.line.test(line))
    if (found === undefined) return colors.green(line)
    left.delete(found)
    const indent = ' '.repeat(line.search(/[^+ ]/u))
    return `${colors.yellow(`${indent}# ${found.note}`)}\n${colors.green(line)}`
  }
  const shown = hunks.map(({ lines }) =>
    lines.map((line) => {
      if (line.startsWith('+')) return withNote(line)
      return line.startsWith('-') ? colors.red(line) : colors.dim(line)
    }),
  )
  return shown.map((lines) => lines.join('\n')).join(`\n${colors.dim('  ⋮')}\n`)
}

/** YAML as people write pods: what fits into a line and stands in a list, or is a list of words, is on one line. */
function toYaml(value: unknown): string {
  const document = new Document(value, { aliasDuplicateObjects: false })
  visit(document, {
    Collection(_key, node, path) {
      const isShort = JSON.stringify(node).length <= LINE_LENGTH
      const isWords = isSeq(node) && node.items.every(isScalar)
      if (!isShort || (!isWords && !(isMap(node) && path.some(isSeq)))) return undefined
      node.flow = true
      return visit.SKIP
    },
  })
  return document.toString({ lineWidth: 0 })
}
