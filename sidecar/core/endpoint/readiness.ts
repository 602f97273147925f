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
  /** Why what profiles need is not in place; absent when it is, and when there are none. */
  readonly filesProblem?: string
  readonly states: Readonly<Record<string, TargetState>>
  /** Targets that are no container's default credentials. */
  readonly optional: ReadonlySet<string>
  readonly nowMs: number
}

/** `sentence` has no time, id or countdown, so that equal failures fold into one event. */
export interface Readiness {
  readonly isReady: boolean
  readonly sentence: string
}

/**
 *   listens | was ready | files | targets | ready
 *   ------- | --------- | ----- | ------- | -----
 *   no      | any       | any   | any     | no
 *   yes     | yes       | any   | any     | yes: a crash must not make a running pod unready
 *   yes     | no        | yes   | enough  | yes
 *   yes     | no        | else          | no: says what is in the way of the files, and of each target
 *
 * Targets are enough when each that is not optional has a live session, each that is has been tried, and one of all has
 * a live session: a pod for which nothing works yet, as in an outage of STS, waits as one with a single target does.
 */
export function decideReadiness(facts: ReadinessFacts): Readiness {
  if (facts.listenProblem !== undefined) return { isReady: false, sentence: facts.listenProblem }
  const { states, filesProblem, nowMs } = facts
  const without = Object.entries(states).filter(
    ([, state]) => liveSession(state, nowMs) === undefined,
  )
  const isOneLive = without.length < Object.keys(states).length
  const lacking = isOneLive ? without.filter((entry) => isMissed(facts, ...entry)) : without
  const isComplete = filesProblem === undefined && lacking.length === 0
  if (facts.wasReady || isComplete) return { isReady: true, sentence: 'ready' }
  const sentences = Object.keys(states).length > 1 ? tellOfEach(lacking) : lacking.map(tellOf)
  return { isReady: false, sentence: [filesProblem ?? [], ...sentences].flat().join('; ') }
}

type Entry = readonly [target: string, state: TargetState]

function tellOf([, { failure }]: Entry): string {
  return failure?.sentence ?? 'STS has not answered yet'
}

/** What is the same of several is said once: Kubernetes cuts an event at 1,024 characters. */
function tellOfEach(entries: readonly Entry[]): readonly string[] {
  const sentences = new Map<string, readonly string[]>()
  for (const entry of entries) {
    const sentence = tellOf(entry)
    sentences.set(sentence, [...(sentences.get(sentence) ?? []), entry[0]])
  }
  return [...sentences].map(
    ([sentence, targets]) =>
      `${targets.length > 1 ? 'targets' : 'target'} ${targets.join(', ')}: ${sentence}`,
  )
}

function isMissed({ optional }: ReadinessFacts, target: string, state: TargetState): boolean {
  return !optional.has(target) || state.failure === undefined
}
