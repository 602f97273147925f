/** Shows what a webhook changed in a pod, as YAML with colours and margin notes for somebody who sees it for the first time. */
import { structuredPatch } from 'diff'
import { stringify } from 'yaml'
import type { createColors } from 'picocolors'

/** A remark beside the first added line that matches. */
export interface Note {
  readonly line: RegExp
  readonly note: string
}

export interface Presentation {
  readonly colors: ReturnType<typeof createColors>
  readonly notes: readonly Note[]
}

const CONTEXT_LINES = 2

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
    return `${colors.green(line)}  ${colors.yellow(`# ${found.note}`)}`
  }
  const shown = hunks.map(({ lines }) =>
    lines.map((line) => {
      if (line.startsWith('+')) return withNote(line)
      return line.startsWith('-') ? colors.red(line) : colors.dim(line)
    }),
  )
  return shown.map((lines) => lines.join('\n')).join(`\n${colors.dim('  ⋮')}\n`)
}

function toYaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false })
}
