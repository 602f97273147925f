/**
 * A fleet of sidecars against one STS, as discrete events: the product's own schedule decides who calls when. Nothing
 * sleeps; hours of 150,000 sidecars take seconds.
 *
 * Simplified: a call takes always the same time, and a sidecar has one target of two hops. As in the product the first
 * hop's session is used again while it may be, walks have a pause between them, and nothing else tries a call again.
 */
import { decideWaitMs, isReusable } from '../../sidecar/core/refresh/schedule.ts'
import { createAgenda } from './agenda.ts'
import { type CallResult, createSts, type SimulatedSts, type StsScenario } from './sts.ts'

export interface Scenario extends StsScenario {
  readonly sidecars: number
  /** All start within this time, evenly by chance; 0 is all in the same millisecond. */
  readonly startsWithinMs: number
}

export interface Outcome {
  readonly callsBySecond: Uint32Array
  /** When each had its first credentials, in order. Those that never had any are not in it. */
  readonly firstServedAtMs: readonly number[]
  /** Sidecars that have had credentials, and at some moment had none that were still good. */
  readonly endedCount: number
}

const SESSION_MS = 3_600_000
const CALL_MS = 100
/** A refused connection is quick. */
const FAILED_CALL_MS = 50
/** Between two walks, as in the refresher. */
const PAUSE_MS = 1000

interface Life {
  readonly acquiredAtMs: number
  readonly expiresAtMs: number
}

interface Sidecar {
  session: Life | undefined
  base: Life | undefined
  /** Failed attempts since the last session. */
  failures: Record<Exclude<CallResult, 'good'>, number>
  hasEnded: boolean
}

/** The same scenario has the same outcome. */
export function simulate(scenario: Scenario): Outcome {
  const random = createRandom()
  const sts = createSts(scenario)
  const agenda = createAgenda<Sidecar>(scenario.forMs)
  const firstServedAtMs: number[] = []
  const fleet = Array.from({ length: scenario.sidecars }, createSidecar)
  for (const sidecar of fleet) agenda.add(random() * scenario.startsWithinMs, sidecar)
  agenda.run((atMs, sidecar) => {
    const isFirst = sidecar.session === undefined
    const { endMs, result } = walk(sts, sidecar, atMs)
    if (result === 'good' && isFirst) firstServedAtMs.push(endMs)
    const waitMs = conclude(sidecar, { endMs, result }, random())
    agenda.add(endMs + Math.max(PAUSE_MS, waitMs), sidecar)
  })
  for (const sidecar of fleet) noteEnd(sidecar, scenario.forMs)
  return {
    callsBySecond: sts.callsBySecond,
    firstServedAtMs: firstServedAtMs.sort((a, b) => a - b),
    endedCount: fleet.filter(({ hasEnded }) => hasEnded).length,
  }
}

function createSidecar(): Sidecar {
  const failures = { failed: 0, throttled: 0 }
  return { session: undefined, base: undefined, failures, hasEnded: false }
}

interface Walk {
  readonly endMs: number
  readonly result: CallResult
}

function walk(sts: SimulatedSts, sidecar: Sidecar, atMs: number): Walk {
  if (sidecar.base !== undefined && isReusable(sidecar.base, atMs)) return call(sts, atMs)
  const first = call(sts, atMs)
  if (first.result !== 'good') return first
  sidecar.base = toLife(first.endMs)
  return call(sts, first.endMs)
}

function call(sts: SimulatedSts, atMs: number): Walk {
  const result = sts.call(atMs)
  return { result, endMs: atMs + (result === 'failed' ? FAILED_CALL_MS : CALL_MS) }
}

/** Notes how a walk has ended; the milliseconds until the next. */
function conclude(sidecar: Sidecar, { endMs, result }: Walk, jitter: number): number {
  if (result === 'good') {
    noteEnd(sidecar, endMs)
    sidecar.session = toLife(endMs)
    sidecar.failures = { failed: 0, throttled: 0 }
  } else sidecar.failures[result] += 1
  const { session, failures } = sidecar
  const failed =
    result === 'good'
      ? undefined
      : { count: failures[result], atMs: endMs, isThrottled: result === 'throttled' }
  return decideWaitMs({ nowMs: endMs, session, failed, isClockSetBack: false, jitter })
}

function noteEnd(sidecar: Sidecar, atMs: number): void {
  if (sidecar.session !== undefined && sidecar.session.expiresAtMs < atMs) sidecar.hasEnded = true
}

function toLife(acquiredAtMs: number): Life {
  return { acquiredAtMs, expiresAtMs: acquiredAtMs + SESSION_MS }
}

/** Mulberry32: the same numbers in every run. */
function createRandom(): () => number {
  let state = 1
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
