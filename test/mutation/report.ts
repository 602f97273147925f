/** What a run of mutants found, as lines for a terminal. */
import { posix } from 'node:path'
import type { Mutant } from './mutants.ts'
import type { Outcome } from './trial.ts'

/**
 * Noticed mutants by hundred of those that the tests decided about; `refused` ones are the compiler's and count for
 * nobody.
 */
export function toScore(outcomes: readonly Outcome[]): number {
  const decided = outcomes.filter(({ end }) => end !== 'refused')
  const survived = decided.filter(({ end }) => end === 'survived').length
  return decided.length === 0 ? 100 : (100 * (decided.length - survived)) / decided.length
}

/** A line for each folder, and one for all. */
export function toScoreLines(outcomes: readonly Outcome[]): string[] {
  const rooms = Map.groupBy(outcomes, ({ mutant }) => posix.dirname(mutant.file))
  const rows = [...rooms].sort(([one], [other]) => (one < other ? -1 : 1))
  return [...rows, ['all', outcomes] as const].map(([room, those]) => {
    const count = (end: Outcome['end']): number =>
      those.filter((outcome) => outcome.end === end).length
    const noticed = count('noticed') + count('timeout')
    return (
      `${room}: ${toScore(those).toFixed(1)} % (${noticed} noticed, of them ${count('timeout')} by time-out; ` +
      `${count('survived')} survived; ${count('refused')} only the compiler refuses)`
    )
  })
}

/** `file:line  before -> after`, each cut to what fits a line. */
export function toMutantLine({ file, line, kind, before, after }: Mutant): string {
  return `${file}:${line} (${kind})  ${cut(before)} -> ${cut(after)}`
}

function cut(code: string): string {
  const words = code.replace(/\s+/g, ' ')
  return words.length > 80 ? `${words.slice(0, 60)} … ${words.slice(-18)}` : words
}
