/** Whole days, and whatever else may happen: the refresher lives through it without anybody noticing. */
import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import * as fc from 'fast-check'
import type { Session } from '../../../../sidecar/core/session.ts'
import type { Refresher } from '../../../../sidecar/io/refresh/refresher.ts'
import { createRefresherStage, type RefresherStage } from '../../refresher-stage.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

let stage: RefresherStage

beforeEach(() => {
  stage = createRefresherStage()
})

/** Fails when what the endpoint would serve now is not what AWS honours now. */
function assertHonoured({ time, sts }: RefresherStage, session: Session | undefined): void {
  if (session === undefined || session.expiresAtMs <= time.nowMs()) return
  const over = time.trueMs() - sts.endOf(session)
  assert.ok(over < 0, `served ${over} ms after its end`)
}

describe('24 hours', () => {
  it('with outages of 20 minutes, throttling and restarts are served without a gap, by few calls', async () => {
    // A generator of a fixed seed: another day each run would be another test each run.
    let seed = 1
    const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647
    const { time, sts } = stage
    let refresher = stage.create({ random })
    refresher.start()
    await time.pass(MINUTE)
    for (let minute = 0; minute < 24 * 60; minute += 1) {
      const phase = minute % 97
      if (phase === 10) sts.failure = { code: 'sts_unreachable' }
      if (phase === 30) sts.failure = { code: 'throttled', retryAfterMs: 20_000 }
      if (phase === 34) sts.failure = undefined
      if (minute % 61 === 60) {
        refresher.stop()
        const kept = refresher.snapshot()
        refresher = stage.create({ random })
        refresher.start(kept)
      }
      await time.pass(MINUTE)
      const { session } = refresher.stateOf('default')
      assert.ok(
        session && session.expiresAtMs > time.nowMs(),
        `nothing to serve in minute ${minute}`,
      )
      assertHonoured(stage, session)
    }
    const renewed = stage.attempts.filter(({ kind }) => kind === 'refreshed').length
    assert.ok(renewed >= 40 && renewed <= 62, `${renewed} renewals`)
  })

  it('with an outage of two hours end the sessions, and go on within a minute after it', async () => {
    const { time, sts } = stage
    const refresher = stage.create()
    refresher.start()
    await time.pass(10 * MINUTE)
    sts.failure = { code: 'sts_unavailable' }
    await time.pass(2 * HOUR)
    assert.ok((refresher.stateOf('default').session?.expiresAtMs ?? 0) < time.nowMs())
    assert.equal(refresher.stateOf('default').failure?.code, 'sts_unavailable')
    sts.failure = undefined
    await time.pass(MINUTE + 1000)
    assert.ok((refresher.stateOf('default').session?.expiresAtMs ?? 0) > time.nowMs())
    await time.pass(22 * HOUR)
  })
})

type Step =
  | { readonly kind: 'pass' | 'suspend' | 'clock' | 'life'; readonly ms: number }
  | { readonly kind: 'outage' | 'recovery' | 'restart' }

const stepOf = (kind: 'pass' | 'suspend' | 'life', max: number): fc.Arbitrary<Step> =>
  fc.integer({ min: 1000, max }).map((ms) => ({ kind, ms }))
const anyStep = fc.oneof(
  { weight: 4, arbitrary: stepOf('pass', HOUR) },
  stepOf('suspend', 2 * HOUR),
  fc.integer({ min: 900_000, max: HOUR }).map((ms): Step => ({ kind: 'life', ms })),
  fc.constantFrom<Step>({ kind: 'outage' }, { kind: 'recovery' }, { kind: 'restart' }),
)
const jump = fc
  .integer({ min: -9 * HOUR, max: 9 * HOUR })
  .map((ms): Step => ({ kind: 'clock', ms }))
const steps = fc.array(anyStep, { maxLength: 25 })
const stepsAndJumps = fc.array(fc.oneof({ weight: 5, arbitrary: anyStep }, jump), { maxLength: 25 })

async function take(step: Step, here: RefresherStage, refresher: Refresher): Promise<Refresher> {
  const { time, sts } = here
  if (step.kind === 'pass') await time.pass(step.ms)
  else if (step.kind === 'suspend') time.suspend(step.ms)
  else if (step.kind === 'clock') time.setClock(step.ms)
  else if (step.kind === 'life') sts.lifeMs = step.ms
  else if (step.kind === 'outage') sts.failure = { code: 'sts_unreachable' }
  else if (step.kind === 'recovery') sts.failure = undefined
  else {
    refresher.stop()
    const next = here.create()
    next.start(refresher.snapshot())
    return next
  }
  return refresher
}

describe('laws, whatever happens', () => {
  it('what has not expired by the clock is honoured by AWS, and a failure never takes a session away', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const here = createRefresherStage()
        let refresher = here.create()
        refresher.start()
        await here.time.pass(1000)
        for (const step of all) {
          const before = refresher.stateOf('default').session
          const seen = here.attempts.length
          refresher = await take(step, here, refresher)
          const { session } = refresher.stateOf('default')
          assertHonoured(here, session)
          const isRenewed = here.attempts.slice(seen).some(({ kind }) => kind === 'refreshed')
          const isOver = (before?.expiresAtMs ?? 0) <= here.time.nowMs()
          if (!isRenewed && !isOver) assert.deepEqual(session, before)
        }
        refresher.stop()
      }),
      { numRuns: 60 },
    )
  })

  it('there is a live session a minute after STS can be reached and the clock is right again', async () => {
    await fc.assert(
      fc.asyncProperty(stepsAndJumps, async (all) => {
        const here = createRefresherStage()
        let refresher = here.create()
        refresher.start()
        for (const step of all) refresher = await take(step, here, refresher)
        here.sts.failure = undefined
        here.time.setClock(here.time.trueMs() - here.time.nowMs())
        await here.time.pass(MINUTE + 2000)
        const { session } = refresher.stateOf('default')
        assert.ok(session && session.expiresAtMs > here.time.nowMs())
        refresher.stop()
      }),
      { numRuns: 60 },
    )
  })
})
