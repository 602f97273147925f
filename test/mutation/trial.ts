/**
 * One mutant against the tests that reach its file. What a test takes on the unchanged code is found out once, when it
 * is first needed: that bounds it on changed code, and a test that is red there already tells nothing and is left out.
 */
import type { Copy, Ending } from './copy.ts'
import { applyMutant, type Mutant } from './mutants.ts'

/** How a mutant fared. `refused` is one that all tests let pass and the compiler does not. */
export interface Outcome {
  readonly mutant: Mutant
  readonly end: 'noticed' | 'timeout' | 'survived' | 'refused'
  /** The test that noticed it. */
  readonly test?: string
}

/** A test that never takes longer than this on the unchanged code is heard out; hangs are far above it. */
const UNCHANGED = { cpuSeconds: 120, seconds: 300 }

/** What the tests did on the unchanged code: seconds by the clock, or `red`. Shared by all trials of a run. */
export class Baseline {
  readonly #runs = new Map<string, Promise<number | 'red'>>()

  /** Runs the test in the unchanged copy, the first time that it is asked for. */
  secondsOf(test: string, copy: Copy): Promise<number | 'red'> {
    const known = this.#runs.get(test)
    if (known !== undefined) return known
    const startedMs = performance.now()
    const run = copy
      .runTest(test, UNCHANGED)
      .then((ending) => (ending === 'green' ? (performance.now() - startedMs) / 1000 : 'red'))
    this.#runs.set(test, run)
    return run
  }

  /** The tests that are red on the unchanged code. */
  async redTests(): Promise<string[]> {
    const runs = await Promise.all([...this.#runs].map(async ([test, run]) => [test, await run]))
    return runs.flatMap(([test, ending]) => (ending === 'red' ? [String(test)] : []))
  }
}

/** Tries the mutant of a file whose text is `text` against `tests`, in their order, up to the first that notices. */
export async function tryMutant(
  { mutant, text, tests }: { mutant: Mutant; text: string; tests: readonly string[] },
  copy: Copy,
  baseline: Baseline,
): Promise<Outcome> {
  const changed = applyMutant(text, mutant)
  for (const test of tests) {
    const seconds = await baseline.secondsOf(test, copy)
    if (seconds === 'red') continue
    const bounds = { cpuSeconds: Math.ceil(10 + 3 * seconds), seconds: 60 + 5 * seconds }
    const ending: Ending = await copy.withFile(mutant.file, changed, () =>
      copy.runTest(test, bounds),
    )
    if (ending !== 'green')
      return { mutant, end: ending === 'timeout' ? 'timeout' : 'noticed', test }
  }
  const compiles = await copy.withFile(mutant.file, changed, () => copy.compiles())
  return { mutant, end: compiles ? 'survived' : 'refused' }
}
