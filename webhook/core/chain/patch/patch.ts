/** Chain mode, third stage: the operations that bring a pod to what was planned. */
import type { Operation } from 'fast-json-patch'
import type { ChainPlan } from '../plan/plan.ts'
import type { Configuration } from '../../configuration/configuration.ts'
import { unusedVolumes, type ManagedParts } from '../../parity/eks-webhook.ts'
import { isSame } from '../../pod/equality.ts'
import { objectAt, textAt, type JsonObject } from '../../formats/json.ts'
import { toContainerList } from '../../formats/name-list.ts'
import { containerOperations, needsVolume, tokenVolume } from '../../parity/parity.ts'
import { changeArray, insertInto, setMetadata, type Replacement } from '../../pod/operations.ts'
import type { Container } from '../../pod/pod.ts'
import { pullSecretOperations } from './pull-secrets.ts'
import type { Finding } from '../../vocabulary/reasons.ts'
import { sidecarContainer, sidecarVolumes, type SidecarConfiguration } from './sidecar-container.ts'
import { decideWorkload, type WorkloadDecision } from './workload.ts'
import { isReservedVolume, POD_IDENTITY_LABEL, SKIP_LABEL } from '../../vocabulary/names.ts'

const NOTHING_MANAGED: ManagedParts = { variables: [], mounts: [] }

/** What the operations write of the configuration. */
export type PatchConfiguration = Pick<Configuration, 'stamp' | 'stampName'> & SidecarConfiguration

/** All operations, in the order in which they are to be applied. None when the pod has everything already. */
export function chainOperations(
  plan: ChainPlan,
  configuration: PatchConfiguration,
): { readonly operations: readonly Operation[]; readonly warnings: readonly Finding[] } {
  const workloads = decideWorkloads(plan)
  const containers = plan.assignments.flatMap(({ container }) => {
    const workload = workloads.get(container)
    if (workload !== undefined) return workload.operations
    const managed = plan.managed.get(container)
    if (managed !== undefined) return removalOperations(container, managed)
    return plan.source === null ? [] : containerOperations(container, plan.source)
  })
  return {
    operations: [
      ...containers,
      ...sidecarOperations(plan, sidecarContainer(plan.sidecar, configuration)),
      ...volumeOperations(plan),
      ...pullSecretOperations(plan.pod, configuration),
      ...metadataOperations(plan, configuration),
    ],
    warnings: workloadWarnings(workloads),
  }
}

/** The containers that have what parity mode gives, beside others that have a target. */
export function containersWithBaseRole({
  assignments,
  managed,
  source,
}: ChainPlan): readonly string[] {
  if (source === null) return []
  return assignments
    .filter(({ container }) => !managed.has(container))
    .map(({ container }) => container.name)
}

/** Of each container that has a target. */
function decideWorkloads({
  assignments,
  managed,
  sidecar,
  region,
  useRegionalSts,
}: ChainPlan): ReadonlyMap<Container, WorkloadDecision> {
  const settings = { port: sidecar.port, region, useRegionalSts }
  return new Map(
    assignments
      .filter(({ targets }) => targets.length > 0)
      .map((assignment) => {
        const { container } = assignment
        const taken = managed.get(container) ?? NOTHING_MANAGED
        return [container, decideWorkload(assignment, settings, taken)]
      }),
  )
}

/** One a pod of each kind, naming its containers. */
function workloadWarnings(workloads: ReadonlyMap<Container, WorkloadDecision>): readonly Finding[] {
  const named = (fits: (decision: WorkloadDecision) => boolean) =>
    [...workloads].filter(([, decision]) => fits(decision)).map(([{ name }]) => name)
  const lacking = named(({ hasRegion }) => !hasRegion)
  const keeping = named(({ keepsMetadata }) => keepsMetadata)
  const warnings: Finding[] = []
  if (lacking.length > 0) {
    warnings.push({
      reason: 'region_unknown',
      message: `${toContainerList(lacking)}: no region is known, and SDKs cannot ask instance metadata for it; set the annotation region, AWS_REGION, or region in the configuration`,
    })
  }
  if (keeping.length > 0) {
    warnings.push({
      reason: 'metadata_enabled',
      message: `${toContainerList(keeping)}: AWS_EC2_METADATA_DISABLED is false, so some SDKs can fall back to the role of the node; remove it`,
    })
  }
  return warnings
}

function removalOperations(
  { pointer, raw }: Container,
  { variables, mounts }: ManagedParts,
): readonly Operation[] {
  return [
    ...changeArray(pointer, 'env', { parent: raw, removed: variables.map(({ index }) => index) }),
    ...changeArray(pointer, 'volumeMounts', {
      parent: raw,
      removed: mounts.map(({ index }) => index),
    }),
  ]
}

/**
 *   standing under its name | place | operations
 *   ----------------------- | ----- | ----------
 *   nothing                 | -     | insert
 *   the same                | right | none
 *   another                 | right | replace it
 *   any                     | wrong | remove, insert
 */
function sidecarOperations(
  { pod, sidecarIndex: index }: ChainPlan,
  wanted: JsonObject,
): readonly Operation[] {
  const { spec, sidecars } = pod
  const [standing] = sidecars
  if (standing !== undefined && sidecars.length === 1 && standing.index === index) {
    return isSame(wanted, standing.raw)
      ? []
      : [{ op: 'replace', path: standing.pointer, value: wanted }]
  }
  return [
    ...changeArray('/spec', 'initContainers', {
      parent: spec,
      removed: sidecars.map((sidecar) => sidecar.index),
    }),
    insertInto('/spec', 'initContainers', { parent: spec, index, value: wanted }),
  ]
}

function volumeOperations(plan: ChainPlan): readonly Operation[] {
  const { pod } = plan
  const { spec, volumes } = pod
  const wanted = sidecarVolumes(plan.sidecar, plan.stsAudience)
  const names = new Set(wanted.map((volume) => textAt(volume, 'name')))
  // What parity mode gives, where a container gets it.
  const source = containersWithBaseRole(plan).length > 0 ? plan.source : null
  const obsolete = volumes
    .filter(({ name }) => isReservedVolume(name) && !names.has(name))
    .map(({ index }) => index)
  const freed = unusedVolumes(
    pod,
    plan.managed,
    new Set(source === null ? [] : [source.volumeName]),
  )
  const replaced = wanted.flatMap((value): readonly Replacement[] => {
    const standing = volumes.find(({ name }) => name === value['name'])
    return standing === undefined || isSame(value, standing.raw)
      ? []
      : [{ index: standing.index, value }]
  })
  const appended = wanted.filter((value) => volumes.every(({ name }) => name !== value['name']))
  const first = source !== null && needsVolume(pod, source) ? [tokenVolume(source)] : []
  if (!Array.isArray(spec['volumes']))
    return changeArray('/spec', 'volumes', { parent: spec, appended: [...first, ...appended] })
  return [
    ...changeArray('/spec', 'volumes', {
      parent: spec,
      replaced,
      removed: [...obsolete, ...freed],
      appended,
    }),
    ...first.map((value) => insertInto('/spec', 'volumes', { parent: spec, index: 0, value })),
  ]
}

/**
 * The label keeps EKS's own webhook away, which runs after us; the stamp tells the API server that we have been here.
 */
function metadataOperations(
  plan: ChainPlan,
  { stampName, stamp }: PatchConfiguration,
): readonly Operation[] {
  const { metadata, hasMetadata } = plan.pod
  const hasLabel = objectAt(metadata, 'labels')[SKIP_LABEL] !== undefined
  const hasPodIdentity =
    plan.source?.kind === 'container_credentials' && containersWithBaseRole(plan).length > 0
  const labels = [
    ...(hasLabel ? [] : [[SKIP_LABEL, 'true'] as const]),
    ...(hasPodIdentity ? [POD_IDENTITY_LABEL] : []),
  ]
  return [
    ...(hasMetadata ? [] : [{ op: 'add', path: '/metadata', value: {} } as const]),
    ...setMetadata(metadata, 'labels', labels),
    ...setMetadata(metadata, 'annotations', [[stampName, stamp]]),
  ]
}
