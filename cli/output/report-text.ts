/** The report of `check` as a person reads it: grouped, a line each, and a hint with what is wrong. */
import type { Check, Report } from '../core/check/check.ts'
import type { Colours } from './colours.ts'
import { messageOf } from './finding-text.ts'

/** With an empty line between categories, and the outcome at the end. */
export function reportText({ outcome, categories }: Report, colours: Colours): string {
  const groups = categories.map(({ category, checks }) =>
    [
      colours.strong(category),
      '-'.repeat(category.length),
      ...checks.flatMap((check) => checkLines(check, colours)),
    ].join('\n'),
  )
  return [...groups, `The result is ${markOf(outcome, colours)}`].join('\n\n')
}

function checkLines({ what, outcome, findings }: Check, colours: Colours): readonly string[] {
  return [
    `${markOf(outcome, colours)} ${what}`,
    ...findings.flatMap((finding) => {
      const { code, level, place, hint, address } = finding
      const name = level === 'problem' ? colours.problem(code) : colours.warning(code)
      return [
        `    ${name} ${place}: ${messageOf(finding)}`,
        `    ${hint}`,
        `    ${colours.faint(address)}`,
      ]
    }),
  ]
}

function markOf(outcome: Check['outcome'], colours: Colours): string {
  if (outcome === 'problem') return colours.problem('×')
  return outcome === 'warning' ? colours.warning('‼') : colours.good('√')
}
