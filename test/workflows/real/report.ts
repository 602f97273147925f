/** The report of a run, as markdown to paste into an issue. It has no AWS account's ID in it. Pure. */
import type { LeftOut } from './sections.ts'
import { toWordPattern } from './translate.ts'
import type { TrailResult } from './trail.ts'

/** What came of one page. */
export interface PageResult {
  readonly name: string
  readonly outcome: 'as written' | 'failed' | 'not run'
  readonly problem: string | undefined
  readonly seconds: number
  readonly leftOut: readonly LeftOut[]
  /** Undefined: CloudTrail was not asked. */
  readonly trail: TrailResult | undefined
}

/** All that is told. */
export interface RunResult {
  readonly versions: Readonly<Record<string, string>>
  readonly pages: readonly PageResult[]
  readonly leftOut: readonly { readonly name: string; readonly needs: string }[]
  /** What kept the pages from being run. */
  readonly problem: string | undefined
  /** What could not be deleted, and why. */
  readonly leftOver: readonly string[]
  /** Words that are not to be read in the report, and what stands for them, in this order. */
  readonly masks: Readonly<Record<string, string>>
}

/** Whether all that was run is as the pages say, and nothing is left. */
export function isGood({ pages, problem, leftOver }: RunResult): boolean {
  return (
    problem === undefined &&
    leftOver.length === 0 &&
    pages.length > 0 &&
    pages.every(
      ({ outcome, trail }) => outcome === 'as written' && (trail?.unexpected.length ?? 0) === 0,
    )
  )
}

function toCell(trail: TrailResult | undefined): string {
  if (trail === undefined) return 'not asked'
  const { found, missing, unexpected, notInHistory } = trail
  const parts: readonly (readonly [number, string])[] = [
    [found.length, 'found'],
    [missing.length, 'not yet there'],
    [unexpected.length, 'not on the page'],
    [notInHistory.length, 'about objects, which the event history does not have'],
  ]
  return parts.flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`])).join(', ')
}

function fence(text: string): string[] {
  return ['```text', text.trimEnd().replaceAll('```', "'''"), '```']
}

function listOf(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`${title}:`, '', ...fence(lines.join('\n')), '']
}

function toDetails({ name, problem, leftOut, trail }: PageResult): string[] {
  const details = [
    ...listOf('What was not as the page says', problem === undefined ? [] : [problem]),
    ...listOf('In CloudTrail, and not on the page', trail?.unexpected ?? []),
    ...listOf('On the page, and not in CloudTrail when the run ended', trail?.missing ?? []),
    ...listOf(
      'Sections that were left out',
      leftOut.map(({ heading, needs }) => `${heading}: needs ${needs}`),
    ),
  ]
  return details.length === 0 ? [] : [`### ${name}`, '', ...details]
}

function toRow({ name, outcome, seconds, trail }: PageResult): string {
  return `| ${name} | ${outcome} | ${Math.round(seconds)} | ${toCell(trail)} |`
}

function toLines(result: RunResult): string[] {
  const { versions, pages, leftOut, problem, leftOver } = result
  return [
    '## rolechain on AWS',
    '',
    isGood(result)
      ? 'All pages that could run did as they are written, and nothing is left.'
      : 'Not all is as the pages say.',
    '',
    ...Object.entries(versions).map(([what, version]) => `- ${what}: ${version}`),
    '',
    ...listOf('The run ended early', problem === undefined ? [] : [problem]),
    '| page | outcome | seconds | calls in CloudTrail |',
    '| --- | --- | --- | --- |',
    ...pages.map(toRow),
    ...leftOut.map(({ name, needs }) => `| ${name} | left out: needs ${needs} | | |`),
    '',
    ...pages.flatMap(toDetails),
    ...(leftOver.length === 0
      ? ['All that was made has been deleted.', '']
      : listOf('NOT deleted (docs/try-on-aws.md says how to do it by hand)', leftOver)),
  ]
}

/** The report. */
export function toReport(result: RunResult): string {
  const text = toLines(result).join('\n')
  return Object.entries(result.masks).reduce(
    (masked, [word, mask]) => masked.replaceAll(toWordPattern(word), mask),
    text,
  )
}
