/**
 * One step of a refresher: from what it knows and what has happened, what it knows next and what is to be done. Pure:
 * clock and random number come with the event, and `io/refresh/refresher.ts` does what is to be done.
 */
import type { Job, Report } from '../chain/job.ts'
import type { FailureCode } from '../failures/failures.ts'
import type { Failure } from '../failures/failure.ts'
import type { Session } from '../session.ts'
import {
  recordOf,
  type RefreshState,
  restore,
  type TargetRecord,
  targetOfBase,
  waitMsOf,
} from './refresh-state.ts'
import { isReusable } from './schedule.ts'
import type { Attempt, HeldSessions } from './sessions.ts'

/** However long there is nothing to do, the wall clock is looked at this often: it may have jumped. */
const LONGEST_SLEEP_MS = 30_000

/** Targets that fall due so shortly one after the other go into one walk. */
const TOGETHER_MS = 250

/** Between two walks, whatever clocks and lifetimes are: it bounds what one pod asks of STS. */
const PAUSE_MS = 1000

/** A clock that goes back by less is only being trimmed. */
const CLOCK_TOLERANCE_MS = 1000

/** What may happen. */
export type RefreshEvent =
  | { readonly kind: 'started'; readonly held: HeldSessions }
  /** The time that the last `sleep` asked for has passed. */
  | { readonly kind: 'woken' }
  /** Somebody wants the credentials of this target. */
  | { readonly kind: 'looked'; readonly target: string }
  | { readonly kind: 'reported'; readonly walk: number; readonly report: Report }
  /** A walk has ended; `failure` is of the targets that got no report. */
  | { readonly kind: 'walked'; readonly walk: number; readonly failure: Failure }
  | { readonly kind: 'stopped' }

/** When it happens, and a number in [0, 1) for the jitter of a walk that may begin. */
export interface Moment {
  readonly nowMs: number
  readonly jitter: number
}

/**
 * What is to be done, in this order. At most one of `walk`, `sleep` and `stop` is in a step; it takes the place of what
 * is under way: a timer is cancelled, and `stop` ends a walk.
 */
export type Effect =
  | { readonly kind: 'sleep'; readonly ms: number }
  | { readonly kind: 'walk'; readonly walk: number; readonly job: Job }
  | { readonly kind: 'stop' }
  /** The walk is over and nothing of it is needed any more. */
  | { readonly kind: 'tell-walked' }
  | { readonly kind: 'tell'; readonly attempt: Attempt }

/** What is known next, and what is to be done. */
export interface Step {
  readonly state: RefreshState
  readonly effects: readonly Effect[]
}

/**
 *   doing    | started | woken     | looked, and due | reported      | walked          | stopped
 *   -------- | ------- | --------- | --------------- | ------------- | --------------- | ------------------------
 *   new      | go on   | -         | -               | -             | -               | stopped
 *   sleeping | -       | go on     | go on           | -             | -               | stopped
 *   walking  | -       | -         | -               | apply it      | fail the rest,  | end the walk, stopped
 *            |         |           |                 |               | then pause      |
 *   pausing  | -       | go on     | -               | -             | -               | stopped
 *   stopped  | -       | -         | -               | -             | -               | -
 *
 * To go on is to walk what is due, or to sleep until something may be. What another walk than the one under way says is
 * too late.
 */
export function step(state: RefreshState, event: RefreshEvent, moment: Moment): Step {
  if (event.kind === 'stopped') return stop(state)
  if (event.kind === 'started') return start(state, event.held, moment)
  if (event.kind === 'woken') return wake(state, moment)
  if (event.kind === 'looked') return look(state, event.target, moment)
  if (!isUnderWay(state, event.walk)) return stay(state)
  return event.kind === 'reported'
    ? applyReport(state, event.report, moment)
    : endWalk(state, event.failure, moment)
}

function stay(state: RefreshState): Step {
  return { state, effects: [] }
}

function stop(state: RefreshState): Step {
  if (state.phase.kind === 'stopped') return stay(state)
  return { state: { ...state, phase: { kind: 'stopped' } }, effects: [{ kind: 'stop' }] }
}

function start(state: RefreshState, held: HeldSessions, moment: Moment): Step {
  if (state.phase.kind !== 'new') return stay(state)
  return goOn(restore(state, held, moment.nowMs), moment)
}

function wake(state: RefreshState, moment: Moment): Step {
  if (state.phase.kind === 'sleeping') return goOn(state, moment)
  if (state.phase.kind !== 'pausing') return stay(state)
  const { state: next, effects } = goOn(state, moment)
  return { state: next, effects: [{ kind: 'tell-walked' }, ...effects] }
}

function look(given: RefreshState, target: string, { nowMs, jitter }: Moment): Step {
  const state = withAsked(given, target)
  const isDue = waitMsOf(recordOf(state, target), nowMs) === 0
  if (!isDue || state.phase.kind !== 'sleeping') return stay(state)
  const next = state === given ? state : withoutFailure(state, target)
  return goOn(next, { nowMs, jitter })
}

function withAsked(state: RefreshState, target: string): RefreshState {
  const record = recordOf(state, target)
  if (!record.failed?.isIdle) return state
  return withRecord(state, target, { ...record, failed: { ...record.failed, isIdle: false } })
}

/** Long ago the last attempt failed: whoever asks now is to hear how this one ends. */
function withoutFailure(state: RefreshState, target: string): RefreshState {
  const record = recordOf(state, target)
  const { session } = record.state
  return withRecord(state, target, { ...record, state: session ? { session } : {} })
}

function withRecord(state: RefreshState, target: string, record: TargetRecord): RefreshState {
  return { ...state, targets: new Map(state.targets).set(target, record) }
}

/** Walks what is due, or sleeps until something may be. */
function goOn(given: RefreshState, { nowMs, jitter }: Moment): Step {
  const state = lookAtClock(given, nowMs)
  const waits = [...state.targets].map(([name, record]) => ({ name, ms: waitMsOf(record, nowMs) }))
  const firstMs = Math.min(LONGEST_SLEEP_MS, ...waits.map(({ ms }) => ms))
  if (firstMs > 0) {
    return {
      state: { ...state, phase: { kind: 'sleeping' } },
      effects: [{ kind: 'sleep', ms: firstMs }],
    }
  }
  const names = waits.filter(({ ms }) => ms <= TOGETHER_MS).map(({ name }) => name)
  const walk = state.walks + 1
  const phase = { kind: 'walking', walk, pending: new Set(names), jitter } as const
  return {
    state: { ...state, phase, walks: walk },
    effects: [{ kind: 'walk', walk, job: toJob(state, names) }],
  }
}

/** After a clock was set back nothing that it measured is sure. Base sessions too old for another walk are let go. */
function lookAtClock(state: RefreshState, nowMs: number): RefreshState {
  const isSetBack = nowMs < state.lastSeenMs - CLOCK_TOLERANCE_MS
  const targets = isSetBack
    ? new Map([...state.targets].map(([name, one]) => [name, { ...one, isClockSetBack: true }]))
    : state.targets
  const baseSessions = new Map(
    [...state.baseSessions].filter(([, session]) => !isSetBack && isReusable(session, nowMs)),
  )
  return { ...state, targets, baseSessions, lastSeenMs: nowMs }
}

function toJob(state: RefreshState, names: readonly string[]): Job {
  const records = names.map((name): [string, TargetRecord] => [name, recordOf(state, name)])
  return {
    ...state.job,
    targets: Object.fromEntries(records.map(([name, { target }]) => [name, target])),
    baseSessions: Object.fromEntries(state.baseSessions),
    deniedTargets: records
      .filter(([, { state: known }]) => isOfCode(known.failure, 'role_denied'))
      .map(([name]) => name),
  }
}

/** While a walk is under way. */
type WalkingState = RefreshState & { readonly phase: { readonly kind: 'walking' } }

function isUnderWay(state: RefreshState, walk: number): state is WalkingState {
  return state.phase.kind === 'walking' && state.phase.walk === walk
}

function applyReport(state: WalkingState, report: Report, { nowMs }: Moment): Step {
  if (report.kind === 'base') {
    if (targetOfBase(state, report.key) === undefined) return stay(state)
    const baseSessions = new Map(state.baseSessions).set(report.key, report.session)
    return stay({ ...state, baseSessions })
  }
  const { phase } = state
  // What a target gets first is its outcome.
  if (!phase.pending.has(report.target)) return stay(state)
  const pending = new Set([...phase.pending].filter((name) => name !== report.target))
  return apply({ ...state, phase: { ...phase, pending } }, report, { nowMs, jitter: phase.jitter })
}

/** The pause comes first, because a receiver of the failure may look at once. */
function endWalk(state: WalkingState, failure: Failure, { nowMs }: Moment): Step {
  const { pending, jitter } = state.phase
  const effects: Effect[] = [{ kind: 'sleep', ms: PAUSE_MS }]
  let next: RefreshState = { ...state, phase: { kind: 'pausing' } }
  for (const target of pending) {
    const applied = apply(next, { kind: 'failure', target, failure }, { nowMs, jitter })
    next = applied.state
    effects.push(...applied.effects)
  }
  return { state: next, effects }
}

/** Notes an outcome. A failure leaves the session alone: what AWS still honours is served until it ends. */
function apply(
  state: RefreshState,
  report: Exclude<Report, { kind: 'base' }>,
  { nowMs, jitter }: Moment,
): Step {
  const { target } = report
  const before = { ...recordOf(state, target), jitter }
  const record =
    report.kind === 'session'
      ? withSession(before, report.session)
      : withFailure(before, report, nowMs)
  const nextTryMs = waitMsOf(record, nowMs)
  const attempt: Attempt =
    report.kind === 'session'
      ? { kind: 'refreshed', target, session: report.session, nextTryMs }
      : { kind: 'failed', target, failure: report.failure, nextTryMs }
  return {
    state: withRecord(state, target, record),
    effects: [{ kind: 'tell', attempt }],
  }
}

function withSession(record: TargetRecord, session: Session): TargetRecord {
  const failures = { throttled: 0, other: 0 }
  return { ...record, state: { session }, failed: undefined, failures, isClockSetBack: false }
}

function withFailure(
  record: TargetRecord,
  { failure, retryAfterMs }: Report & { kind: 'failure' },
  nowMs: number,
): TargetRecord {
  const isThrottled = isThrottling(failure)
  const kind = isThrottled ? 'throttled' : 'other'
  const count = record.failures[kind] + 1
  const isIdle = record.target.isOptional === true && failure.isPermanent
  return {
    ...record,
    state: { ...record.state, failure },
    failed: { count, atMs: nowMs, retryAfterMs, isThrottled, isIdle },
    failures: { ...record.failures, [kind]: count },
  }
}

/** By STS, or by EKS: both limit an AWS account's calls, so that a fleet has to share. */
function isThrottling(failure: Failure): boolean {
  return isOfCode(failure, 'throttled') || isOfCode(failure, 'pod_identity_throttled')
}

function isOfCode(failure: Failure | undefined, code: FailureCode): boolean {
  return failure?.code === code
}
