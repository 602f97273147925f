/**
 * A pod without what the webhook adds. Values that a person may have written just so (a region, `127.0.0.1` at the end
 * of `NO_PROXY`) are taken as ours where they stand among ours: injecting again gives the same pod in any case.
 */
import { SIDECAR_VARIABLES } from '../../../sidecar/contract.ts'
import type { Configuration } from '../../../webhook/core/configuration/configuration.ts'
import { isObject, objectAt, textAt, type JsonObject } from '../../../webhook/core/formats/json.ts'
import {
  readManagedParts,
  unusedVolumes,
  type ManagedParts,
} from '../../../webhook/core/parity/eks-webhook.ts'
import {
  findVariable,
  readAnnotations,
  readPod,
  type Container,
  type Pod,
} from '../../../webhook/core/pod/pod.ts'
import {
  isReservedVolume,
  POD_IDENTITY_LABEL,
  ROLE_VARIABLE,
  SKIP_LABEL,
} from '../../../webhook/core/vocabulary/names.ts'
import type { Judges, Workload } from './inject.ts'
import { withoutAddedVariables } from './added-variables.ts'

/** What is known of the webhook that was there. */
export interface InjectedBy {
  readonly configuration: Configuration
  /** That it may have given to containers; null where nobody knows, so that the sidecar's own is taken. */
  readonly regions: readonly string[] | null
}

/** What is known of it for a workload; regions are known where the configuration is. */
export function injectedBy(
  workload: Workload,
  {
    configuration,
    isConfigurationKnown,
    lookUp,
  }: Judges & { readonly isConfigurationKnown: boolean },
): InjectedBy {
  if (!isConfigurationKnown) return { configuration, regions: null }
  const lookup = lookUp(workload)
  const name = configuration.annotationNames.region
  const regions = [
    textAt(readAnnotations(workload.template.pod), name),
    lookup.kind === 'found' ? (lookup.serviceAccount.annotations[name] ?? '') : '',
    configuration.settings.region ?? '',
    configuration.parity.defaultRegion,
  ]
  return { configuration, regions: regions.filter((region) => region !== '') }
}

/** The pod as it was before the webhook; the same where it was never there. */
export function uninjectPod(raw: JsonObject, by: InjectedBy): JsonObject {
  const { configuration } = by
  const pod = readPod(raw)
  if (pod === null || pod.sizeProblem !== null) return raw
  const managed = new Map(
    pod.containers.map((container) => [
      container,
      readManagedParts(
        container,
        findVariable(container.variables, ROLE_VARIABLE)?.value ?? null,
        configuration,
      ),
    ]),
  )
  const without = { ...raw, spec: cleanSpec(pod, managed, by) }
  const metadata = cleanMetadata(pod, managed, configuration)
  return withKey(without, 'metadata', metadata)
}

function cleanSpec(
  pod: Pod,
  managed: ReadonlyMap<Container, ManagedParts>,
  { configuration, regions }: InjectedBy,
): JsonObject {
  const freed = new Set(unusedVolumes(pod, managed, new Set()))
  const volumes = pod.volumes
    .filter(
      ({ index, name, raw }) =>
        !(freed.has(index) && isObject(raw['projected'])) && !isReservedVolume(name),
    )
    .map(({ raw }) => raw)
  const clean = (container: Container) =>
    cleanContainer(container, managed.get(container), regions ?? [regionOfSidecar(pod)])
  const of = (list: Container['list']) =>
    pod.containers.filter((container) => container.list === list).map(clean)
  const secrets = cleanPullSecrets(pod.spec['imagePullSecrets'], configuration)
  const lists = [
    ['initContainers', of('initContainers')],
    ['containers', of('containers')],
    ['volumes', volumes],
    ['imagePullSecrets', secrets],
  ] as const
  return lists.reduce((spec, [key, list]) => withList(spec, key, list), pod.spec)
}

function regionOfSidecar({ sidecars }: Pod): string {
  const [sidecar] = sidecars
  return findVariable(sidecar?.variables ?? [], SIDECAR_VARIABLES.region)?.value ?? ''
}

function cleanContainer(
  container: Container,
  managed: ManagedParts | undefined,
  regions: readonly string[],
): JsonObject {
  const removed = new Set(managed?.mounts.filter(({ raw }) => raw['readOnly'] === true))
  const mounts = container.mounts
    .filter((mount) => !isReservedVolume(mount.volume) && !removed.has(mount))
    .map(({ raw }) => raw)
  const env = withoutAddedVariables(container, { managed: managed?.variables ?? [], regions })
  return withList(withList(container.raw, 'env', env), 'volumeMounts', mounts)
}

/** Those of the configuration stand at the end. */
function cleanPullSecrets(written: unknown, { settings }: Configuration): readonly unknown[] {
  if (!Array.isArray(written)) return []
  const ours = new Set(
    settings.sidecar.imagePullSecrets.map((secret) =>
      typeof secret === 'string' ? secret : secret.name,
    ),
  )
  const kept = written.findLastIndex(
    (secret) => !isObject(secret) || !ours.has(textAt(secret, 'name')),
  )
  return written.slice(0, kept + 1) as unknown[]
}

/** The labels may be somebody else's where nothing says that we have been there. */
function cleanMetadata(
  { metadata, sidecars }: Pod,
  managed: ReadonlyMap<Container, ManagedParts>,
  { stampName }: Configuration,
): JsonObject {
  const { [stampName]: stamp, ...annotations } = objectAt(metadata, 'annotations')
  const written = objectAt(metadata, 'labels')
  const { [SKIP_LABEL]: skip, ...withoutSkip } = written
  const isChain = sidecars.length > 0 || stamp !== undefined
  const labels = isChain && skip === 'true' ? withoutSkip : written
  const [name, value] = POD_IDENTITY_LABEL
  const { [name]: podIdentity, ...withoutPodIdentity } = labels
  const isManaged = [...managed.values()].some(({ variables }) => variables.length > 0)
  const cleaned = isManaged && podIdentity === value ? withoutPodIdentity : labels
  return withKey(withKey(metadata, 'annotations', annotations), 'labels', cleaned)
}

/** Without the key where the list has become empty, and as it was where nothing was taken. */
function withList(parent: JsonObject, key: string, list: readonly unknown[]): JsonObject {
  const before = parent[key]
  if (!Array.isArray(before) || before.length === list.length) {
    return Array.isArray(before) ? { ...parent, [key]: list } : parent
  }
  return withKey(parent, key, list)
}

function withKey(parent: JsonObject, key: string, value: object): JsonObject {
  const { [key]: before, ...rest } = parent
  if (before === undefined) return parent
  const isEmpty = Object.keys(value).length === 0
  const wasEmpty = isObject(before) && Object.keys(before).length === 0
  return isEmpty && !wasEmpty ? rest : { ...parent, [key]: value }
}
