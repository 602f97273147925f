import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Copy, Ending } from './copy.ts'
import type { Mutant } from './mutants.ts'
import { toScore, toScoreLines } from './report.ts'
import { Baseline, tryMutant, type Outcome } from './trial.ts'

const TEXT = 'age > 18'
const mutant: Mutant = {
  file: 'core/age.ts',
  line: 1,
  kind: 'EqualityOperator',
  start: 4,
  before: '>',
  after: '>=',
}

/** A copy whose tests end as told for the unchanged and for the changed file, with what was run in it. */
function scriptedCopy(endings: Record<string, [before: Ending, after: Ending]>, compiles = true) {
  const runs: string[] = []
  let content = TEXT
  const copy: Copy = {
    withFile: async (_, text, during) => {
      content = text
      const result = await during()
      content = TEXT
      return result
    },
    runTest: async (name) => {
      runs.push(`${name}: ${content}`)
      return endings[name]?.[content === TEXT ? 0 : 1] ?? 'green'
    },
    compiles: async () => compiles,
    interrupt: () => {},
    remove: async () => {},
  }
  return { copy, runs }
}

async function tryOn(copy: Copy, tests: readonly string[], baseline = new Baseline()) {
  return tryMutant({ mutant, text: TEXT, tests }, copy, baseline)
}

test('stops at the first test that notices', async () => {
  const { copy, runs } = scriptedCopy({ a: ['green', 'green'], b: ['green', 'red'] })
  assert.deepEqual(await tryOn(copy, ['a', 'b', 'c']), { mutant, end: 'noticed', test: 'b' })
  assert.deepEqual(runs, ['a: age > 18', 'a: age >= 18', 'b: age > 18', 'b: age >= 18'])
})

test('a test that hangs on the change has noticed it', async () => {
  const { copy } = scriptedCopy({ a: ['green', 'timeout'] })
  assert.deepEqual(await tryOn(copy, ['a']), { mutant, end: 'timeout', test: 'a' })
})

test('a test that is red on the unchanged code notices nothing, and is named', async () => {
  const { copy } = scriptedCopy({ a: ['red', 'red'], b: ['timeout', 'red'] })
  const baseline = new Baseline()
  assert.equal((await tryOn(copy, ['a', 'b'], baseline)).end, 'survived')
  assert.deepEqual(await baseline.redTests(), ['a', 'b'])
})

test('runs each test once on the unchanged code', async () => {
  const { copy, runs } = scriptedCopy({})
  const baseline = new Baseline()
  await tryOn(copy, ['a'], baseline)
  await tryOn(copy, ['a'], baseline)
  assert.deepEqual(runs, ['a: age > 18', 'a: age >= 18', 'a: age >= 18'])
})

test('a change that only the compiler refuses has not survived', async () => {
  const { copy } = scriptedCopy({}, false)
  assert.equal((await tryOn(copy, ['a'])).end, 'refused')
})

test('counts noticed and timed out ones for the tests, and leaves out what the compiler refuses', () => {
  const ends: Outcome['end'][] = ['noticed', 'noticed', 'timeout', 'survived', 'refused']
  const outcomes = ends.map((end): Outcome => ({ mutant, end }))
  assert.equal(toScore(outcomes), 75)
  assert.match(toScoreLines(outcomes).join('\n'), /^core: 75\.0 % .*\nall: 75\.0 % /)
})
