/**
 * What the endpoint, the probe, the metrics and the state folder need of the refresher, and nothing of how it gets
 * sessions.
 */
import type { Failure } from '../failures/failure.ts'
import type { Session } from '../session.ts'

/** What is known of one target now. Both may be there: a failed renewal does not take away what is held. */
export interface TargetState {
  /** The last session obtained or restored. It may have expired meanwhile: compare with the wall clock at each use. */
  readonly session?: Session
  /** How the last attempt failed; absent when it succeeded and when none has ended yet. */
  readonly failure?: Failure
}

/** The reading side of the refresher. No call of it waits for STS. */
export interface SessionSource {
  /** Asked only for targets of the configuration. */
  stateOf(target: string): TargetState
  /**
   * To be called whenever somebody looks. After a clock has jumped a walk may be due that no timer knows of yet: it is
   * then begun at once. That is never sooner than the schedule says, so a client that asks all the time changes
   * nothing. A target that was given up for the time being, since nobody asked for it, is due again as any other.
   */
  wake(target: string): void
  /**
   * Resolves as soon as the target holds a session that has not expired (at once if it does), and at the latest after
   * `timeoutMs`. Failures do not end the wait, since a later attempt may succeed within it. Never rejects.
   */
  whenHeld(target: string, timeoutMs: number): Promise<void>
}

/** A finished attempt to walk a target's chain. The receiver logs, counts and saves it; the refresher does not. */
export type Attempt =
  | {
      readonly kind: 'refreshed'
      readonly target: string
      readonly session: Session
      /** Milliseconds from now until the next attempt. */
      readonly nextTryMs: number
    }
  | {
      readonly kind: 'failed'
      readonly target: string
      readonly failure: Failure
      readonly nextTryMs: number
    }

/** What the refresher holds and gets back after a restart; the state folder keeps it. */
export interface HeldSessions {
  /**
   * By target. `chainKey` says of which chain and session name it is, so that a session of another chain is never
   * restored.
   */
  readonly targets: Readonly<
    Record<string, { readonly chainKey: string; readonly session: Session }>
  >
  /** Sessions of first hops of chains longer than one, by the key of that hop. */
  readonly baseSessions: Readonly<Record<string, Session>>
}
