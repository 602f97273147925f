/**
 * Judges sessions that come from elsewhere, from the child or from an earlier run: whether they are of the hop that
 * they are said to be of.
 */
import type { Hop, Target } from '../../contract.ts'
import { accountIdOf, DEFAULT_DURATION_SECONDS } from './chain.ts'
import type { ChainContext } from './job.ts'
import { ASSOCIATED_ROLE, type Session } from '../session.ts'
import { parseTimestamp } from '../timestamp.ts'

/** Of an end that STS said, and that of the duration asked for, the later may be this much later: clocks differ. */
const CLOCK_TOLERANCE_MS = 60_000

/** The longest life that AWS gives to any session. With more left by our clock, that clock or the session is wrong. */
export const LONGEST_LIFE_MS = 43_200_000

/**
 * The last guard before a session is served or used. It has to be of the hop's role and of that role's AWS account,
 * must not live longer than was asked for, and what SDKs read of its end has to be what is reckoned with here.
 */
export function isSessionOfHop(session: Session, hop: Hop | undefined, nowMs: number): boolean {
  if (hop === undefined || session.roleArn !== hop.roleArn) return false
  if (session.accountId !== accountIdOf(hop.roleArn)) return false
  return hasSoundTimes(session, (hop.durationSeconds ?? DEFAULT_DURATION_SECONDS) * 1000, nowMs)
}

/** What a judgement needs beside session and target. */
interface Circumstances {
  readonly context: ChainContext
  readonly nowMs: number
}

/** Whether it may be served as the target: it is of the last hop, or of the source where the chain has none. */
export function isSessionOfTarget(
  session: Session,
  { chain }: Target,
  { context, nowMs }: Circumstances,
): boolean {
  return chain.length === 0 && context.podIdentity !== undefined
    ? isSessionOfAssociation(session, nowMs)
    : isSessionOfHop(session, chain.at(-1), nowMs)
}

/** Whether chains like that of the target may begin with it; never without a target. */
export function isBaseSessionOf(
  session: Session,
  target: Target | undefined,
  { context, nowMs }: Circumstances,
): boolean {
  return target !== undefined && context.podIdentity !== undefined
    ? isSessionOfAssociation(session, nowMs)
    : isSessionOfHop(session, target?.chain[0], nowMs)
}

/** The agent says no role. How long the session lives is decided by EKS, and how much is left of it by the agent. */
function isSessionOfAssociation(session: Session, nowMs: number): boolean {
  return session.roleArn === ASSOCIATED_ROLE && hasSoundTimes(session, LONGEST_LIFE_MS, nowMs)
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
