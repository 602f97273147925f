/**
 * The changes that may be made to a file, as Stryker's instrumenter finds them; one change is one mutant. Of Stryker
 * only the list is taken: what it offers to run tests with chooses them neither by imports nor by a seed.
 */
import { Instrumenter } from '@stryker-mutator/instrumenter'

/** One change: `before`, from `start` on in the file's text, becomes `after`. */
export interface Mutant {
  readonly file: string
  readonly line: number
  readonly kind: string
  readonly start: number
  readonly before: string
  readonly after: string
}

/** The mutants of a file that say something, and how many were left out and why. */
export interface Mutants {
  readonly mutants: readonly Mutant[]
  readonly skipped: ReadonlyMap<string, number>
}

const SENTENCE = 'the text of a sentence'

const silent = (): void => {}
const SILENT_LOG = {
  isTraceEnabled: () => false,
  isDebugEnabled: () => false,
  isInfoEnabled: () => false,
  isWarnEnabled: () => false,
  isErrorEnabled: () => false,
  isFatalEnabled: () => false,
  trace: silent,
  debug: silent,
  info: silent,
  warn: silent,
  error: silent,
  fatal: silent,
}

/** All mutants of the file's text, in the order of the text. */
export async function findMutants(file: string, text: string): Promise<Mutants> {
  const { mutants } = await new Instrumenter(SILENT_LOG).instrument(
    [{ name: file, content: text, mutate: true }],
    { plugins: null, ignorers: [], excludedMutations: [], noHeader: true },
  )
  const lines = toLineStarts(text)
  const found = mutants.map(({ location, mutatorName, replacement }): Mutant => {
    const start = (lines[location.start.line] ?? 0) + location.start.column
    const end = (lines[location.end.line] ?? 0) + location.end.column
    const before = text.slice(start, end)
    return {
      file,
      line: location.start.line + 1,
      kind: mutatorName,
      start,
      before,
      after: replacement,
    }
  })
  const skipped = new Map<string, number>()
  for (const reason of found.map(toSkipReason))
    if (reason !== undefined) skipped.set(reason, (skipped.get(reason) ?? 0) + 1)
  return { mutants: found.filter((mutant) => toSkipReason(mutant) === undefined), skipped }
}

/** The file's text with the change made. */
export function applyMutant(text: string, { start, before, after }: Mutant): string {
  return text.slice(0, start) + after + text.slice(start + before.length)
}

/**
 * Why a mutant is not worth a trial, or `undefined`. Sentences for people are left out (a text of several words, also
 * one with values in it): a test that repeats every word of them says nothing. A single word stays: it is a code, a key
 * or a path.
 */
function toSkipReason({ kind, before }: Mutant): string | undefined {
  if (kind === 'StringLiteral' && /\S\s+\S/.test(before.replace(/\$\{[^}]*\}/g, 'x')))
    return SENTENCE
  return undefined
}

/** Where each line begins; lines count from 0, as the instrumenter counts. */
function toLineStarts(text: string): readonly number[] {
  return [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)]
}
