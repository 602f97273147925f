/** What `inject` and `uninject` share: manifests in, changed manifests out, findings beside them. */
import { createTwoFilesPatch } from 'diff'
import type { Changed } from '../core/manifests/change.ts'
import {
  hasProblem,
  withoutSuppressed,
  type CommandFinding,
  type FindingCode,
} from '../findings/findings.ts'
import { createColours, type Colours } from '../output/colours.ts'
import { EXIT, usedWrongly } from '../output/exit-codes.ts'
import { findingLines } from '../output/finding-text.ts'
import type { Format } from '../output/formats.ts'
import { printResult } from '../output/print.ts'
import type { CommandContext } from './command.ts'

/** One text before and after. */
export interface ChangedText extends Changed {
  readonly source: string
  readonly before: string
}

export interface PrintOptions {
  readonly output: Format
  readonly diff?: true | undefined
  readonly suppress: readonly FindingCode[]
}

/** The files of `-f`, which are needed. */
export function neededFiles(
  files: readonly string[] | undefined,
  command: string,
): readonly string[] {
  if (files !== undefined) return files
  throw usedWrongly(
    `${command} needs manifests: name files or folders with -f, or - for standard input.`,
  )
}

/**
 * Findings go to stderr, so that stdout can be applied. With a problem nothing is printed there: what was applied of it
 * would run as somebody else.
 */
export function printChanged(
  { surroundings, exit }: CommandContext,
  {
    changed,
    findings,
  }: { readonly changed: readonly ChangedText[]; readonly findings: readonly CommandFinding[] },
  options: PrintOptions,
): void {
  const told = withoutSuppressed(findings, options.suppress)
  const colours = createColours(surroundings)
  const lines = findingLines(told, colours)
  if (lines.length > 0) surroundings.stderr(`${lines.join('\n')}\n`)
  if (hasProblem(told)) {
    exit(EXIT.problems)
    return
  }
  if (options.diff === true) {
    surroundings.stdout(changed.map((one) => toDiff(one, colours)).join(''))
    return
  }
  printResult(surroundings, options.output === 'json' ? 'json' : 'text', {
    value: { apiVersion: 'v1', kind: 'List', items: changed.flatMap(({ objects }) => objects) },
    toText: () => joinTexts(changed.map(({ text }) => text)),
  })
}

/** One text of documents. */
function joinTexts(texts: readonly string[]): string {
  return texts.reduce((joined, text) => {
    if (joined === '') return text
    const ended = joined.endsWith('\n') ? joined : `${joined}\n`
    return /^(?:#[^\n]*\n|\s*\n)*---/.test(text) ? ended + text : `${ended}---\n${text}`
  }, '')
}

function toDiff({ source, before, text }: ChangedText, { good, problem, strong }: Colours): string {
  if (before === text) return ''
  return createTwoFilesPatch(source, source, before, text, 'before', 'after', { context: 3 })
    .replace(/^Index: .*\n=+\n/, '')
    .replaceAll(/^.+$/gm, (line) => {
      if (/^(?:---|\+\+\+|@@)/.test(line)) return strong(line)
      return line.startsWith('+') ? good(line) : line.startsWith('-') ? problem(line) : line
    })
}
