/**
 * Chain mode, second stage: may this pod have what is asked for, and if so, what exactly is it to get? A pod that may
 * not has no plan, so nothing can be made of one.
 */
import type { Target } from '../../../../sidecar/contract.ts'
import type {
  AnnotationNames,
  Configuration,
  KnownContainers,
  ParityConfiguration,
} from '../../configuration/configuration.ts'
import { isRegion } from '../../formats/limits.ts'
import { readCredentialSource } from '../../parity/credential-source.ts'
import { readManagedParts, type ManagedParts } from '../../parity/eks-webhook.ts'
import type { CredentialSource } from '../../parity/parity.ts'
import { findVariable, type Container, type Pod } from '../../pod/pod.ts'
import { joinFindings, type Finding, type Findings } from '../../vocabulary/reasons.ts'
import type { Assignment } from '../request/assignment.ts'
import type { ChainRequest } from '../request/request.ts'
import type { Source } from '../request/source.ts'
import { findConflicts } from './conflicts.ts'
import { firstHopWarnings } from './first-hop.ts'
import { decideFirstToken } from './first-token.ts'
import { judgeIsolation, readUserOfPod } from './isolation.ts'
import { findMountsInTheWay } from './mount-points.ts'
import { noProxyProblems } from './no-proxy.ts'
import { decideGate, decideIndex } from './placement.ts'
import { decideProfiles, profileWarnings } from './profiles.ts'
import { platformProblems, portProblems } from './platform.ts'
import { findImpostors, findUnentitledMounts } from './reserved.ts'
import { decideResources, resourceProblems } from './resources.ts'
import type { SidecarPlan } from './sidecar-plan.ts'

/** All decisions about a pod with a target. */
export interface ChainPlan {
  readonly pod: Pod
  readonly assignments: readonly Assignment[]
  readonly managed: ReadonlyMap<Container, ManagedParts>
  /** What parity mode gives, for containers that get no target. */
  readonly source: CredentialSource | null
  /** Where the chains begin. */
  readonly beginning: Source
  readonly sidecar: SidecarPlan
  /** Of the sidecar among the init containers without it. */
  readonly sidecarIndex: number
  readonly stsAudience: string
  readonly useRegionalSts: boolean
  /** For containers that say nothing themselves. */
  readonly region: string | null
}

/** What the plan reads of the configuration. */
export type PlanConfiguration = AnnotationNames &
  ParityConfiguration &
  KnownContainers &
  Pick<Configuration, 'kubernetesVersion' | 'settings'>

/** The plan, or every problem of request and plan at once. */
export type PlanOutcome = Pick<Findings, 'warnings'> &
  (
    | { readonly kind: 'planned'; readonly plan: ChainPlan }
    | { readonly kind: 'refused'; readonly problems: readonly Finding[] }
  )

export function planChain(request: ChainRequest, configuration: PlanConfiguration): PlanOutcome {
  const { sources, settings, identity, assignments } = request
  const { pod, jitter } = sources
  const given = readCredentialSource(sources, jitter, configuration)
  const first = decideFirstToken(request, given, configuration)
  const { source } = first
  const baseRole = identity?.roleArn ?? null
  const managed = managedParts(assignments, { baseRole, source }, configuration)
  const user = decideUser(pod, configuration.settings.sidecar)
  const sidecarIndex = decideIndex(pod, configuration)
  const gate = decideGate(pod, settings.gate, configuration)
  const targets = usedTargets(request)
  const amounts = decideResources(
    { pod, asked: settings.resources, index: sidecarIndex },
    configuration,
  )
  const { problems, warnings } = joinFindings(
    request,
    {
      warnings: firstHopWarnings({ request, targets, source: given, managed }, configuration),
    },
    judgePod(request, managed, configuration),
    judgeIsolation({ pod, assignments, user: user.user }),
    { problems: useProblems(assignments), warnings: profileWarnings(assignments) },
    gate,
    amounts,
  )
  if (problems.length > 0) return { kind: 'refused', problems, warnings }
  const region =
    settings.region ?? configuration.settings.region ?? (configuration.parity.defaultRegion || null)
  const plan: ChainPlan = {
    pod,
    assignments,
    managed,
    beginning: request.source,
    region,
    sidecarIndex,
    source,
    stsAudience: first.stsAudience,
    useRegionalSts: first.useRegionalSts,
    sidecar: {
      targets,
      profiles: decideProfiles(assignments, region),
      sessionName: request.sessionName,
      podIdentity: first.podIdentity,
      port: settings.port,
      region: regionForSts(region, assignments),
      gate: gate.gate,
      resources: amounts.resources,
      // Without one the pod is refused.
      image: configuration.settings.sidecar.image ?? '',
      ...user,
    },
  }
  return { kind: 'planned', plan, warnings }
}

/** A target that no container of this pod uses would only keep the gate closed. */
function usedTargets({
  targets,
  assignments,
  settings,
}: ChainRequest): ReadonlyMap<string, Target> {
  const used = new Set(assignments.flatMap((one) => one.targets.map(({ name }) => name)))
  const needed = new Set(assignments.flatMap(({ byDefault }) => byDefault?.name ?? []))
  return new Map(
    targets
      .filter(({ name }) => used.has(name))
      .map(({ name, chain }) => [
        name,
        settings.gate === 'all' || needed.has(name) ? { chain } : { chain, isOptional: true },
      ]),
  )
}

/** Of all containers together. Each is a mount; as many as 32 containers with 32 targets have. */
const USE_LIMIT = 1024

function useProblems(assignments: readonly Assignment[]): readonly Finding[] {
  const uses = assignments.reduce((sum, { targets }) => sum + targets.length, 0)
  if (uses <= USE_LIMIT) return []
  const message = `the containers have ${uses} targets in all, each counted in each container, and may have ${USE_LIMIT}; name the containers of each target`
  return [{ reason: 'pod_too_large', message }]
}

function judgePod(
  { sources: { pod }, settings, assignments }: ChainRequest,
  managed: ReadonlyMap<Container, ManagedParts>,
  configuration: PlanConfiguration,
): Findings {
  const conflicts = findConflicts(
    { pod, assignments, managed },
    settings.deniesConflicts ? configuration.annotationNames['on-conflict'] : null,
  )
  return joinFindings(
    { [settings.deniesConflicts ? 'problems' : 'warnings']: conflicts.certain },
    {
      problems: [
        ...platformProblems(pod, configuration),
        ...portProblems(pod, settings.port, configuration),
        ...resourceProblems(settings.resources, configuration),
        ...noProxyProblems(pod.containers),
        ...findImpostors(pod),
        ...findUnentitledMounts(assignments),
      ],
      warnings: [...conflicts.possible, ...findMountsInTheWay(assignments, pod.volumes)],
    },
  )
}

/** What EKS's webhook wrote goes everywhere but where parity mode would write the same. */
function managedParts(
  assignments: readonly Assignment[],
  { baseRole, source }: Pick<ChainPlan, 'source'> & { readonly baseRole: string | null },
  configuration: ParityConfiguration,
): ReadonlyMap<Container, ManagedParts> {
  return new Map(
    assignments
      .filter(({ targets, isSkipped }) => targets.length > 0 || isSkipped || source === null)
      .map(({ container }) => [container, readManagedParts(container, baseRole, configuration)]),
  )
}

function decideUser(
  pod: Pod,
  { user, group, useUserOfPod }: Configuration['settings']['sidecar'],
): { readonly user: number | null; readonly group: number | null } {
  const shared = useUserOfPod ? readUserOfPod(pod) : null
  if (shared !== null) return { user: shared.user, group: shared.group ?? group }
  return { user, group: user === null ? null : group }
}

/**
 * That of containers or targets where nothing else says one: STS answers alike in all regions of a partition. What is
 * no region, such as the `local` of an emulator, is not for the sidecar, which would refuse to start with it.
 */
function regionForSts(region: string | null, assignments: readonly Assignment[]): string | null {
  const regions = assignments
    .filter(({ targets }) => targets.length > 0)
    .flatMap(({ container: { variables }, targets }) => [
      (findVariable(variables, 'AWS_REGION') ?? findVariable(variables, 'AWS_DEFAULT_REGION'))
        ?.value,
      ...targets.map((target) => target.region),
    ])
  return [region, ...regions].find((name) => name != null && isRegion(name)) ?? null
}
