/**
 * Decides when a target's chain is walked again: a pure function of what is held, how the last attempt ended, and the
 * time.
 */
import type { Session } from '../session.ts'

/** The shortest pause after a failure. */
const MIN_BACKOFF_MS = 1000

/** The longest without credentials when it is no throttling, and the longest for which a wish of STS is heeded. */
const MAX_BACKOFF_MS = 60_000

/**
 * Ceilings without credentials while STS throttles, from failure to failure. Two more attempts fall into the first
 * minute; whoever fails in them too is one of a fleet that has started at once. 150,000 sidecars then ask some 400
 * times a second, which is less than the 600 that STS lets through; with less to share out, asking less is all that
 * helps.
 */
const THROTTLED_CEILINGS_MS = [8000, 48_000, 700_000] as const

/** The highest ceiling of all. */
const MAX_CEILING_MS = 1_000_000

/**
 * With credentials the ceiling is this share of the life that is left: the less there is, the sooner it is tried again.
 */
const BACKOFF_SHARE_OF_LIFE = 1 / 3

/**
 * A session is renewed at the first share of its life, and the second earlier or later, so that pods of one moment
 * spread. Of an hour's 27 minutes are left at the least: an outage of 25 goes by unnoticed.
 */
const RENEWAL_SHARE = 0.45
const RENEWAL_SPREAD = 0.1

/** However short sessions are, STS is not asked more often than this. */
const MIN_RENEWAL_MS = 1000

/** The failed attempts since the last session was obtained; absent when there are none. */
export interface FailedAttempts {
  /** How many of them failed like the last: throttled, or in any other way. At least 1. */
  readonly count: number
  /** When the last of them ended. */
  readonly atMs: number
  /** How long STS asked to be left alone, if it did. */
  readonly retryAfterMs?: number | undefined
  /** Whether STS said of the last that it is asked too often. Not known counts as yes, which is the careful side. */
  readonly isThrottled?: boolean | undefined
  /** Whether the last was for good, the pod runs without this target, and nobody has asked for it since. */
  readonly isIdle?: boolean | undefined
}

type Life = Pick<Session, 'acquiredAtMs' | 'expiresAtMs'>

export interface ScheduleFacts {
  readonly nowMs: number
  readonly session?: Life | undefined
  readonly failed?: FailedAttempts | undefined
  /** Whether the clock was set back since the session came: its end is then later by the clock than in truth. */
  readonly isClockSetBack: boolean
  /** In [0, 1), drawn when the last attempt ended and kept until the next: equal facts give equal decisions. */
  readonly jitter: number
}

/**
 * Milliseconds until the next attempt; 0 means now. Whatever it says, a session that is held is served until its last
 * second.
 *
 *   held                        | last attempt | next attempt
 *   --------------------------- | ------------ | ------------------------------------------------
 *   none or expired             | none         | now
 *   clock set back since then   | none         | now (a session that starts in the future shows it too)
 *   a session                   | none         | at 45 % of its life, ±10 %
 *   any                         | failed       | after the backoff, which the clock cannot prolong
 */
export function decideWaitMs(facts: ScheduleFacts): number {
  const { nowMs, session, failed, isClockSetBack, jitter } = facts
  if (failed !== undefined) {
    const sinceMs = nowMs - failed.atMs
    return sinceMs < 0 ? 0 : Math.max(0, toBackoffMs(facts, failed) - sinceMs)
  }
  if (session === undefined || isClockSetBack || nowMs < session.acquiredAtMs) return 0
  return Math.max(0, toRenewalMs(session, jitter) - nowMs)
}

/**
 * As long as STS asked for, or a second, and on top of it full jitter up to a ceiling, so that a fleet does not come
 * back as one.
 */
function toBackoffMs(facts: ScheduleFacts, failed: FailedAttempts): number {
  const askedMs = Math.min(MAX_BACKOFF_MS, failed.retryAfterMs ?? 0)
  const ceilingMs = Math.min(MAX_CEILING_MS, toCeilingMs(failed, toLeftMs(facts, failed.atMs)))
  return Math.max(MIN_BACKOFF_MS, askedMs) + facts.jitter * Math.max(0, ceilingMs - MIN_BACKOFF_MS)
}

/**
 *   held when it failed         | throttled | ceiling
 *   --------------------------- | --------- | ------------------------------------------------------------
 *   a session                   | yes       | a third of the life that is left: the most urgent come first
 *   a session                   | no        | 2, 4, 8 s and so on, up to that third
 *   an expired session          | yes       | by its list, up to as long as it has been expired, or a minute
 *   none, or of another clock   | yes       | by its list
 *   none that lasts             | no        | 2, 4, 8 s and so on, up to a minute
 *   none that lasts, and idle   | no        | 2, 4, 8 s and so on, up to the highest
 */
function toCeilingMs({ count, isThrottled, isIdle }: FailedAttempts, leftMs: number): number {
  const doubledMs = MIN_BACKOFF_MS * 2 ** count
  const shareMs = leftMs * BACKOFF_SHARE_OF_LIFE
  if (isThrottled === false) {
    const highestMs = isIdle ? MAX_CEILING_MS : MAX_BACKOFF_MS
    return Math.min(doubledMs, leftMs > 0 ? shareMs : highestMs)
  }
  if (leftMs > 0) return shareMs
  return Math.min(
    THROTTLED_CEILINGS_MS[count - 1] ?? MAX_CEILING_MS,
    Math.max(MAX_BACKOFF_MS, -leftMs),
  )
}

/** How long the session lasted yet; without one that the clock can measure it has ended long ago. */
function toLeftMs({ session, isClockSetBack }: ScheduleFacts, atMs: number): number {
  const isMeasured = session !== undefined && !isClockSetBack && session.acquiredAtMs <= atMs
  return isMeasured ? session.expiresAtMs - atMs : Number.NEGATIVE_INFINITY
}

function toRenewalMs(session: Life, jitter: number): number {
  const lifeMs = session.expiresAtMs - session.acquiredAtMs
  const share = RENEWAL_SHARE + (2 * jitter - 1) * RENEWAL_SPREAD
  return session.acquiredAtMs + Math.max(MIN_RENEWAL_MS, lifeMs * share)
}

/**
 * Whether a held base session may be the start of a chain once more: it has to last longer than a walk takes (seconds),
 * and a tenth of its life is left for clocks that differ. A chain does not live longer or shorter by the age of its
 * base session.
 */
export function isReusable(session: Life, nowMs: number): boolean {
  const lifeMs = session.expiresAtMs - session.acquiredAtMs
  return session.acquiredAtMs <= nowMs && session.expiresAtMs - nowMs > lifeMs / 10
}
