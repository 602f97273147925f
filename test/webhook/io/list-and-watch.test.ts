import assert from 'node:assert/strict'
import { syncBuiltinESMExports } from 'node:module'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { listAndWatch } from '../../../webhook/io/list-and-watch.ts'
import type { KubernetesApi, WatchEvent } from '../../../webhook/io/kubernetes-api.ts'

const FIRST_DELAY_MS = 200

interface Watched {
  /** How many watches have begun. */
  readonly count: () => number
  /** Lets so much time pass, and what follows from it happen. */
  readonly pass: (milliseconds: number) => Promise<void>
}

/** A list that is followed by watches, each of which does what `watch` says, on a clock that stands still. */
async function follow(
  context: TestContext,
  watch: (count: number, onEvent: (event: WatchEvent) => void) => void,
): Promise<Watched> {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  // So that what modules have imported by name stands still too, and after the test goes on again.
  syncBuiltinESMExports()
  context.after(() => {
    context.mock.timers.reset()
    syncBuiltinESMExports()
  })
  let count = 0
  const api: Pick<KubernetesApi, 'watch'> = {
    watch: async (_request, onEvent) => {
      count += 1
      await turn()
      watch(count, onEvent)
    },
  }
  const stop = listAndWatch({
    api: api as KubernetesApi,
    path: '/api/v1/things',
    accept: 'application/json',
    list: () => Promise.resolve('1'),
    take: () => '2',
    describe: (failure) => failure,
    log: () => undefined,
    random: () => 1,
    firstDelayMs: FIRST_DELAY_MS,
  })
  context.after(stop)
  const pass = async (milliseconds: number): Promise<void> => {
    context.mock.timers.tick(milliseconds)
    for (let turns = 0; turns < 10; turns += 1) await turn()
  }
  await pass(0)
  return { count: () => count, pass }
}

test('watches that end at once begin again after a pause, each', async (context) => {
  const { count, pass } = await follow(context, () => undefined)
  for (const expected of [1, 2, 3]) {
    assert.equal(count(), expected)
    await pass(FIRST_DELAY_MS - 1)
    assert.equal(count(), expected)
    await pass(1)
  }
})

test('watches that break wait twice as long each time, to 30 s, and from an event on as at first', async (context) => {
  const { count, pass } = await follow(context, (number, onEvent) => {
    if (number === 10) onEvent({ type: 'BOOKMARK', object: {} })
    throw new Error('broken')
  })
  const waitsMs = [200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 200, 400]
  for (const [index, waitMs] of waitsMs.entries()) {
    assert.equal(count(), index + 1)
    await pass(waitMs - 1)
    assert.equal(count(), index + 1, `after less than ${waitMs} ms`)
    await pass(1)
  }
  assert.equal(count(), waitsMs.length + 1)
})
