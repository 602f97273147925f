/** Restarts and clocks that jump. */
import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import type { HeldSessions } from '../../../../sidecar/core/refresh/sessions.ts'
import type { Refresher } from '../../../../sidecar/io/refresh/refresher.ts'
import { chain, createRefresherStage, type RefresherStage } from '../../refresher-stage.ts'
import { BASE_ROLE, TARGET_ROLE } from '../../sessions.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const nothing: HeldSessions = { targets: {}, baseSessions: {} }

const ADMIN = 'arn:aws:iam::333333333333:role/admin'

let stage: RefresherStage

beforeEach(() => {
  stage = createRefresherStage()
})

/** A refresher that has had its first session for a minute. */
async function startHeld(): Promise<Refresher> {
  const refresher = stage.create()
  refresher.start()
  await stage.time.pass(MINUTE)
  return refresher
}

describe('a restart', () => {
  it('serves what was held at once, with STS down too, and asks when it is time', async () => {
    const held = await stage.heldAfter(MINUTE)
    stage.sts.failure = { code: 'sts_unreachable' }
    const refresher = stage.create()
    refresher.start(held)
    assert.equal(refresher.stateOf('default').session?.accessKeyId, 'ASIA1')
    await stage.time.pass(HOUR / 3)
    assert.equal(stage.sts.jobs.length, 1)
    await stage.time.pass(HOUR / 3)
    assert.ok(stage.sts.jobs.length > 1)
    assert.equal(refresher.stateOf('default').session?.accessKeyId, 'ASIA1')
  })

  it('takes over base sessions', async () => {
    const held = await stage.heldAfter(MINUTE)
    stage.create().start({ ...held, targets: {} })
    await stage.time.pass(MINUTE)
    assert.equal(Object.keys(stage.sts.jobs.at(-1)?.baseSessions ?? {}).length, 1)
  })

  it('does not serve the session of another chain', async () => {
    const held = await stage.heldAfter(MINUTE)
    const refresher = stage.create({
      targets: { default: { chain: [...chain, { roleArn: BASE_ROLE }] } },
    })
    refresher.start(held)
    assert.deepEqual(refresher.stateOf('default'), {})
  })

  for (const [what, change] of [
    ['of a role of another AWS account', { roleArn: ADMIN, accountId: '333333333333' }],
    ['of another role', { roleArn: `${TARGET_ROLE}-2` }],
    ['of another AWS account', { accountId: '333333333333' }],
    ['that seems to last for years', { expiresAtMs: Date.UTC(2126, 0) }],
    ['that ended before it came', { acquiredAtMs: Date.UTC(2126, 0) }],
    ['whose end is told in two ways', { expiration: '2126-01-01T00:00:00Z' }],
  ] as const) {
    it(`neither serves nor uses a session ${what}, although its key is right`, async () => {
      const held = await stage.heldAfter(MINUTE)
      const [[name, { chainKey, session }] = assert.fail()] = Object.entries(held.targets)
      const [[baseKey, base] = assert.fail()] = Object.entries(held.baseSessions)
      const refresher = stage.create()
      stage.sts.failure = { code: 'sts_unreachable' }
      refresher.start({
        targets: { [name]: { chainKey, session: { ...session, ...change } } },
        baseSessions: { [baseKey]: { ...base, ...change } },
      })
      assert.equal(refresher.stateOf('default').session, undefined)
      assert.deepEqual(refresher.snapshot(), nothing)
      refresher.stop()
    })
  }

  it('does not use a base session under the key of another base role', async () => {
    const other = 'arn:aws:iam::111111111111:role/other-base'
    const targets = {
      default: { chain },
      other: { chain: [{ roleArn: other }, { roleArn: TARGET_ROLE }] },
    }
    const first = stage.create({ targets })
    first.start()
    await stage.time.pass(MINUTE)
    first.stop()
    const [[one, left] = assert.fail(), [two, right] = assert.fail()] = Object.entries(
      first.snapshot().baseSessions,
    )
    const second = stage.create({ targets })
    second.start({ targets: {}, baseSessions: { [one]: right, [two]: left } })
    assert.deepEqual(second.snapshot(), nothing)
    second.stop()
  })

  it('does not serve the session of a target that is gone, or one that has expired', async () => {
    const held = await stage.heldAfter(MINUTE)
    const refresher = stage.create({ targets: { other: { chain } } })
    refresher.start(held)
    assert.deepEqual(refresher.stateOf('other'), {})
    refresher.stop()
    stage.time.suspend(2 * HOUR)
    const later = stage.create()
    later.start(held)
    assert.deepEqual(later.stateOf('default'), {})
    later.stop()
    assert.deepEqual(later.snapshot(), nothing)
  })
})

describe('a clock that jumps', () => {
  it('forward over an expiry is seen within half a minute', async () => {
    const refresher = await startHeld()
    stage.time.suspend(3 * HOUR)
    await stage.time.pass(31_000)
    assert.equal(refresher.stateOf('default').session?.accessKeyId, 'ASIA3')
  })

  for (const [what, prepare] of [
    ['', () => undefined],
    [
      ' in a backoff',
      async () => {
        stage.sts.failure = { code: 'role_denied' }
        await stage.time.pass(HOUR / 2)
        stage.sts.failure = undefined
      },
    ],
  ] as const) {
    it(`forward over an expiry${what} is seen at once when somebody looks`, async () => {
      const refresher = await startHeld()
      await prepare()
      const before = stage.sts.jobs.length
      stage.time.suspend(3 * HOUR)
      refresher.wake('default')
      assert.equal(stage.sts.jobs.length, before + 1)
      await stage.time.pass(300)
      const { session } = refresher.stateOf('default')
      assert.ok(session && session.expiresAtMs > stage.time.nowMs())
    })
  }

  it('forward is no way to make it ask more often, however often somebody looks', async () => {
    const refresher = await startHeld()
    stage.sts.failure = { code: 'sts_unreachable' }
    stage.time.suspend(3 * HOUR)
    for (let step = 0; step < 6000; step += 1) {
      refresher.wake('default')
      await stage.time.pass(10)
    }
    const asked = stage.sts.jobs.length - 1
    assert.equal(stage.sts.walking(), 0)
    // 1.5, 2.5, 4.5, 8.5, 16.5, 30.5 s apart, in a minute.
    assert.equal(asked, 6)
  })

  it('does not begin a walk in one that has been stopped', async () => {
    const refresher = await startHeld()
    refresher.stop()
    stage.time.suspend(3 * HOUR)
    refresher.wake('default')
    assert.equal(stage.sts.jobs.length, 1)
    assert.equal(stage.time.timerCount(), 0)
  })

  it('back before the session came makes it renewed at once', async () => {
    await startHeld()
    stage.time.setClock(-2 * HOUR)
    await stage.time.pass(31_000)
    assert.equal(stage.sts.jobs.length, 2)
    assert.deepEqual(stage.sts.jobs[1]?.baseSessions, {})
  })

  it('back a little makes it renewed too: it seems to last longer than it does', async () => {
    await startHeld()
    await stage.time.pass(20 * MINUTE)
    stage.time.setClock(-15 * MINUTE)
    await stage.time.pass(31_000)
    assert.equal(stage.sts.jobs.length, 2)
    await stage.time.pass(20 * MINUTE)
    assert.equal(stage.sts.jobs.length, 2)
  })

  it('by less than a second is left alone', async () => {
    await startHeld()
    stage.time.setClock(-900)
    await stage.time.pass(MINUTE)
    assert.equal(stage.sts.jobs.length, 1)
  })

  it('back during a backoff does not prolong it', async () => {
    stage.sts.failure = { code: 'sts_unreachable' }
    stage.create().start()
    await stage.time.pass(10 * MINUTE)
    stage.time.setClock(-HOUR)
    const before = stage.sts.jobs.length
    await stage.time.pass(2 * MINUTE)
    assert.ok(stage.sts.jobs.length >= before + 2)
  })
})
