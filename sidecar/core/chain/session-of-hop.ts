/**
 * Judges sessions that come from elsewhere, from the child or from an earlier run: whether they are of the hop that
 * they are said to be of.
 */
import type { Hop } from '../../contract.ts'
import { accountIdOf, DEFAULT_DURATION_SECONDS } from './chain.ts'
import type { Session } from '../session.ts'
import { parseTimestamp } from '../timestamp.ts'

/** Of an end that STS said, and that of the duration asked for, the later may be this much later: clocks differ. */
const CLOCK_TOLERANCE_MS = 60_000

/** The longest life that AWS gives to any session. With more left by our clock, that clock or the session is wrong. */
const LONGEST_LIFE_MS = 43_200_000

/**
 * The last guard before a session is served or used. It has to be of the hop's role and of that role's AWS account,
 * must not live longer than was asked for, and what SDKs read of its end has to be what is reckoned with here.
 */
export function isSessionOfHop(session: Session, hop: Hop | undefined, nowMs: number): boolean {
  if (hop === undefined || session.roleArn !== hop.roleArn) return false
  if (session.accountId !== accountIdOf(hop.roleArn)) return false
  return hasSoundTimes(session, (hop.durationSeconds ?? DEFAULT_DURATION_SECONDS) * 1000, nowMs)
}

function hasSoundTimes(session: Session, durationMs: number, nowMs: number): boolean {
  const { acquiredAtMs, expiresAtMs, expiration } = session
  return (
    expiresAtMs > acquiredAtMs &&
    expiresAtMs - acquiredAtMs <= durationMs + CLOCK_TOLERANCE_MS &&
    expiresAtMs - nowMs <= LONGEST_LIFE_MS + CLOCK_TOLERANCE_MS &&
    parseTimestamp(expiration) === Math.floor(expiresAtMs / 1000) * 1000
  )
}
