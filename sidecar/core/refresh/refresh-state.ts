/**
 * What a refresher knows: of each target, of base sessions, and what it is doing. Values only; `step.ts` makes the next
 * from them.
 */
import type { Target } from '../../contract.ts'
import { toBaseKey, toChainKey } from '../chain/chain.ts'
import type { Job } from '../chain/job.ts'
import { isBaseSessionOf, isSessionOfTarget } from '../chain/session-of-hop.ts'
import type { Session } from '../session.ts'
import { decideWaitMs, type FailedAttempts } from './schedule.ts'
import type { HeldSessions, TargetState } from './sessions.ts'

/** What is the same in every job. */
export type JobSettings = Pick<Job, 'context' | 'sts' | 'stsTokenFile'>

/** What a refresher is doing. There is one walk at a time, which bounds memory. */
export type Phase =
  | { readonly kind: 'new' | 'sleeping' | 'pausing' | 'stopped' }
  | {
      readonly kind: 'walking'
      /** Of {@link RefreshState.walks}: reports of another walk are too late. */
      readonly walk: number
      /** Targets without an outcome yet. */
      readonly pending: ReadonlySet<string>
      /** One for all its targets, so that they fall due together again. */
      readonly jitter: number
    }

/** What is known of one target. */
export interface TargetRecord {
  readonly target: Target
  /** Of its chain, session name and pod; a session is restored only where the key is the same. */
  readonly chainKey: string
  readonly state: TargetState
  /** Absent after a session, and before the first attempt has ended. */
  readonly failed: FailedAttempts | undefined
  /** How often it failed since the last session, by whether STS throttled. */
  readonly failures: { readonly throttled: number; readonly other: number }
  readonly isClockSetBack: boolean
  readonly jitter: number
}

export interface RefreshState {
  readonly phase: Phase
  readonly job: JobSettings
  readonly targets: ReadonlyMap<string, TargetRecord>
  /** By the key of their hop. */
  readonly baseSessions: ReadonlyMap<string, Session>
  /** What the wall clock said when it was last looked whether something is due. */
  readonly lastSeenMs: number
  /** How many walks have begun. */
  readonly walks: number
}

/** A refresher that holds nothing and has not been started. `jitter` as in {@link decideWaitMs}. */
export function createRefreshState(
  targets: Readonly<Record<string, Target>>,
  job: JobSettings,
  jitter: number,
): RefreshState {
  const records = Object.entries(targets).map(([name, target]): [string, TargetRecord] => {
    const chainKey = toChainKey(target.chain, job.context)
    const failures = { throttled: 0, other: 0 }
    const nothing = { state: {}, failed: undefined, failures, isClockSetBack: false }
    return [name, { target, chainKey, jitter, ...nothing }]
  })
  return {
    phase: { kind: 'new' },
    job,
    targets: new Map(records),
    baseSessions: new Map(),
    lastSeenMs: 0,
    walks: 0,
  }
}

/** What is known of a target of the configuration; of any other it throws. */
export function recordOf(state: RefreshState, name: string): TargetRecord {
  const record = state.targets.get(name)
  if (record === undefined) throw new RangeError(`no target ${name} in the configuration`)
  return record
}

/** Milliseconds until the target's chain is to be walked; 0 means now. */
export function waitMsOf(record: TargetRecord, nowMs: number): number {
  return decideWaitMs({ ...record, session: record.state.session, nowMs })
}

/** Whether there is a session, and AWS still honours it. */
export function isLive(session: Session | undefined, nowMs: number): session is Session {
  return session !== undefined && nowMs < session.expiresAtMs
}

/** One of the targets whose base session has this key; undefined when no target has one. */
export function targetOfBase(state: RefreshState, key: string): Target | undefined {
  for (const { target } of state.targets.values()) {
    if (toBaseKey(target, state.job.context) === key) return target
  }
  return undefined
}

/** Takes over what an earlier process held, as far as it is of these chains and hops and has not expired. */
export function restore(state: RefreshState, held: HeldSessions, nowMs: number): RefreshState {
  const circumstances = { context: state.job.context, nowMs }
  const targets = new Map(state.targets)
  for (const [name, { chainKey, session }] of Object.entries(held.targets)) {
    const record = targets.get(name)
    if (record?.chainKey !== chainKey || !isLive(session, nowMs)) continue
    if (!isSessionOfTarget(session, record.target, circumstances)) continue
    targets.set(name, { ...record, state: { session } })
  }
  const baseSessions = Object.entries(held.baseSessions).filter(([key, session]) =>
    isBaseSessionOf(session, targetOfBase(state, key), circumstances),
  )
  return { ...state, targets, baseSessions: new Map(baseSessions) }
}

/** What is worth keeping for the next process. Secret. */
export function snapshotOf(state: RefreshState, nowMs: number): HeldSessions {
  const targets = [...state.targets].flatMap(
    ([
      name,
      {
        chainKey,
        state: { session },
      },
    ]) => (isLive(session, nowMs) ? [[name, { chainKey, session }] as const] : []),
  )
  return {
    targets: Object.fromEntries(targets),
    baseSessions: Object.fromEntries(state.baseSessions),
  }
}
