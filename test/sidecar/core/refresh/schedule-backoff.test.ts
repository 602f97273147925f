/** How far apart attempts are while none succeeds: by what is held, and by whether STS throttles. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decideWaitMs, type ScheduleFacts } from '../../../../sidecar/core/refresh/schedule.ts'

const SECOND = 1000
const HOUR = 3600 * SECOND
const fresh = { acquiredAtMs: 0, expiresAtMs: HOUR }
const future = { acquiredAtMs: 9 * HOUR, expiresAtMs: 10 * HOUR }
const halfDay = { acquiredAtMs: 0, expiresAtMs: 12 * HOUR }

/** The wait in seconds after the last of so many failures. */
function waitSeconds(
  facts: Partial<ScheduleFacts>,
  failed: ScheduleFacts['failed'] & object,
): number {
  const wait = decideWaitMs({
    isClockSetBack: false,
    jitter: 1,
    ...facts,
    failed,
    nowMs: failed.atMs,
  })
  return wait / SECOND
}

describe('after a failure that is no throttling the next attempt is', () => {
  const other = { count: 900, atMs: 0, isThrottled: false }
  const late = { ...other, atMs: HOUR - 90 * SECOND }
  for (const [what, facts, failed, expected] of [
    ['within 2 s after one', {}, { ...other, count: 1 }, 2],
    ['within 4 s after two', {}, { ...other, count: 2 }, 4],
    ['within a minute after many', {}, other, 60],
    ['within a minute after the end', { session: fresh }, { ...other, atMs: 9 * HOUR }, 60],
    ['within a third of the life that is left', { session: fresh }, late, 30],
    ['within 4 s after two, when nobody asks', {}, { ...other, count: 2, isIdle: true }, 4],
    ['within 1,000 s after many, when nobody asks', {}, { ...other, isIdle: true }, 1000],
    [
      'as soon when nobody asks and there is a session',
      { session: fresh },
      { ...late, isIdle: true },
      30,
    ],
    ['within 1,000 s for the longest life', { session: halfDay }, other, 1000],
    [
      'within a minute when the clock was set back',
      { session: fresh, isClockSetBack: true },
      other,
      60,
    ],
    ['within a minute when the session is of the future', { session: future }, other, 60],
  ] as const) {
    it(what, () => assert.equal(waitSeconds(facts, failed), expected))
  }
})

describe('after throttling the next attempt is', () => {
  const throttled = { count: 900, atMs: 0, isThrottled: true }
  const expired = (seconds: number) => ({ ...throttled, atMs: HOUR + seconds * SECOND })
  for (const [what, facts, failed, expected] of [
    ['within 8 s', {}, { ...throttled, count: 1 }, 8],
    ['within 48 s after two', {}, { ...throttled, count: 2 }, 48],
    ['spread over minutes after three', {}, { ...throttled, count: 3 }, 700],
    ['within 1,000 s after many', {}, throttled, 1000],
    ['within a third of the life that is left', { session: fresh }, expired(-90), 30],
    ['within a minute shortly after the end', { session: fresh }, expired(9), 60],
    ['the later the longer there has been nothing', { session: fresh }, expired(90), 90],
    ['within 1,000 s however long there has been nothing', { session: fresh }, expired(9000), 1000],
  ] as const) {
    it(what, () => assert.equal(waitSeconds(facts, failed), expected))
  }

  it('as after a failure of which it is not known whether it was one', () => {
    assert.equal(waitSeconds({}, { count: 1, atMs: 0 }), 8)
  })
})

describe('what STS asks for', () => {
  const failed = { count: 1, atMs: 0, isThrottled: true }
  for (const [what, jitter, retryAfterMs, expected] of [
    ['is waited for', 0, 20 * SECOND, 20],
    ['is waited for, and spread beyond', 1, 20 * SECOND, 27],
    ['is no reason to ask sooner', 0, 1, 1],
    ['is heeded for a minute at most', 0, 9e9, 60],
  ] as const) {
    it(what, () => {
      assert.equal(waitSeconds({ jitter }, { ...failed, retryAfterMs }), expected)
    })
  }
})
