import assert from 'node:assert/strict'
import { syncBuiltinESMExports } from 'node:module'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { listAndWatch } from '../../../webhook/kubernetes/list-and-watch.ts'
import type { KubernetesApi, WatchEvent } from '../../../webhook/kubernetes/kubernetes-api.ts'

const FIRST_DELAY_MS = 200

interface Watched {
  /** How many watches have begun. */
  readonly count: () => number
  /** How many times the list has been read. */
  readonly lists: () => number
  /** Lets so much time pass, and what follows from it happen. */
  readonly pass: (milliseconds: number) => Promise<void>
}

type Send = (event: WatchEvent) => void

/**
 * A list that is followed by watches, each of which does what `watch` says, on a clock that stands still. One that
 * returns a promise stays open until that settles or the reader ends it. The reader cannot read what has the type
 * `BAD`.
 */
async function follow(
  context: TestContext,
  watch: (count: number, onEvent: Send) => void | Promise<void>,
): Promise<Watched> {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  // So that what modules have imported by name stands still too, and after the test goes on again.
  syncBuiltinESMExports()
  context.after(() => {
    context.mock.timers.reset()
    syncBuiltinESMExports()
  })
  let count = 0
  let lists = 0
  const api: Pick<KubernetesApi, 'watch'> = {
    watch: async ({ signal }, onEvent) => {
      count += 1
      const ended = new Promise<void>((_, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')))
      })
      await Promise.race([ended, turn().then(() => watch(count, onEvent))])
    },
  }
  const stop = listAndWatch({
    api: api as KubernetesApi,
    path: '/api/v1/things',
    accept: 'application/json',
    list: () => {
      lists += 1
      return Promise.resolve('1')
    },
    take: ({ type }) => {
      if (type === 'BAD') throw new Error('That is no thing.')
      return '2'
    },
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
  return { count: () => count, lists: () => lists, pass }
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

test('after an event that cannot be read the list is read anew, each time later', async (context) => {
  const { count, lists, pass } = await follow(context, (_, onEvent) => {
    onEvent({ type: 'BAD', object: {} })
  })
  const waitsMs = [200, 400, 800, 1600, 3200, 6400]
  for (const [index, waitMs] of waitsMs.entries()) {
    assert.deepEqual([count(), lists()], [index + 1, index + 1])
    await pass(waitMs - 1)
    assert.equal(count(), index + 1, `after less than ${waitMs} ms`)
    await pass(1)
  }
})

const forEver = new Promise<void>(() => undefined)
const LONGEST_SILENCE_MS = 150_000

test('a watch that is silent ends, and the next goes on where it was', async (context) => {
  const { count, lists, pass } = await follow(context, () => forEver)
  await pass(LONGEST_SILENCE_MS - 1)
  assert.equal(count(), 1)
  await pass(1)
  await pass(FIRST_DELAY_MS)
  assert.deepEqual([count(), lists()], [2, 1])
})

test('a watch on which bookmarks come stays open', async (context) => {
  const open: { send?: Send } = {}
  const { count, pass } = await follow(context, (_, onEvent) => {
    open.send = onEvent
    return forEver
  })
  for (let minute = 0; minute < 10; minute += 1) {
    await pass(60_000)
    open.send?.({ type: 'BOOKMARK', object: {} })
  }
  assert.equal(count(), 1)
  await pass(LONGEST_SILENCE_MS + FIRST_DELAY_MS)
  await pass(FIRST_DELAY_MS)
  assert.equal(count(), 2)
})
