/** Which container gets which target, and which are left alone. */
import type { Configuration } from './configuration.ts'
import type { Container, Pod } from './pod.ts'
import type { Finding, Findings } from './reasons.ts'
import type { PodSettings } from './settings.ts'
import type { AskedTarget } from './targets.ts'

export interface Assignment {
  readonly container: Container
  /** Null when it gets none. */
  readonly target: string | null
  /** Left alone: by the pod's own word, or as known infrastructure. */
  readonly isSkipped: boolean
  /** Left alone because the configuration knows its name, not because the pod says so. */
  readonly isInfrastructure: boolean
}

/**
 * Assigns targets to containers.
 *
 *   named by a target | skipped by the pod | known by the configuration | outcome
 *   ----------------- | ------------------ | -------------------------- | -------
 *   yes               | yes                | any                        | problem
 *   yes               | no                 | any                        | the target
 *   no                | yes                | any                        | skipped
 *   no                | no                 | yes                        | skipped
 *   no                | no                 | no                         | the target that is for all, or none
 */
export function assignTargets(
  { pod, targets, settings, configuration }: AssignmentSources,
  findings: Findings,
): readonly Assignment[] {
  findings.problems.push(...nameProblems(pod, targets))
  const assignments = pod.containers.map((container): Assignment => {
    const { name } = container
    const isSkippedByPod = settings.skipped.has(name)
    const naming = targets.filter(
      ({ containers }) => containers !== '*' && containers.includes(name),
    )
    if (isSkippedByPod && naming.length > 0) findings.problems.push(contradiction(name, naming))
    const isInfrastructure = !isSkippedByPod && naming.length === 0 && configuration.isSkipped(name)
    const isSkipped = isSkippedByPod || isInfrastructure
    const matching = isSkipped
      ? []
      : targets.filter(({ containers }) => containers === '*' || containers.includes(name))
    if (matching.length > 1) findings.problems.push(ambiguity(name, matching))
    return { container, target: matching[0]?.name ?? null, isSkipped, isInfrastructure }
  })
  if (targets.length > 0 && assignments.every(({ target }) => target === null)) {
    findings.problems.push({
      reason: 'no_container',
      message: `${targets[0]?.written.label}: no container of the pod gets a target; name one of ${pod.containers.map(({ name }) => name).join(', ')}`,
    })
  }
  findings.warnings.push(...absenceWarnings(pod, targets))
  return assignments
}

export interface AssignmentSources {
  readonly pod: Pod
  readonly targets: readonly AskedTarget[]
  readonly settings: PodSettings
  readonly configuration: Configuration
}

function absentNames(pod: Pod, { containers }: AskedTarget): readonly string[] {
  if (containers === '*') return []
  const present = new Set(pod.containers.map(({ name }) => name))
  return containers.filter((name) => !present.has(name))
}

/** On a pod, a name that is not there is a misspelling. */
function nameProblems(pod: Pod, targets: readonly AskedTarget[]): readonly Finding[] {
  return targets
    .filter(({ written }) => written.isOnPod)
    .flatMap((target) => absentNames(pod, target).map((name) => absence(pod, target, name)))
}

/** On a service account it may be meant for other pods. */
function absenceWarnings(pod: Pod, targets: readonly AskedTarget[]): readonly Finding[] {
  return targets
    .filter(({ written }) => !written.isOnPod)
    .flatMap((target) => absentNames(pod, target).map((name) => absence(pod, target, name)))
}

function absence(pod: Pod, { written }: AskedTarget, name: string): Finding {
  const present = pod.containers.map((container) => container.name).join(', ')
  return {
    reason: 'unknown_container',
    message: `${written.label}: the pod has no container '${name}'; it has ${present}`,
  }
}

function contradiction(name: string, targets: readonly AskedTarget[]): Finding {
  return {
    reason: 'skipped_and_named',
    message: `${targets[0]?.written.label}: container '${name}' is to have a target and to be skipped; remove it from one of the lists`,
  }
}

function ambiguity(name: string, targets: readonly AskedTarget[]): Finding {
  const names = targets.map((target) => target.name).join(' and ')
  return {
    reason: 'two_targets',
    message: `${targets[0]?.written.label}: container '${name}' matches the targets ${names}, and can use one only; name the containers of each target`,
  }
}
