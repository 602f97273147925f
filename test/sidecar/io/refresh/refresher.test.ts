import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import { toFailure } from '../../../../sidecar/core/failures/errors.ts'
import type { Assume } from '../../../../sidecar/core/chain/job.ts'
import { chain, createRefresherStage, type RefresherStage } from '../../refresher-stage.ts'
import { session } from '../../sessions.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

let stage: RefresherStage

beforeEach(() => {
  stage = createRefresherStage()
})

describe('a refresher', () => {
  it('asks at once, and holds what comes', async () => {
    const refresher = stage.create()
    assert.deepEqual(refresher.stateOf('default'), {})
    refresher.start()
    await stage.time.pass(300)
    assert.equal(refresher.stateOf('default').session?.accessKeyId, 'ASIA1')
    assert.deepEqual(
      stage.attempts.map((attempt) => [attempt.kind, attempt.nextTryMs]),
      [['refreshed', HOUR * 0.45]],
    )
  })

  it('renews at 45 % of the life, with the base session as long as that lasts', async () => {
    stage.create().start()
    await stage.time.pass(2 * HOUR)
    const bases = stage.sts.jobs.map(({ baseSessions }) => Object.keys(baseSessions).length)
    assert.deepEqual(bases, [0, 1, 0, 1, 0])
  })

  it('keeps the last session when a refresh fails, and says both', async () => {
    const refresher = stage.create()
    refresher.start()
    await stage.time.pass(MINUTE)
    stage.sts.failure = { code: 'role_denied' }
    await stage.time.pass(HOUR / 2)
    const { session: held, failure } = refresher.stateOf('default')
    assert.equal(held?.accessKeyId, 'ASIA1')
    assert.equal(failure?.code, 'role_denied')
    stage.sts.failure = undefined
    await stage.time.pass(MINUTE)
    assert.equal(refresher.stateOf('default').failure, undefined)
    assert.notEqual(refresher.stateOf('default').session?.accessKeyId, 'ASIA1')
    const denied = stage.sts.jobs.map(({ deniedTargets }) => deniedTargets?.join())
    assert.deepEqual(denied.slice(0, 3), ['', '', 'default'])
  })

  it('backs off from seconds to a minute', async () => {
    stage.sts.failure = { code: 'sts_unreachable' }
    stage.create().start()
    await stage.time.pass(HOUR)
    const waits = stage.attempts.map(({ nextTryMs }) => nextTryMs)
    assert.deepEqual(waits.slice(0, 7), [1500, 2500, 4500, 8500, 16_500, 30_500, 30_500])
    assert.ok(stage.sts.jobs.length < 130)
  })

  it('leaves STS alone for as long as it asks', async () => {
    stage.sts.failure = { code: 'throttled', retryAfterMs: 45_000 }
    stage.create().start()
    await stage.time.pass(45_000)
    assert.equal(stage.sts.jobs.length, 1)
    await stage.time.pass(4000)
    assert.equal(stage.sts.jobs.length, 2)
  })

  it('asks less and less while STS throttles, and soon again when the failure is another', async () => {
    stage.sts.failure = { code: 'throttled' }
    stage.create().start()
    await stage.time.pass(HOUR / 2)
    assert.deepEqual(
      stage.attempts.map(({ nextTryMs }) => nextTryMs),
      [4500, 24_500, 350_500, 500_500, 500_500, 500_500],
    )
    stage.sts.failure = { code: 'role_denied' }
    await stage.time.pass(500_000)
    assert.deepEqual(
      stage.attempts.slice(6, 9).map(({ nextTryMs }) => nextTryMs),
      [1500, 2500, 4500],
    )
  })

  it('walks all targets that are due in one walk, and never two at a time', async () => {
    const refresher = stage.create({
      targets: { one: { chain }, two: { chain }, three: { chain } },
    })
    refresher.start()
    for (let step = 0; step < 1000; step += 1) {
      await stage.time.pass(20_000)
      assert.ok(stage.sts.walking() <= 1)
    }
    const sizes = new Set(stage.sts.jobs.map(({ targets }) => Object.keys(targets).length))
    assert.deepEqual([...sizes], [3])
  })

  it('says of a target without a report what the walk says of the rest', async () => {
    const crashed = toFailure('child_crashed')
    const refresher = stage.create({ assume: () => Promise.resolve(crashed) })
    refresher.start()
    await stage.time.pass(100)
    assert.deepEqual(refresher.stateOf('default').failure, crashed)
  })

  it('goes on after a walk that throws', async () => {
    let walks = 0
    const refresher = stage.create({
      assume: () => {
        walks += 1
        return Promise.reject(new Error('never'))
      },
    })
    refresher.start()
    await stage.time.pass(10_000)
    assert.ok(walks > 2)
    assert.equal(refresher.stateOf('default').failure?.code, 'unexpected_error')
  })

  it('asks once a second at the most, however old sessions are when they come', async () => {
    let walks = 0
    const refresher = stage.create({
      assume: (_, onReport) => {
        walks += 1
        const given = session({ acquiredAtMs: 0, expiresAtMs: stage.time.nowMs() + HOUR })
        onReport({ kind: 'session', target: 'default', session: given })
        return Promise.resolve(toFailure('child_garbled'))
      },
    })
    refresher.start()
    await stage.time.pass(10_500)
    assert.equal(walks, 11)
    refresher.stop()
  })

  it('says once of each walk that it is over, a second after it has ended', async () => {
    const { time, sts } = stage
    const said: string[] = []
    stage.create({ onWalked: () => said.push(`${sts.jobs.length} at ${time.nowMs()}`) }).start()
    const endsAtMs = time.nowMs() + sts.delayMs
    await time.pass(MINUTE)
    assert.deepEqual(said, [`1 at ${endsAtMs + 1000}`])
    sts.failure = { code: 'sts_unreachable' }
    await time.pass(HOUR)
    assert.ok(said.length > 10)
    assert.equal(said.length, sts.jobs.length)
  })

  it('does not let an answer of a walk that is over overwrite a newer one', async () => {
    const late: (() => void)[] = []
    const assume: Assume = (_, onReport) => {
      const accessKeyId = `WALK${late.length}`
      const nowMs = stage.time.nowMs()
      const given = session({ accessKeyId, acquiredAtMs: nowMs, expiresAtMs: nowMs + HOUR })
      const report = () => onReport({ kind: 'session', target: 'default', session: given })
      late.push(report)
      if (late.length > 1) report()
      return Promise.resolve(toFailure('child_hung'))
    }
    const refresher = stage.create({ assume })
    refresher.start()
    await stage.time.pass(5000)
    assert.equal(refresher.stateOf('default').session?.accessKeyId, 'WALK1')
    late[0]?.()
    assert.equal(refresher.stateOf('default').session?.accessKeyId, 'WALK1')
  })

  it('ends a walk when it is stopped, begins no other, and goes on serving', async () => {
    const refresher = stage.create()
    refresher.start()
    await stage.time.pass(HOUR * 0.45 + 250)
    assert.equal(stage.sts.walking(), 1)
    refresher.stop()
    await stage.time.pass(10 * HOUR)
    assert.equal(stage.sts.walking(), 0)
    assert.equal(stage.sts.jobs.length, 2)
    assert.equal(refresher.stateOf('default').session?.accessKeyId, 'ASIA1')
    assert.equal(stage.time.timerCount(), 0)
  })
})

describe('waiting for a session', () => {
  it('ends as soon as there is one', async () => {
    const refresher = stage.create()
    refresher.start()
    let isHeld = false
    void refresher.whenHeld('default', 500).then(() => (isHeld = true))
    await stage.time.pass(190)
    assert.equal(isHeld, false)
    await stage.time.pass(20)
    assert.equal(isHeld, true)
    await refresher.whenHeld('default', 1e9)
  })

  it('ends after the time given, and leaves no timer', async () => {
    stage.sts.delayMs = HOUR
    const refresher = stage.create()
    refresher.start()
    const timers = stage.time.timerCount()
    let isOver = false
    void refresher.whenHeld('default', 500).then(() => (isOver = true))
    await stage.time.pass(501)
    assert.equal(isOver, true)
    assert.equal(stage.time.timerCount(), timers)
  })
})
