/**
 * Decides what a probe is told: whether the containers after the sidecar may start, and if not, why, in a stable
 * sentence.
 */
import type { TargetState } from '../refresh/sessions.ts'
import { liveSession } from './reply.ts'

/** What is known when a probe asks. */
export interface ReadinessFacts {
  /** Why the endpoint does not listen; absent when it does. */
  readonly listenProblem?: string
  /** Whether a probe of this pod has succeeded before, maybe before a restart. */
  readonly wasReady: boolean
  readonly states: Readonly<Record<string, TargetState>>
  readonly nowMs: number
}

/** `sentence` has no time, id or countdown, so that equal failures fold into one event. */
export interface Readiness {
  readonly isReady: boolean
  readonly sentence: string
}

/**
 *   listens | was ready | all targets have a live session | ready
 *   ------- | --------- | ------------------------------- | -----
 *   no      | any       | any                             | no
 *   yes     | yes       | any                             | yes: a crash must not make a running pod unready
 *   yes     | no        | yes                             | yes
 *   yes     | no        | no                              | no: says of each target without one what failed
 */
export function decideReadiness(facts: ReadinessFacts): Readiness {
  if (facts.listenProblem !== undefined) return { isReady: false, sentence: facts.listenProblem }
  const lacking = Object.entries(facts.states).filter(
    ([, state]) => liveSession(state, facts.nowMs) === undefined,
  )
  if (facts.wasReady || lacking.length === 0) return { isReady: true, sentence: 'ready' }
  const isOneOfMany = Object.keys(facts.states).length > 1
  const sentences = lacking.map(([target, { failure }]) => {
    const sentence = failure?.sentence ?? 'STS has not answered yet'
    return isOneOfMany ? `target ${target}: ${sentence}` : sentence
  })
  return { isReady: false, sentence: sentences.join('; ') }
}
