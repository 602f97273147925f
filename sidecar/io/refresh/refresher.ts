/**
 * Holds the sessions of all targets and renews them in time: the only state of getting sessions. Clock, random numbers and the walk
 * itself are arguments; what the endpoint needs it reads here, and no call of it waits for STS.
 */
import type { Hop, Target } from '../../contract.ts'
import type {
  Attempt,
  HeldSessions,
  SessionSource,
  TargetState,
} from '../../core/refresh/sessions.ts'
import { toBaseKey, toChainKey } from '../../core/chain/chain.ts'
import type { Clock } from '../../core/clock.ts'
import { type FailureCode, toFailure } from '../../core/failures/errors.ts'
import type { Assume, Job, Report } from '../../core/chain/job.ts'
import { decideWaitMs, type FailedAttempts, isReusable } from '../../core/refresh/schedule.ts'
import type { Failure, Session } from '../../core/session.ts'
import { isSessionOfHop } from './session-of-hop.ts'

/** However long there is nothing to do, the wall clock is looked at this often: it may have jumped. */
const LONGEST_SLEEP_MS = 30_000

/** Targets that fall due so shortly one after the other go into one walk. */
const TOGETHER_MS = 250

/** Between two walks, whatever clocks and lifetimes are: it bounds what one pod asks of STS. */
const PAUSE_MS = 1000

/** A clock that goes back by less is only being trimmed. */
const CLOCK_TOLERANCE_MS = 1000

export interface RefresherOptions {
  readonly targets: Readonly<Record<string, Target>>
  /** What is the same in every job. */
  readonly job: Pick<Job, 'context' | 'sts' | 'stsTokenFile'>
  readonly assume: Assume
  readonly clock: Clock
  /** Draws from [0, 1). */
  readonly random: () => number
  /** Called after the state has changed; it must not throw. */
  readonly onAttempt: (attempt: Attempt) => void
  /** Called when a walk is over and nothing of it is needed any more; it must not throw. */
  readonly onWalked: () => void
}

export interface Refresher extends SessionSource {
  /** Begins, with what an earlier process held as far as it is of these chains and has not expired. To be called once. */
  readonly start: (restored?: HeldSessions) => void
  /** Ends a walk that is under way, and begins no other. What is held is still served. */
  readonly stop: () => void
  /** What is worth keeping for the next process. Secret. */
  readonly snapshot: () => HeldSessions
}

/** What is known of one target. */
interface Entry {
  readonly target: Target
  readonly chainKey: string
  state: TargetState
  failed: FailedAttempts | undefined
  /** How often since the last session, by whether STS throttled. */
  failures: { throttled: number; other: number }
  isClockSetBack: boolean
  jitter: number
}

/** Makes a refresher that holds nothing and does nothing before it is started. */
export function createRefresher(options: RefresherOptions): Refresher {
  const { clock, job } = options
  const entries = toEntries(options)
  const baseHops = new Map<string | undefined, Hop | undefined>()
  for (const target of Object.values(options.targets)) {
    baseHops.set(toBaseKey(target, job.context), target.chain[0])
  }
  const baseSessions = new Map<string, Session>()
  const waiting = new Set<() => void>()
  let lastSeenMs = 0
  let cancelTimer: (() => void) | undefined
  /** The walk under way, or the pause after it. There is one at a time, which bounds memory. */
  let walk: AbortController | undefined
  const pause = new AbortController()

  const entryOf = (name: string): Entry => {
    const entry = entries.get(name)
    if (entry === undefined) throw new RangeError(`no target ${name} in the configuration`)
    return entry
  }

  const waitMs = (entry: Entry): number =>
    decideWaitMs({ ...entry, session: entry.state.session, nowMs: clock.nowMs() })

  const isLive = (session: Session | undefined): session is Session =>
    session !== undefined && clock.nowMs() < session.expiresAtMs

  /** Applies an outcome. A failure leaves the session alone: what AWS still honours is served until it ends. */
  const apply = (report: Exclude<Report, { kind: 'base' }>, jitter: number): void => {
    const { target: name } = report
    const entry = entryOf(name)
    entry.jitter = jitter
    if (report.kind === 'session') {
      entry.state = { session: report.session }
      entry.failed = undefined
      entry.failures = { throttled: 0, other: 0 }
      entry.isClockSetBack = false
      for (const look of waiting) look()
      const nextTryMs = waitMs(entry)
      options.onAttempt({ kind: 'refreshed', target: name, session: report.session, nextTryMs })
      return
    }
    const { failure, retryAfterMs } = report
    entry.state = { ...entry.state, failure }
    const isThrottled = isOfCode(failure, 'throttled')
    const count = (entry.failures[isThrottled ? 'throttled' : 'other'] += 1)
    entry.failed = { count, atMs: clock.nowMs(), retryAfterMs, isThrottled }
    options.onAttempt({ kind: 'failed', target: name, failure, nextTryMs: waitMs(entry) })
  }

  /** Walks the chains of these targets, and after a pause looks for the next. */
  const walkChains = async (names: readonly string[]): Promise<void> => {
    const mine = new AbortController()
    const pending = new Set(names)
    const jitter = options.random()
    walk = mine
    const onReport = (report: Report): void => {
      // An answer of a walk that is over must not overwrite what is known since.
      if (walk !== mine) return
      if (report.kind === 'base') {
        if (baseHops.has(report.key)) baseSessions.set(report.key, report.session)
      } else if (pending.delete(report.target)) {
        apply(report, jitter)
      }
    }
    const targets = Object.fromEntries(names.map((name) => [name, entryOf(name).target]))
    const whole: Job = {
      ...job,
      targets,
      baseSessions: Object.fromEntries(baseSessions),
      deniedTargets: names.filter((name) => isOfCode(entryOf(name).state.failure, 'role_denied')),
    }
    const failure = await options.assume(whole, onReport, mine.signal).catch(toSurprise)
    if (walk !== mine) return
    for (const target of pending) apply({ kind: 'failure', target, failure }, jitter)
    walk = pause
    cancelTimer = clock.setTimer(endPause, PAUSE_MS)
  }

  const endPause = (): void => {
    walk = undefined
    options.onWalked()
    next()
  }

  /** Walks what is due, or sleeps until something may be. */
  const next = (): void => {
    cancelTimer?.()
    if (walk !== undefined) return
    lookAtClock()
    const waits = [...entries].map(([name, entry]) => ({ name, ms: waitMs(entry) }))
    const firstMs = Math.min(LONGEST_SLEEP_MS, ...waits.map(({ ms }) => ms))
    if (firstMs > 0) {
      cancelTimer = clock.setTimer(next, firstMs)
      return
    }
    void walkChains(waits.filter(({ ms }) => ms <= TOGETHER_MS).map(({ name }) => name))
  }

  const lookAtClock = (): void => {
    const nowMs = clock.nowMs()
    if (nowMs < lastSeenMs - CLOCK_TOLERANCE_MS) {
      for (const entry of entries.values()) entry.isClockSetBack = true
      baseSessions.clear()
    }
    lastSeenMs = nowMs
    for (const [key, session] of baseSessions) {
      if (!isReusable(session, nowMs)) baseSessions.delete(key)
    }
  }

  return {
    start: (restored = { targets: {}, baseSessions: {} }) => {
      for (const [name, { chainKey, session }] of Object.entries(restored.targets)) {
        const entry = entries.get(name)
        if (entry?.chainKey !== chainKey || !isLive(session)) continue
        if (isSessionOfHop(session, entry.target.chain.at(-1), clock.nowMs()))
          entry.state = { session }
      }
      for (const [key, session] of Object.entries(restored.baseSessions)) {
        if (isSessionOfHop(session, baseHops.get(key), clock.nowMs()))
          baseSessions.set(key, session)
      }
      next()
    },
    stop: () => {
      cancelTimer?.()
      // Not undefined: that would let a timer that has fired already begin another walk.
      const under = walk
      walk = new AbortController()
      under?.abort()
    },
    stateOf: (name) => entryOf(name).state,
    wake: (name) => {
      if (walk === undefined && waitMs(entryOf(name)) === 0) next()
    },
    whenHeld: (name, timeoutMs) =>
      new Promise((resolve) => {
        const finish = (): void => {
          cancel()
          waiting.delete(look)
          resolve()
        }
        const look = (): void => {
          if (isLive(entryOf(name).state.session)) finish()
        }
        const cancel = clock.setTimer(finish, timeoutMs)
        waiting.add(look)
        look()
      }),
    snapshot: () => ({
      targets: Object.fromEntries(
        [...entries].flatMap(([name, { chainKey, state }]) =>
          isLive(state.session) ? [[name, { chainKey, session: state.session }]] : [],
        ),
      ),
      baseSessions: Object.fromEntries(baseSessions),
    }),
  }
}

function toEntries({ targets, job, random }: RefresherOptions): ReadonlyMap<string, Entry> {
  const jitter = random()
  return new Map(
    Object.entries(targets).map(([name, target]) => {
      const chainKey = toChainKey(target.chain, job.context)
      const failures = { throttled: 0, other: 0 }
      const nothing = { state: {}, failed: undefined, failures, isClockSetBack: false }
      return [name, { target, chainKey, jitter, ...nothing }]
    }),
  )
}

const isOfCode = (failure: Failure | undefined, code: FailureCode): boolean =>
  failure?.code === code

/** A walk never rejects; were it to, the next one would be tried like after any failure. */
const toSurprise = (): Failure => toFailure('unexpected_error')
