/** Who each container of a pod will be, and the one sentence that says why. */
import { hasProfiles } from '../../../webhook/core/chain/plan/profiles.ts'
import type { Assignment } from '../../../webhook/core/chain/request/assignment.ts'
import type { Configuration } from '../../../webhook/core/configuration/configuration.ts'
import type { Container } from '../../../webhook/core/pod/pod.ts'
import type { Judgement } from '../judgement/judgement.ts'

/** Who a container is. */
export type Identity =
  | {
      readonly kind: 'targets'
      /** Of code that names no profile; null where it has to name one. */
      readonly byDefault: string | null
      /** Names of targets. Several are profiles. */
      readonly targets: readonly string[]
    }
  | { readonly kind: 'role'; readonly roleArn: string; readonly by: string }
  | { readonly kind: 'pod_identity' }
  | { readonly kind: 'none' }

export interface ExplainedContainer {
  readonly name: string
  readonly isInit: boolean
  readonly identity: Identity
  /** One sentence. */
  readonly why: string
}

/** What is said of one, beside its name. */
type Said = Pick<ExplainedContainer, 'identity' | 'why'>

/** All containers of the pod, init containers first; without the sidecar. */
export function explainContainers(
  judgement: Judgement,
  configuration: Configuration,
): readonly ExplainedContainer[] {
  const { pod, request, verdict } = judgement
  const isRefused = verdict.kind === 'denied'
  const said = (container: Container, say: () => Said): ExplainedContainer => ({
    name: container.name,
    isInit: container.list === 'initContainers',
    ...(isRefused ? none('The pod is refused, so nothing of it runs.') : say()),
  })
  return request === null
    ? (pod?.containers ?? []).map((container) =>
        said(container, () => sayParity(container, judgement, configuration)),
      )
    : request.assignments.map((assignment) =>
        said(assignment.container, () => sayAssignment(assignment, judgement, configuration)),
      )
}

function none(why: string): Said {
  return { identity: { kind: 'none' }, why }
}

function sayAssignment(
  assignment: Assignment,
  judgement: Judgement,
  configuration: Configuration,
): Said {
  const { targets, isInfrastructure, isSkipped } = assignment
  if (targets.length > 0) return sayTargets(assignment)
  if (isInfrastructure) {
    return none(
      'The configuration knows its name as infrastructure (skipContainers and meshes), which is left alone.',
    )
  }
  if (isSkipped) {
    return none(`It is left alone, by ${configuration.annotationNames['skip-containers']}.`)
  }
  const roleArn = judgement.request?.identity?.roleArn
  if (judgement.plan?.source == null || roleArn === undefined) {
    return none('No target is for it, and there is no base role.')
  }
  const by = configuration.parityAnnotationNames['role-arn']
  const why = 'No target is for it, so it has the base role.'
  return { identity: { kind: 'role', roleArn, by }, why }
}

function sayTargets(assignment: Assignment): Said {
  const { targets, byDefault } = assignment
  const names = targets.map(({ name }) => name)
  return {
    identity: { kind: 'targets', byDefault: byDefault?.name ?? null, targets: names },
    why: hasProfiles(assignment)
      ? 'It has several targets, each as an AWS profile of that name.'
      : `It is among the containers of the target, by ${targets[0]?.annotation.label ?? ''}.`,
  }
}

function sayParity(
  container: Container,
  { intent, verdict }: Judgement,
  configuration: Configuration,
): Said {
  if (intent?.kind !== 'parity') {
    return none(`Nothing gives it a role (${verdict.reasons[0] ?? ''}).`)
  }
  const { source, included } = intent
  if (included !== null && !included.has(container.name)) {
    return none('The list of containers leaves it out.')
  }
  const by = configuration.parityAnnotationNames['role-arn']
  return source.kind === 'web_identity'
    ? {
        identity: { kind: 'role', roleArn: source.roleArn, by },
        why: `It has the role of its service account, by ${by} or the configuration.`,
      }
    : {
        identity: { kind: 'pod_identity' },
        why: 'It has the role of its association in EKS Pod Identity.',
      }
}
