/** What a walk gets, what its outcomes change, and when the next one begins. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { toFailure } from '../../../../sidecar/core/failures/errors.ts'
import { snapshotOf } from '../../../../sidecar/core/refresh/refresh-state.ts'
import {
  baseAt,
  baseKey,
  HOUR,
  hung,
  job,
  sessionAt,
  START,
  startHeld,
  target,
  Walker,
} from './walker.ts'

describe('a walk', () => {
  it('has all that the child needs, and the number that its reports are to carry', () => {
    const walker = new Walker().start()
    const expected = { ...job, targets: { one: target, two: target } }
    assert.deepEqual(walker.effects, [
      { kind: 'walk', walk: 1, job: { ...expected, baseSessions: {}, deniedTargets: [] } },
    ])
    walker.getBase(baseKey, baseAt(START)).fail('two', 'role_denied').get('one', sessionAt(START))
    walker
      .end()
      .at(START + 2000)
      .wake()
    assert.deepEqual(walker.effects.at(-1), {
      kind: 'walk',
      walk: 2,
      job: {
        ...job,
        targets: { two: target },
        baseSessions: { [baseKey]: baseAt(START) },
        deniedTargets: ['two'],
      },
    })
  })

  for (const [apartMs, names] of [
    [250, ['one', 'two']],
    [251, ['one']],
  ] as const) {
    it(`takes what falls due within ${apartMs} ms: ${names.join(' and ')}`, () => {
      const walker = new Walker().start()
      walker
        .get('one', sessionAt(START))
        .get('two', sessionAt(START + apartMs))
        .end()
      walker.at(START + 0.45 * HOUR).wake()
      assert.deepEqual(Object.keys(walker.job().targets), names)
    })
  }

  it('gives all its targets the jitter of its beginning', () => {
    const walker = new Walker().start(undefined, 0.25)
    walker.report({ kind: 'session', target: 'one', session: sessionAt(START) }, 1, 0.9).end(1, 0.7)
    assert.deepEqual([walker.known('one').jitter, walker.known('two').jitter], [0.25, 0.25])
  })

  it('that ends without an outcome of a target fails it as the walk says, after the pause is set', () => {
    const walker = new Walker().start().get('two', sessionAt(START)).end()
    assert.deepEqual(walker.effects, [
      { kind: 'sleep', ms: 1000 },
      { kind: 'tell', attempt: { kind: 'failed', target: 'one', failure: hung, nextTryMs: 1500 } },
    ])
    assert.equal(walker.known('two').state.failure, undefined)
  })

  it('that has ended is told before the next begins', () => {
    const walker = new Walker(['one'])
      .start()
      .end()
      .at(START + 1500)
      .wake()
    assert.deepEqual(walker.kinds(), ['tell-walked', 'walk'])
  })
})

describe('an outcome', () => {
  it('is told with the time until the next try', () => {
    const held = sessionAt(START)
    assert.deepEqual(new Walker().start().get('one', held).effects, [
      {
        kind: 'tell',
        attempt: { kind: 'refreshed', target: 'one', session: held, nextTryMs: 0.45 * HOUR },
      },
    ])
    const retryAfterMs = 30_000
    const failure = toFailure('throttled')
    assert.deepEqual(new Walker().start().fail('one', 'throttled', { retryAfterMs }).effects, [
      {
        kind: 'tell',
        attempt: { kind: 'failed', target: 'one', failure, nextTryMs: retryAfterMs + 3500 },
      },
    ])
  })

  it('is the first that a walk says of a target', () => {
    const walker = new Walker().start().get('one', sessionAt(START))
    const before = walker.state
    walker.get('one', sessionAt(START, { accessKeyId: 'LATER' }))
    assert.deepEqual([walker.state, walker.effects], [before, []])
  })

  it('of a failure keeps the session, and is counted by its kind until there is another session', () => {
    const walker = new Walker(['one']).start().get('one', sessionAt(START)).end()
    const codes = ['role_denied', 'throttled', 'throttled', 'sts_timeout'] as const
    const counts = codes.map((code, index) => {
      walker
        .at(START + HOUR / 2 + index * HOUR)
        .wake()
        .wake()
        .fail('one', code)
      const { failed, failures, state } = walker.known()
      assert.deepEqual(state, { session: sessionAt(START), failure: toFailure(code) })
      assert.equal(failed?.atMs, walker.nowMs)
      walker.end()
      return [failed?.count, failed?.isThrottled, failures.other, failures.throttled]
    })
    assert.deepEqual(counts, [
      [1, false, 1, 0],
      [1, true, 1, 1],
      [2, true, 1, 2],
      [2, false, 2, 2],
    ])
    walker
      .at(START + 10 * HOUR)
      .wake()
      .get('one', sessionAt(START + 10 * HOUR))
    const { failed, failures, state } = walker.known()
    assert.deepEqual(state, { session: sessionAt(START + 10 * HOUR) })
    assert.deepEqual([failed, failures], [undefined, { throttled: 0, other: 0 }])
  })
})

describe('a base session', () => {
  it('of another key than one of these chains is not kept', () => {
    const walker = new Walker().start()
    assert.equal(walker.getBase('another', baseAt(START)).state.baseSessions.size, 0)
    assert.equal(walker.getBase(baseKey, baseAt(START)).state.baseSessions.size, 1)
  })

  it('is let go when too little of its life is left for a walk', () => {
    const walker = startHeld()
    assert.equal(walker.at(START + 0.9 * HOUR - 1).look().state.baseSessions.size, 1)
    const old = startHeld()
    assert.equal(old.at(START + 0.9 * HOUR).look().state.baseSessions.size, 0)
  })
})

describe('a clock', () => {
  it('is looked at every 30 s at the least', () => {
    assert.deepEqual(startHeld().effects.at(-1), { kind: 'sleep', ms: 30_000 })
  })

  it('is slept by for no longer than until something is due', () => {
    const walker = startHeld()
      .at(START + 0.45 * HOUR - 700)
      .wake()
    assert.deepEqual(walker.effects, [{ kind: 'sleep', ms: 700 }])
  })

  it('that is set back by a second is trimmed, and by more makes all new', () => {
    const trimmed = startHeld().at(START).wake()
    assert.deepEqual([trimmed.kinds(), trimmed.state.baseSessions.size], [['sleep'], 1])
    const late = startHeld()
      .at(START + HOUR / 4)
      .wake()
    late.at(START + HOUR / 4 - 1001).wake()
    assert.deepEqual(Object.keys(late.job().targets), ['one', 'two'])
    assert.deepEqual(late.job().baseSessions, {})
    assert.equal(late.known().isClockSetBack, true)
    late.get('one', sessionAt(late.nowMs))
    assert.deepEqual(
      [late.known('one').isClockSetBack, late.known('two').isClockSetBack],
      [false, true],
    )
  })
})

describe('what an earlier process held', () => {
  const before = startHeld()
  const held = snapshotOf(before.state, before.nowMs)

  it('is served and used again, and asked for when it is time', () => {
    const walker = new Walker().start(held)
    assert.deepEqual(walker.effects, [{ kind: 'sleep', ms: 30_000 }])
    assert.deepEqual(snapshotOf(walker.state, START), held)
  })

  it('is a snapshot without what has expired', () => {
    assert.equal(Object.keys(snapshotOf(before.state, START + HOUR - 1).targets).length, 2)
    assert.deepEqual(snapshotOf(before.state, START + HOUR).targets, {})
  })
})
