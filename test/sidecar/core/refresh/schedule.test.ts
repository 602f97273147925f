import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import {
  decideWaitMs,
  isReusable,
  type ScheduleFacts,
} from '../../../../sidecar/core/refresh/schedule.ts'
import { session as sessionOf } from '../../sessions.ts'

const HOUR = 3_600_000
const fresh = { acquiredAtMs: 0, expiresAtMs: HOUR }

function waitMs(facts: Partial<ScheduleFacts>): number {
  return decideWaitMs({ nowMs: 0, isClockSetBack: false, jitter: 0.5, ...facts })
}

describe('the next attempt', () => {
  const failed = { count: 1, atMs: 0, isThrottled: false }
  for (const [what, facts, expected] of [
    ['is now when nothing is held', {}, 0],
    ['is at 45 % of the life of a session', { session: fresh }, HOUR * 0.45],
    ['is up to 10 % earlier', { session: fresh, jitter: 0 }, HOUR * 0.35],
    ['is counted from now', { session: fresh, nowMs: HOUR / 4 }, HOUR / 5],
    ['is now after half of the life', { session: fresh, nowMs: HOUR * 0.7 }, 0],
    ['is now when the session has expired', { session: fresh, nowMs: HOUR + 1 }, 0],
    ['is now when a session starts in the future', { session: fresh, nowMs: -1 }, 0],
    ['is now when the clock was set back', { session: fresh, nowMs: 1, isClockSetBack: true }, 0],
    [
      'is not before a second for the shortest session',
      { session: { acquiredAtMs: 0, expiresAtMs: 10 } },
      1000,
    ],
    ['is a second after the first failure at the least', { failed, jitter: 0 }, 1000],
    ['is counted from the failure', { failed, jitter: 0, nowMs: 400 }, 600],
    ['is now when the backoff is over', { failed, nowMs: 2000 }, 0],
    ['is after the backoff with a session too', { session: fresh, failed, jitter: 0 }, 1000],
    ['is within 2 s after one failure', { failed, jitter: 1 }, 2000],
    ['is within 4 s after two', { failed: { ...failed, count: 2 }, jitter: 1 }, 4000],
    ['is now when a failure is in the future: the clock was set back', { failed, nowMs: -1 }, 0],
  ] as const) {
    it(what, () => assert.equal(waitMs(facts), expected))
  }
})

const jitter = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const moment = fc.integer({ min: 0, max: 10 * HOUR })
const held = fc
  .record({ acquiredAtMs: moment, lifeMs: fc.integer({ min: 1, max: 12 * HOUR }) })
  .map(({ acquiredAtMs, lifeMs }) => ({ acquiredAtMs, expiresAtMs: acquiredAtMs + lifeMs }))
const failures = fc.record({
  count: fc.integer({ min: 1, max: 10_000 }),
  atMs: moment,
  retryAfterMs: fc.option(fc.integer({ min: 0, max: 10 * HOUR }), { nil: undefined }),
  isThrottled: fc.option(fc.boolean(), { nil: undefined }),
})
const anyFacts = fc.record({
  nowMs: moment,
  session: fc.option(held, { nil: undefined }),
  failed: fc.option(failures, { nil: undefined }),
  isClockSetBack: fc.boolean(),
  jitter,
})

describe('laws of the schedule', () => {
  it('it never waits less than a second after a failure, and at most 1,000 s more than STS asks', () => {
    fc.assert(
      fc.property(anyFacts, failures, (facts, failed) => {
        const wait = decideWaitMs({ ...facts, failed, nowMs: failed.atMs })
        assert.ok(wait >= 1000 && wait <= 1_000_000 + 60_000)
      }),
    )
  })

  it('it tries again at least twice before a session ends, if STS asks for nothing else', () => {
    fc.assert(
      fc.property(anyFacts, failures, held, (facts, given, session) => {
        const failed = { ...given, retryAfterMs: undefined, atMs: session.acquiredAtMs }
        const nowMs = failed.atMs
        const leftMs = session.expiresAtMs - nowMs
        fc.pre(leftMs > 6000)
        const wait = decideWaitMs({ ...facts, session, failed, nowMs, isClockSetBack: false })
        assert.ok(wait <= 1000 + leftMs / 3)
      }),
    )
  })

  it('it is as prompt as ever without credentials, unless STS throttles', () => {
    fc.assert(
      fc.property(anyFacts, failures, (facts, given) => {
        const failed = { ...given, retryAfterMs: undefined, isThrottled: false }
        const wait = decideWaitMs({ ...facts, session: undefined, failed, nowMs: failed.atMs })
        assert.ok(wait <= 60_000)
      }),
    )
  })

  it('it renews between 35 and 55 % of the life of a session that lasts', () => {
    fc.assert(
      fc.property(anyFacts, held, (facts, session) => {
        const lifeMs = session.expiresAtMs - session.acquiredAtMs
        fc.pre(lifeMs > 10_000)
        const begin = { ...facts, session, failed: undefined, isClockSetBack: false }
        const wait = decideWaitMs({ ...begin, nowMs: session.acquiredAtMs })
        assert.ok(wait >= 0.349 * lifeMs && wait <= 0.551 * lifeMs)
      }),
    )
  })

  it('passing time only brings the next attempt nearer: what was due stays due', () => {
    fc.assert(
      fc.property(anyFacts, fc.nat(HOUR), (facts, passedMs) => {
        fc.pre((facts.session?.acquiredAtMs ?? 0) <= facts.nowMs)
        fc.pre((facts.failed?.atMs ?? 0) <= facts.nowMs)
        const before = decideWaitMs(facts)
        const after = decideWaitMs({ ...facts, nowMs: facts.nowMs + passedMs })
        assert.ok(Math.abs(after - Math.max(0, before - passedMs)) < 1e-3)
      }),
    )
  })

  it('it is a moment that a timer can take', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const wait = decideWaitMs(facts)
        assert.ok(Number.isFinite(wait) && wait >= 0)
      }),
    )
  })
})

describe('a base session', () => {
  for (const [what, nowMs, expected] of [
    ['is used again while it lasts', HOUR * 0.89, true],
    ['is left for a fresh one in its last tenth', HOUR * 0.91, false],
    ['is left for a fresh one when it has expired', HOUR * 2, false],
    ['is left for a fresh one when it starts in the future', -1, false],
  ] as const) {
    it(what, () => assert.equal(isReusable(sessionOf(fresh), nowMs), expected))
  }
})
