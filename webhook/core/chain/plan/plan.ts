/** Chain mode, first half: everything that a pod with a target is to get, decided from facts, with all problems at once. */
import type { Target } from '../../../../sidecar/contract.ts'
import { readChainAnnotations } from '../../annotations/chain-annotations.ts'
import { assignTargets, type Assignment } from '../request/assignment.ts'
import { PARITY_DEFAULTS, type Configuration } from '../../configuration/configuration.ts'
import { findConflicts } from './conflicts.ts'
import { readCredentialSource } from '../../parity/credential-source.ts'
import { readManagedParts, type ManagedParts } from '../../parity/eks-webhook.ts'
import { firstHopWarnings } from './first-hop.ts'
import { labelWarnings } from '../../annotations/chain-label.ts'
import { judgeIsolation, readUserOfPod } from './isolation.ts'
import { findMountsInTheWay } from './mount-points.ts'
import { noProxyProblems } from './no-proxy.ts'
import type { CredentialSource } from '../../parity/parity.ts'
import { findLateProxy } from './placement.ts'
import type { Container, Pod } from '../../pod/pod.ts'
import { findVariable } from '../../pod/pod.ts'
import { platformProblems, portProblems } from './platform.ts'
import type { Finding, Findings } from '../../vocabulary/reasons.ts'
import { findImpostors, findUnentitledMounts } from './reserved.ts'
import { renderFor } from '../request/render.ts'
import { decideResources, resourceProblems } from './resources.ts'
import { readSettings, type PodSettings } from '../request/settings.ts'
import { readTargets, type Asked } from '../request/targets.ts'
import type { ChainSources } from '../request/sources.ts'
import { isRegion } from '../../formats/limits.ts'
import { readWebIdentity, type WebIdentity } from '../../parity/web-identity.ts'
import type { SidecarPlan } from './sidecar-plan.ts'

/** All decisions about a pod with a target. */
export interface ChainPlan {
  readonly assignments: readonly Assignment[]
  readonly managed: ReadonlyMap<Container, ManagedParts>
  /** What parity mode gives, for containers that get no target. */
  readonly source: CredentialSource | null
  readonly sidecar: SidecarPlan
  readonly stsAudience: string
  readonly useRegionalSts: boolean
  /** For containers that say nothing themselves. */
  readonly region: string | null
}

/** The decisions; they mean something only when `findings` has no problem. */
export function planChain(
  sources: ChainSources,
  configuration: Configuration,
  findings: Findings,
): ChainPlan {
  const { pod, serviceAccount } = sources
  const written = readChainAnnotations(
    { pod: pod.annotations, labels: pod.labels, serviceAccount: serviceAccount.annotations },
    configuration,
    findings,
  )
  const settings = readSettings(
    written,
    { podAnnotations: pod.annotations, configuration },
    findings,
  )
  const identity = readWebIdentity(sources, configuration)
  const source = readCredentialSource(sources, sources.jitter, configuration)
  const baseRole = identity?.roleArn ?? null
  const requester = { namespace: sources.namespace, serviceAccount: serviceAccount.name }
  const asked = readTargets(
    { written, baseRole, requester, render: renderFor(sources), settings, configuration },
    findings,
  )
  const assignments = assignTargets(
    { pod, targets: asked.targets, settings, configuration },
    findings,
  )
  const managed = managedParts(assignments, { baseRole, source, configuration })
  const targets = usedTargets(asked, assignments)
  findings.warnings.push(
    ...labelWarnings(serviceAccount, configuration),
    ...firstHopWarnings({ targets, baseRole, serviceAccount, source, managed }, configuration),
  )
  const user = decideUser(pod, configuration)
  judgePod({ pod, settings, assignments, managed, user: user.user }, configuration, findings)
  const region =
    settings.region ?? configuration.settings.region ?? (configuration.parity.defaultRegion || null)
  return {
    assignments,
    managed,
    source,
    region,
    ...tokenSettings(identity, configuration),
    sidecar: {
      targets,
      sessionName: asked.sessionName,
      port: settings.port,
      region: regionForSts(region, assignments),
      isGateOn: decideGate(pod, { settings, configuration }, findings),
      resources: decideResources({ pod, asked: settings.resources }, configuration, findings),
      // Without one the pod is refused.
      image: configuration.settings.sidecar.image ?? '',
      ...user,
    },
  }
}

/** With a base role, what its service account says about its token holds for the sidecar's too. */
function tokenSettings(
  identity: WebIdentity | null,
  { parity }: Configuration,
): Pick<ChainPlan, 'stsAudience' | 'useRegionalSts'> {
  return {
    stsAudience: identity?.token.audience || parity.tokenAudience || PARITY_DEFAULTS.tokenAudience,
    useRegionalSts: identity?.useRegionalSts ?? parity.useRegionalSts,
  }
}

/** A target that no container of this pod uses would only keep the gate closed. */
function usedTargets(
  { targets }: Asked,
  assignments: readonly Assignment[],
): ReadonlyMap<string, Target> {
  const used = new Set(assignments.map(({ target }) => target))
  return new Map(
    targets.filter(({ name }) => used.has(name)).map(({ name, chain }) => [name, { chain }]),
  )
}

interface Judged {
  readonly pod: Pod
  readonly settings: PodSettings
  readonly assignments: readonly Assignment[]
  readonly managed: ReadonlyMap<Container, ManagedParts>
  readonly user: number | null
}

function judgePod(
  { pod, settings, assignments, managed, user }: Judged,
  configuration: Configuration,
  findings: Findings,
): void {
  const conflicts = findConflicts(
    { pod, assignments, managed },
    settings.deniesConflicts ? configuration.annotationNames['on-conflict'] : null,
  )
  findings[settings.deniesConflicts ? 'problems' : 'warnings'].push(...conflicts.certain)
  findings.warnings.push(...conflicts.possible)
  findings.problems.push(
    ...platformProblems(pod, configuration),
    ...portProblems(pod, settings.port, configuration),
    ...resourceProblems(settings.resources, configuration),
    ...noProxyProblems(pod.containers),
    ...findImpostors(pod),
    ...findUnentitledMounts(assignments),
  )
  findings.warnings.push(...findMountsInTheWay(assignments, pod.volumes))
  judgeIsolation({ pod, assignments, user }, findings)
}

/** What EKS's webhook wrote goes everywhere but where parity mode would write the same. */
function managedParts(
  assignments: readonly Assignment[],
  {
    baseRole,
    source,
    configuration,
  }: Pick<ChainPlan, 'source'> & {
    readonly baseRole: string | null
    readonly configuration: Configuration
  },
): ReadonlyMap<Container, ManagedParts> {
  return new Map(
    assignments
      .filter(({ target, isSkipped }) => target !== null || isSkipped || source === null)
      .map(({ container }) => [container, readManagedParts(container, baseRole, configuration)]),
  )
}

function decideUser(
  pod: Pod,
  { settings }: Configuration,
): { readonly user: number | null; readonly group: number | null } {
  const { user, group, useUserOfPod } = settings.sidecar
  const shared = useUserOfPod ? readUserOfPod(pod) : null
  if (shared !== null) return { user: shared.user, group: shared.group ?? group }
  return { user, group: user === null ? null : group }
}

function decideGate(
  pod: Pod,
  {
    settings,
    configuration,
  }: { readonly settings: PodSettings; readonly configuration: Configuration },
  { warnings }: Findings,
): boolean {
  const proxy = settings.isGateOn ? findLateProxy(pod, configuration) : null
  if (proxy === null) return settings.isGateOn
  warnings.push({
    reason: 'gate_off_mesh',
    message: `the gate is off: the mesh's proxy '${proxy}' is no native sidecar and lets nothing reach STS before the containers start; make it native, or expect first calls to fail`,
  } satisfies Finding)
  return false
}

/**
 * The containers' where nothing else says one: STS answers alike in all regions of a partition. What is no region, such as the `local` of
 * an emulator, is not for the sidecar, which would refuse to start with it.
 */
function regionForSts(region: string | null, assignments: readonly Assignment[]): string | null {
  const regions = assignments
    .filter(({ target }) => target !== null)
    .map(
      ({ container: { variables } }) =>
        (findVariable(variables, 'AWS_REGION') ?? findVariable(variables, 'AWS_DEFAULT_REGION'))
          ?.value,
    )
  return [region, ...regions].find((name) => name != null && isRegion(name)) ?? null
}
