/** Which container gets which target, and which are left alone. */
import { DEFAULT_TARGET } from '../../../../sidecar/contract.ts'
import type { AnnotationNames, KnownContainers } from '../../configuration/configuration.ts'
import { toContainerList, toNameList } from '../../formats/name-list.ts'
import { findVariable, type Container, type Pod } from '../../pod/pod.ts'
import { PROFILE_VARIABLES } from '../../vocabulary/names.ts'
import { joinFindings, type Finding, type Findings } from '../../vocabulary/reasons.ts'
import type { TargetRequest } from './targets.ts'

export interface Assignment {
  readonly container: Container
  /** In the order in which they are written. Several are profiles of the container, each of its target's name. */
  readonly targets: readonly TargetRequest[]
  /** What code gets that names no profile: the only target, or the default one. */
  readonly byDefault: TargetRequest | null
  /** Left alone: by the pod's own word, or as known infrastructure. */
  readonly isSkipped: boolean
  /** Left alone because the configuration knows its name, not because the pod says so. */
  readonly isInfrastructure: boolean
}

/**
 * Assigns targets to containers.
 *
 *   named by targets | skipped by the pod | known by the configuration | outcome
 *   ---------------- | ------------------ | -------------------------- | -------
 *   yes              | yes                | any                        | problem
 *   yes              | no                 | yes                        | these targets
 *   yes              | no                 | no                         | these, and those that are for all
 *   no               | yes                | any                        | skipped
 *   no               | no                 | yes                        | skipped
 *   no               | no                 | no                         | those that are for all, or none
 *
 * Of several at most one may be marked as the default, or that is a problem too.
 */
export function assignTargets(
  { pod, targets, skipped }: AssignmentSources,
  configuration: AnnotationNames & KnownContainers,
): Findings & { readonly assignments: readonly Assignment[] } {
  const named = targets.map(toNamedTarget)
  const [absentFromPod, absentElsewhere] = absences(pod, named)
  const judged = pod.containers.map((container) => {
    const { name } = container
    const isSkippedByPod = skipped.has(name)
    const naming = named.filter(({ names }) => names?.has(name))
    const isKnown = configuration.isSkipped(name)
    const isInfrastructure = !isSkippedByPod && naming.length === 0 && isKnown
    const isSkipped = isSkippedByPod || isInfrastructure
    const matching = isKnown ? naming : named.filter(({ names }) => names?.has(name) ?? true)
    const { problems, ...assigned } = assign(container, isSkipped ? [] : matching)
    return {
      assignment: { container, ...assigned, isSkipped, isInfrastructure },
      problems: isSkippedByPod && naming.length > 0 ? [contradiction(name, naming)] : problems,
    }
  })
  const assignments = judged.map(({ assignment }) => assignment)
  const [first] = targets
  const isForNobody =
    first !== undefined && assignments.every(({ targets: some }) => some.length === 0)
  return {
    assignments,
    ...joinFindings(
      { problems: absentFromPod },
      ...judged,
      { problems: isForNobody ? [noContainer(first, assignments, configuration)] : [] },
      { warnings: absentElsewhere },
    ),
  }
}

export interface AssignmentSources {
  readonly pod: Pod
  readonly targets: readonly TargetRequest[]
  /** Containers that the pod says are to be left alone. */
  readonly skipped: ReadonlySet<string>
}

/**
 * The profile that a container's env names comes before a target that is marked: the SDK for JavaScript v2 asks the
 * endpoint all the same, and has to find that one there. The name `default` cannot be another's.
 */
function assign({ name, variables }: Container, targets: readonly TargetRequest[]) {
  const marked = targets.filter(({ isDefault }) => isDefault || targets.length === 1)
  const [written] = PROFILE_VARIABLES.flatMap((key) => findVariable(variables, key)?.value || [])
  const chosen = targets.find((target) => target.name === written)
  const reserved = targets.find((target) => target.name === DEFAULT_TARGET)
  const problems: readonly Finding[] =
    marked.length > 1
      ? [ambiguity(name, marked)]
      : chosen !== undefined && reserved !== undefined && chosen !== reserved
        ? [nameTaken(name, chosen, reserved)]
        : []
  return { targets, byDefault: chosen ?? marked[0] ?? null, problems }
}

interface NamedTarget extends TargetRequest {
  /** Null for all. */
  readonly names: ReadonlySet<string> | null
}

function toNamedTarget(target: TargetRequest): NamedTarget {
  return { ...target, names: target.containers === '*' ? null : new Set(target.containers) }
}

/**
 * Names that no container has: on a pod misspelt, and so a problem; on a service account maybe meant for other pods.
 */
function absences(
  pod: Pod,
  targets: readonly NamedTarget[],
): readonly [onPod: readonly Finding[], onServiceAccount: readonly Finding[]] {
  const present = new Set(pod.containers.map(({ name }) => name))
  const found = targets.flatMap(({ annotation, names }) => {
    const absent = [...(names ?? [])].filter((name) => !present.has(name))
    if (absent.length === 0) return []
    const message = `${annotation.label}: the pod has no ${toContainerList(absent)}; it has ${toNameList([...present])}`
    return [
      { isOnPod: annotation.isOnPod, finding: { reason: 'unknown_container', message } as const },
    ]
  })
  const of = (isOnPod: boolean) =>
    found.filter((one) => one.isOnPod === isOnPod).map(({ finding }) => finding)
  return [of(true), of(false)]
}

/**
 * Known infrastructure has a target where it is named, as the one container of a mesh's gateway; what the pod skips has
 * none even so.
 */
function noContainer(
  { annotation, isInTargets }: TargetRequest,
  assignments: readonly Assignment[],
  { annotationNames, parityAnnotationNames }: AnnotationNames,
): Finding {
  const names = (those: readonly Assignment[]) => those.map(({ container }) => container.name)
  const known = names(assignments.filter(({ isInfrastructure }) => isInfrastructure))
  const candidates = known.length > 0 ? known : names(assignments)
  const place = isInTargets
    ? `in its containers, such as containers: [${candidates[0]}]`
    : `in the annotation ${annotationNames.containers} of the pod, such as ${annotationNames.containers}: ${candidates[0]}`
  const why =
    known.length > 0
      ? `, since ${toContainerList(known)} is known as infrastructure, which gets a target only where it is named`
      : assignments.some(({ isSkipped }) => isSkipped)
        ? `, and take it out of ${annotationNames['skip-containers']} and ${parityAnnotationNames['skip-containers']}`
        : ''
  return {
    reason: 'no_container',
    message: `${annotation.label}: no container of the pod gets a target; name one of ${toNameList(candidates)} ${place}${why}`,
  }
}

function contradiction(name: string, targets: readonly TargetRequest[]): Finding {
  return {
    reason: 'skipped_and_named',
    message: `${targets[0]?.annotation.label}: container '${name}' is to have a target and to be skipped; remove it from one of the lists`,
  }
}

function nameTaken(container: string, chosen: TargetRequest, reserved: TargetRequest): Finding {
  return {
    reason: 'two_defaults',
    message: `${reserved.annotation.label}: container '${container}' names the profile '${chosen.name}' in its env, and the target '${reserved.name}' is what some SDKs use even then; give that target another name`,
  }
}

function ambiguity(name: string, targets: readonly TargetRequest[]): Finding {
  const names = toNameList(targets.map((target) => target.name))
  return {
    reason: 'two_defaults',
    message: `${targets[0]?.annotation.label}: container '${name}' has ${targets.length} default targets, ${names}, and can have one; leave default: true at one of them (the name '${DEFAULT_TARGET}' says it too), or name the containers of each`,
  }
}
