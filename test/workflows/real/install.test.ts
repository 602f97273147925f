/** The chart in the reader's cluster: it is there, or the run installs it and takes it away. */
import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { AS_WRITTEN } from './bash-page.ts'
import { isGood } from './report.ts'
import { countStacks } from './stage.ts'
import { openTrial, type Trial } from './trial.ts'

let trial: Trial

before(async () => {
  trial = await openTrial()
})

afterEach(() => trial.stop())

after(() => trial.close())

const VALUES = ['--values', 'mine.yaml']
const NAMESPACE = 'rolechain-try-1a2b3c-system'

test('a chart that is there is neither installed nor taken away', async () => {
  await trial.start()
  const { result, done } = await trial.run(AS_WRITTEN)
  assert.deepEqual([isGood(result), done], [true, []])
})

test('with values the chart is installed into a namespace of its own, and both are taken away', async () => {
  await trial.start()
  const { result, done, deleted } = await trial.run(AS_WRITTEN, {
    more: VALUES,
    isInstalled: false,
  })
  assert.ok(isGood(result))
  assert.deepEqual(done, [`install mine.yaml in ${NAMESPACE}`, `uninstall in ${NAMESPACE}`])
  assert.deepEqual(deleted, ['rolechain-try-1a2b3c-team', NAMESPACE])
})

const REFUSED: readonly (readonly [string, readonly string[], boolean, RegExp])[] = [
  ['no chart and no values', [], false, /is not installed in the cluster mine/],
  [
    'values and a chart that is there',
    VALUES,
    true,
    /is installed in the cluster mine: leave --values out/,
  ],
]

for (const [what, more, isInstalled, sentence] of REFUSED)
  test(`${what} are refused before anything is made`, async () => {
    await trial.start()
    const { result, done } = await trial.run(AS_WRITTEN, { more, isInstalled })
    assert.match(result.problem ?? '', sentence)
    assert.deepEqual([done, await countStacks(trial.url())], [[], 0])
  })
