/** All pods with a chain, a row each: which roles, since when, by which version, and what keeps them waiting. */
import { textAt, type JsonObject } from '../../../webhook/core/formats/json.ts'
import { STAMP_KEY } from '../../../webhook/core/vocabulary/keys.ts'
import { readTargets, type RunningTarget } from '../check/chains.ts'
import { seenOr, type ListFacts } from '../check/facts.ts'
import { prefixOf } from '../check/installation.ts'
import { annotationsOf, inside, nameOf, namespaceOf, placeOf } from '../check/objects.ts'
import {
  failureOf,
  gateOf,
  isAlive,
  pullProblems,
  serviceAccountOf,
  sidecarOf,
} from '../check/pod-states.ts'

/** One pod. Its names are part of the command's contract. */
export interface PodRow {
  readonly namespace: string
  readonly name: string
  readonly serviceAccount: string
  readonly targets: readonly Pick<RunningTarget, 'name' | 'roleArns'>[]
  /** Of the webhook that has made it; empty where the pod has no stamp. */
  readonly version: string
  /** Of the configuration too. */
  readonly stamp: string
  /** Null where it is not known what new pods get. */
  readonly isOutdated: boolean | null
  /** RFC 3339. */
  readonly createdAt: string
  readonly gate: ReturnType<typeof gateOf>
  /** What the sidecar said last while its gate is closed, or why its image does not come; else null. */
  readonly lastFailure: string | null
}

/** In order of namespace and name; pods that have ended are left out. */
export function toRows(
  facts: Pick<ListFacts, 'pods' | 'events' | 'deployments'>,
  stampOfNow: string | null,
): readonly PodRow[] {
  const events = seenOr(facts.events, [])
  const stampName = `${prefixOf(facts)}/${STAMP_KEY}`
  return seenOr(facts.pods, [])
    .filter((pod) => isAlive(pod) && sidecarOf(pod) !== undefined)
    .toSorted((one, other) => (placeOf(one) < placeOf(other) ? -1 : 1))
    .map((pod) => {
      const stamp = annotationsOf(pod)[stampName] ?? ''
      return {
        namespace: namespaceOf(pod),
        name: nameOf(pod),
        serviceAccount: serviceAccountOf(pod),
        targets: readTargets(pod).map(({ name, roleArns }) => ({ name, roleArns })),
        version: stamp.split('/', 1)[0] ?? '',
        stamp,
        isOutdated: stampOfNow === null ? null : stamp !== stampOfNow,
        createdAt: textAt(inside(pod, 'metadata'), 'creationTimestamp'),
        gate: gateOf(pod),
        lastFailure: lastFailureOf(pod, events),
      }
    })
}

function lastFailureOf(pod: JsonObject, events: readonly JsonObject[]): string | null {
  const [pull] = pullProblems(pod)
  if (pull !== undefined) return pull.message
  return gateOf(pod) === 'closed' ? (failureOf(pod, events) ?? null) : null
}
