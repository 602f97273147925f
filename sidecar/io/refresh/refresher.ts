/**
 * Holds the sessions of all targets and renews them in time: it keeps the state, and does what each step of it says.
 * What the steps are stands in `core/refresh/step.ts`. Clock, random numbers and the walk itself are arguments; what
 * the endpoint needs it reads here, and no call of it waits for STS.
 */
import type { Target } from '../../contract.ts'
import type { Assume, Job } from '../../core/chain/job.ts'
import type { Clock } from '../../core/clock.ts'
import { toFailure } from '../../core/failures/errors.ts'
import {
  createRefreshState,
  isLive,
  type JobSettings,
  recordOf,
  snapshotOf,
} from '../../core/refresh/refresh-state.ts'
import type { Attempt, HeldSessions, SessionSource } from '../../core/refresh/sessions.ts'
import { type Effect, type RefreshEvent, step } from '../../core/refresh/step.ts'

export interface RefresherOptions {
  readonly targets: Readonly<Record<string, Target>>
  readonly job: JobSettings
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
  /**
   * Begins, with what an earlier process held as far as it is of these chains and has not expired. To be called once.
   */
  readonly start: (held?: HeldSessions) => void
  /** Ends a walk that is under way, and begins no other. What is held is still served. */
  readonly stop: () => void
  /** What is worth keeping for the next process. Secret. */
  readonly snapshot: () => HeldSessions
}

/** Makes a refresher that holds nothing and does nothing before it is started. */
export function createRefresher(options: RefresherOptions): Refresher {
  const { clock, random } = options
  let state = createRefreshState(options.targets, options.job, random())
  /** Those who wait for a session: each looks whether it is there. */
  const waiting = new Set<() => void>()
  let cancelTimer: (() => void) | undefined
  let endWalk: (() => void) | undefined

  const happen = (event: RefreshEvent): void => {
    const next = step(state, event, { nowMs: clock.nowMs(), jitter: random() })
    // Before the effects, because their receivers read the new state at once.
    state = next.state
    for (const effect of next.effects) take(effect)
  }

  const take = (effect: Effect): void => {
    if (effect.kind === 'tell') return tell(effect.attempt)
    if (effect.kind === 'tell-walked') return options.onWalked()
    cancelTimer?.()
    if (effect.kind === 'sleep') {
      cancelTimer = clock.setTimer(() => happen({ kind: 'woken' }), effect.ms)
    } else if (effect.kind === 'walk') {
      void walk(effect.walk, effect.job)
    } else {
      endWalk?.()
    }
  }

  const tell = (attempt: Attempt): void => {
    for (const look of waiting) look()
    options.onAttempt(attempt)
  }

  const walk = async (number: number, job: Job): Promise<void> => {
    const ending = new AbortController()
    endWalk = () => ending.abort()
    const failure = await options
      .assume(job, (report) => happen({ kind: 'reported', walk: number, report }), ending.signal)
      // It never rejects; were it to, the next walk would be tried like after any failure.
      .catch(() => toFailure('unexpected_error'))
    happen({ kind: 'walked', walk: number, failure })
  }

  return {
    start: (held = { targets: {}, baseSessions: {} }) => happen({ kind: 'started', held }),
    stop: () => happen({ kind: 'stopped' }),
    stateOf: (name) => recordOf(state, name).state,
    wake: (target) => happen({ kind: 'looked', target }),
    whenHeld: (name, timeoutMs) =>
      new Promise((resolve) => {
        const finish = (): void => {
          cancel()
          waiting.delete(look)
          resolve()
        }
        const look = (): void => {
          if (isLive(recordOf(state, name).state.session, clock.nowMs())) finish()
        }
        const cancel = clock.setTimer(finish, timeoutMs)
        waiting.add(look)
        look()
      }),
    snapshot: () => snapshotOf(state, clock.nowMs()),
  }
}
