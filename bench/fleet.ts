/** What a large fleet asks of STS, simulated: after a start of all at once, and through an outage. */
import { type Outcome, type Scenario, simulate } from './fleet/simulation.ts'
import { progress } from './progress.ts'
import { formatCount, type Row } from './table.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** The default limit of STS is 600 calls a second, of an AWS account in a region. */
const LIMITS_PER_SECOND = [600, 200, 100]

/** Numbers to reach. */
const ASKED_TO_LIMIT = 2
const ENDED_UNDER_LIMIT = 500

/** Half a minute of computing. */
export function measureFleet(sidecars: number): Row[] {
  const scale = sidecars / 150_000
  return [
    ...LIMITS_PER_SECOND.flatMap((limit) => measureStart(sidecars, limit * scale)),
    measureOutage(sidecars, Infinity, 0),
    measureOutage(sidecars, 600 * scale, ENDED_UNDER_LIMIT * scale),
    measureOutage(sidecars, 200 * scale),
  ]
}

/** All start in the same millisecond. */
export function toStart(sidecars: number, limitPerSecond: number): Scenario {
  return { sidecars, limitPerSecond, forMs: 4 * HOUR_MS, startsWithinMs: 0 }
}

/** Started within an hour, and away from STS for 25 minutes two hours later. */
export function toOutage(sidecars: number, limitPerSecond: number): Scenario {
  const outage = { fromMs: 3 * HOUR_MS, toMs: 3 * HOUR_MS + 25 * MINUTE_MS }
  return { sidecars, limitPerSecond, forMs: 6 * HOUR_MS, startsWithinMs: HOUR_MS, outage }
}

/** Calls a second within these minutes. */
export function readRate({ callsBySecond }: Outcome, fromMinute: number, toMinute: number): number {
  const part = callsBySecond.subarray(fromMinute * 60, toMinute * 60)
  return part.reduce((sum, calls) => sum + calls, 0) / part.length
}

function measureStart(sidecars: number, limitPerSecond: number): Row[] {
  progress.show(`fleet: all start at once, ${formatCount(limitPerSecond)} calls/s let through`)
  const outcome = simulate(toStart(sidecars, limitPerSecond))
  const asked = readRate(outcome, 1, 10) / limitPerSecond
  const what = `${formatCount(sidecars)} sidecars start at once, ${formatCount(limitPerSecond)} calls/s let through`
  const at = (share: number): string => {
    const atMs = outcome.firstServedAtMs[Math.ceil(sidecars * share) - 1]
    return atMs === undefined ? 'never' : `${(atMs / MINUTE_MS).toFixed(1)} min`
  }
  return [
    {
      what: `${what}: asked in minutes 2 to 10`,
      measured: `${asked.toFixed(1)} × the limit`,
      goal: `${ASKED_TO_LIMIT} × the limit`,
      isReached: asked <= ASKED_TO_LIMIT,
    },
    { what: '… first credentials of half, of 99 %', measured: `${at(0.5)}, ${at(0.99)}` },
  ]
}

function measureOutage(sidecars: number, limitPerSecond: number, most?: number): Row {
  const limit =
    limitPerSecond === Infinity ? 'no limit' : `${formatCount(limitPerSecond)} calls/s let through`
  progress.show(`fleet: an outage, ${limit}`)
  const { endedCount } = simulate(toOutage(sidecars, limitPerSecond))
  return {
    what: `${formatCount(sidecars)} sidecars in an outage of 25 min, ${limit}: credentials that ended`,
    measured: formatCount(endedCount),
    ...(most !== undefined && { goal: formatCount(most), isReached: endedCount <= most }),
  }
}
