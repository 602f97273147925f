/** A target that is broken for good while the pod runs: it costs little until somebody asks for it. */
import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import type { Refresher } from '../../../../sidecar/io/refresh/refresher.ts'
import { chain, createRefresherStage, type RefresherStage } from '../../refresher-stage.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const broken = { chain, isOptional: true } as const

let stage: RefresherStage

beforeEach(() => {
  stage = createRefresherStage()
})

/** Runs with one target that fails, and gives how often it is tried in an hour, hours later. */
async function triesInAnHour(
  code: 'role_denied' | 'sts_unreachable',
  target: object,
): Promise<number> {
  stage.sts.failure = { code }
  const refresher = stage.create({ targets: { dev: { chain, ...target } } })
  refresher.start()
  await stage.time.pass(5 * HOUR)
  const before = stage.sts.jobs.length
  await stage.time.pass(HOUR)
  refresher.stop()
  return stage.sts.jobs.length - before
}

async function startBroken(): Promise<Refresher> {
  stage.sts.failure = { code: 'role_denied' }
  const refresher = stage.create({ targets: { dev: broken } })
  refresher.start()
  await stage.time.pass(5 * HOUR)
  return refresher
}

describe('a target that is refused for good', () => {
  it('is tried some times an hour where nobody needs it, and twice a minute where it is the default', async () => {
    const idle = await triesInAnHour('role_denied', broken)
    assert.ok(idle >= 4 && idle <= 8, `${idle} tries`)
    const needed = await triesInAnHour('role_denied', {})
    assert.ok(needed > 60, `${needed} tries`)
  })

  it('is tried as often as any other while the cause may pass', async () => {
    const passing = await triesInAnHour('sts_unreachable', broken)
    assert.ok(passing > 60, `${passing} tries`)
  })

  it('is tried at once when somebody asks, who hears how that ends', async () => {
    const refresher = await startBroken()
    await stage.time.pass(2 * MINUTE)
    assert.equal(refresher.stateOf('dev').failure?.code, 'role_denied')
    stage.sts.failure = undefined
    const before = stage.sts.jobs.length
    refresher.wake('dev')
    assert.deepEqual(refresher.stateOf('dev'), {})
    let isHeld = false
    void refresher.whenHeld('dev', 500).then(() => (isHeld = true))
    await stage.time.pass(500)
    assert.equal(stage.sts.jobs.length, before + 1)
    assert.ok(isHeld && refresher.stateOf('dev').session)
  })

  it('is tried at the pace of any other while somebody asks all the time', async () => {
    const refresher = await startBroken()
    const before = stage.sts.jobs.length
    for (let second = 0; second < 600; second += 1) {
      refresher.wake('dev')
      await stage.time.pass(1000)
    }
    const tries = stage.sts.jobs.length - before
    assert.ok(tries >= 10 && tries <= 25, `${tries} tries`)
    assert.equal(refresher.stateOf('dev').failure?.code, 'role_denied')
  })

  it('is left alone again when nobody asks any more', async () => {
    const refresher = await startBroken()
    refresher.wake('dev')
    await stage.time.pass(HOUR)
    const before = stage.sts.jobs.length
    await stage.time.pass(HOUR)
    assert.ok(stage.sts.jobs.length - before <= 8)
  })

  it('does not hide its failure from somebody who asks again at once', async () => {
    const refresher = await startBroken()
    refresher.wake('dev')
    await stage.time.pass(300)
    refresher.wake('dev')
    assert.equal(refresher.stateOf('dev').failure?.code, 'role_denied')
  })
})
