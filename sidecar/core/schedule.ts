/** Decides when a target's chain is walked again: a pure function of what is held, how the last attempt ended, and the time. */
import type { Session } from './session.ts'

/** Backoff after failures grows from the first to the second of these. */
const MIN_BACKOFF_MS = 1000
const MAX_BACKOFF_MS = 60_000

/** A session is renewed at half of its life, and this share of its life earlier or later, so that pods of one moment spread. */
const RENEWAL_SPREAD = 0.1

/** However short sessions are, STS is not asked more often than this. */
const MIN_RENEWAL_MS = 1000

/** The failed attempts since the last session was obtained; absent when there are none. */
export interface FailedAttempts {
  /** At least 1. */
  readonly count: number
  /** When the last of them ended. */
  readonly atMs: number
  /** How long STS asked to be left alone, if it did. */
  readonly retryAfterMs?: number | undefined
}

export interface ScheduleFacts {
  readonly nowMs: number
  readonly session?: Pick<Session, 'acquiredAtMs' | 'expiresAtMs'> | undefined
  readonly failed?: FailedAttempts | undefined
  /** Whether the clock was set back since the session came: its end is then later by the clock than in truth. */
  readonly isClockSetBack: boolean
  /** In [0, 1), drawn when the last attempt ended and kept until the next: equal facts give equal decisions. */
  readonly jitter: number
}

/**
 * Milliseconds until the next attempt; 0 means now. Whatever it says, a session that is held is served until its last second.
 *
 *   held                        | last attempt | next attempt
 *   --------------------------- | ------------ | ------------------------------------------------
 *   none or expired             | none         | now
 *   clock set back since then   | none         | now (a session that starts in the future shows it too)
 *   a session                   | none         | at half of its life, ±10 %
 *   any                         | failed       | after the backoff, which the clock cannot prolong
 */
export function decideWaitMs(facts: ScheduleFacts): number {
  const { nowMs, session, failed, isClockSetBack, jitter } = facts
  if (failed !== undefined) {
    const sinceMs = nowMs - failed.atMs
    return sinceMs < 0 ? 0 : Math.max(0, toBackoffMs(failed, jitter) - sinceMs)
  }
  if (session === undefined || isClockSetBack || nowMs < session.acquiredAtMs) return 0
  return Math.max(0, toRenewalMs(session, jitter) - nowMs)
}

/** Full jitter between 1 s and a ceiling that doubles with every failure, to 60 s; and as long as STS asked for, within the same bound. */
function toBackoffMs({ count, retryAfterMs }: FailedAttempts, jitter: number): number {
  const ceilingMs = Math.min(MAX_BACKOFF_MS, MIN_BACKOFF_MS * 2 ** count)
  const drawnMs = MIN_BACKOFF_MS + jitter * (ceilingMs - MIN_BACKOFF_MS)
  return Math.min(MAX_BACKOFF_MS, Math.max(drawnMs, retryAfterMs ?? 0))
}

function toRenewalMs(
  session: Pick<Session, 'acquiredAtMs' | 'expiresAtMs'>,
  jitter: number,
): number {
  const lifeMs = session.expiresAtMs - session.acquiredAtMs
  const share = 0.5 + (2 * jitter - 1) * RENEWAL_SPREAD
  return session.acquiredAtMs + Math.max(MIN_RENEWAL_MS, lifeMs * share)
}

/**
 * Whether a held base session may be the start of a chain once more: it has to last longer than a walk takes (seconds), and a tenth of its life is left for
 * clocks that differ. A chain does not live longer or shorter by the age of its base session.
 */
export function isReusable(session: Session, nowMs: number): boolean {
  const lifeMs = session.expiresAtMs - session.acquiredAtMs
  return session.acquiredAtMs <= nowMs && session.expiresAtMs - nowMs > lifeMs / 10
}
