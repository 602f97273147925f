/**
 * The schedule in a fleet: one hundredth and less of the sidecars of `npm run bench -- fleet`, and of what STS lets
 * through.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { readRate, toOutage, toStart } from '../../bench/fleet.ts'
import { createAgenda } from '../../bench/fleet/agenda.ts'
import { simulate } from '../../bench/fleet/simulation.ts'
import { createSts } from '../../bench/fleet/sts.ts'

const SIDECARS = 3000
/** Of 150,000 sidecars and so many calls a second. */
const scaled = (limitPerSecond: number): number => (limitPerSecond * SIDECARS) / 150_000

describe('a fleet that starts at once', () => {
  it('has its credentials at once where STS takes all', () => {
    const { firstServedAtMs, endedCount } = simulate(toStart(SIDECARS, Infinity))
    assert.equal(firstServedAtMs.length, SIDECARS)
    assert.equal(firstServedAtMs.at(-1), 200)
    assert.equal(endedCount, 0)
  })

  for (const limit of [600, 200]) {
    it(`asks at most twice of ${limit} calls a second from the second minute on`, () => {
      const outcome = simulate(toStart(SIDECARS, scaled(limit)))
      for (const minute of [1, 2, 3, 5, 8, 13, 21, 34]) {
        const rate = readRate(outcome, minute, minute + 1)
        assert.ok(rate <= 2.4 * scaled(limit), `minute ${minute}: ${rate}`)
      }
      assert.ok(readRate(outcome, 1, 10) <= 2 * scaled(limit))
      assert.equal(outcome.firstServedAtMs.length, SIDECARS)
      assert.equal(outcome.endedCount, 0)
    })
  }

  it('has half of its credentials within seven minutes at 600 calls a second, which takes four at the best', () => {
    const { firstServedAtMs } = simulate(toStart(SIDECARS, scaled(600)))
    assert.ok((firstServedAtMs[SIDECARS / 2] ?? Infinity) < 7 * 60_000)
  })
})

describe('a fleet in an outage of 25 minutes', () => {
  it('loses no credentials where STS takes all afterwards', () => {
    assert.equal(simulate(toOutage(SIDECARS, Infinity)).endedCount, 0)
  })

  it('loses at most one in 300 at 600 calls a second', () => {
    assert.ok(simulate(toOutage(SIDECARS, scaled(600))).endedCount <= SIDECARS / 300)
  })
})

describe('the simulation', () => {
  it('says the same of the same scenario', () => {
    const scenario = toOutage(100, 1)
    assert.deepEqual(simulate(scenario), simulate(scenario))
  })

  it('lets through what the limit says, and the worth of one second more', () => {
    const gaps = fc.array(fc.nat(300), { maxLength: 300 })
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 20 }), (waits, limitPerSecond) => {
        const sts = createSts({ forMs: 100_000, limitPerSecond })
        let nowMs = 0
        let good = 0
        for (const wait of waits) {
          nowMs += wait
          if (sts.call(nowMs) === 'good') good += 1
        }
        assert.ok(good <= limitPerSecond + (nowMs * limitPerSecond) / 1000)
        assert.equal(
          sts.callsBySecond.reduce((sum, calls) => sum + calls, 0),
          waits.length,
        )
      }),
    )
  })

  it('fails every call in an outage, and none before and after', () => {
    const outage = { fromMs: 1000, toMs: 2000 }
    const sts = createSts({ forMs: 9000, limitPerSecond: Infinity, outage })
    const results = [999, 1000, 1999, 2000].map((atMs) => sts.call(atMs))
    assert.deepEqual(results, ['good', 'failed', 'failed', 'good'])
  })

  it('takes things in order, with what is added meanwhile, up to the end', () => {
    const agenda = createAgenda<string>(1000)
    const taken: string[] = []
    for (const atMs of [500, 130, 100, 300, 1000]) agenda.add(atMs, `at ${atMs}`)
    agenda.run((atMs, item) => {
      taken.push(item)
      if (atMs === 100) agenda.add(400, 'later')
    })
    assert.deepEqual(taken, ['at 100', 'at 130', 'at 300', 'later', 'at 500'])
  })
})
