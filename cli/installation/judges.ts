/** What pods are judged by, from files and, where that is asked for, from the cluster. */
import type {
  Configuration,
  KubernetesVersion,
} from '../../webhook/core/configuration/configuration.ts'
import type { ServiceAccountLookup } from '../../webhook/core/vocabulary/service-account.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { connect } from '../cluster/connect.ts'
import type { ClusterChoice } from '../cluster/kubeconfig.ts'
import type { Hints, Judges, Workload } from '../core/inject/inject.ts'
import { lookUpAmong, readServiceAccount } from '../core/judgement/service-accounts.ts'
import type { ManifestObject } from '../core/manifests/manifest.ts'
import { readTexts, toManifest } from '../files/files.ts'
import { unreachable } from '../output/exit-codes.ts'
import type { Surroundings } from '../output/surroundings.ts'
import { readInstallation } from './installation.ts'
import { fetchInstallation } from './installed.ts'

export interface JudgeOptions extends ClusterChoice {
  readonly namespace?: string | undefined
  readonly config?: string | undefined
  readonly cluster?: true | undefined
  readonly kubernetesVersion: KubernetesVersion
  /** What to go by where no configuration is given, or whoever asks may not see it; without it, that is an error. */
  readonly assumed?: string | undefined
}

export interface Judging extends Judges {
  /** Whether the configuration is that of somebody, and not all defaults. */
  readonly isConfigurationKnown: boolean
  /** Where it comes from, for people. */
  readonly source: string
  /** Undefined where no cluster is asked. */
  readonly cluster: Cluster | undefined
}

/** What is not in files may be in the cluster. */
const HINTS_FOR_FILES: Hints = {
  service_account_missing: {
    hint: 'Add its manifest with -f, or use --cluster where it is in the cluster; or correct serviceAccountName.',
  },
  sidecar_image_missing: {
    hint: 'Give the configuration of the webhook with --config or --cluster; in the values of the chart, configuration.sidecar.image.',
  },
}

/** A namespace for objects that name none: that of the options, else that of the context, else `default`. */
export async function openJudging(
  options: JudgeOptions,
  surroundings: Surroundings,
): Promise<Omit<Judging, 'lookUp'> & { readonly namespace: string }> {
  const cluster = options.cluster === true ? await connect(options, surroundings) : undefined
  const namespace = options.namespace ?? cluster?.access.namespace ?? 'default'
  const common = { cluster, namespace, hints: cluster === undefined ? HINTS_FOR_FILES : {} }
  if (options.config !== undefined) {
    const configuration = await readConfig(options.config, options, surroundings)
    return { configuration, isConfigurationKnown: true, source: options.config, ...common }
  }
  if (cluster !== undefined) {
    const configuration = await fetchConfiguration(cluster, options)
    if (configuration !== null) {
      return { configuration, isConfigurationKnown: true, source: cluster.access.server, ...common }
    }
    surroundings.stderr(
      'rolechain: The configuration of the webhook cannot be seen in the cluster; its defaults are assumed. Give it with --config.\n',
    )
  }
  const configuration = await readInstallation({
    objects: [],
    settingsText: options.assumed,
    kubernetesVersion: options.kubernetesVersion,
    source: 'the defaults',
  })
  return { configuration, isConfigurationKnown: false, source: 'defaults', ...common }
}

/** Null where it cannot be seen, and something is assumed instead. */
async function fetchConfiguration(
  cluster: Cluster,
  { assumed }: JudgeOptions,
): Promise<Configuration | null> {
  const configuration = await fetchInstallation(cluster).catch((error: unknown) => {
    const isRefused = error instanceof Error && error.name === 'RefusedError'
    if (isRefused && assumed !== undefined) return null
    throw error
  })
  if (configuration !== null || assumed !== undefined) return configuration
  throw unreachable(
    `No rolechain is installed in the cluster ${cluster.access.server}, as far as can be seen (a Deployment with the label app.kubernetes.io/name=rolechain); install it, or give its configuration with --config.`,
  )
}

/** The configuration file itself, or manifests that hold it. */
async function readConfig(
  path: string,
  { kubernetesVersion }: JudgeOptions,
  surroundings: Surroundings,
): Promise<Configuration> {
  const texts = await readTexts([path], surroundings)
  const [first] = texts
  const isManifest = texts.length > 1 || /^kind:/m.test(first?.text ?? '')
  const objects = isManifest
    ? texts.flatMap(({ source, text }) =>
        toManifest(source, text).objects.map(({ value }) => value),
      )
    : []
  return readInstallation({
    objects,
    ...(isManifest ? {} : { settingsText: first?.text }),
    kubernetesVersion,
    source: path,
  })
}

/**
 * Finds the service accounts of all these workloads: among the objects that come with them first, since they are what
 * will be applied.
 */
export async function lookUpFor(
  workloads: readonly Workload[],
  {
    objects,
    configuration,
    cluster,
    namespace,
  }: {
    readonly objects: readonly ManifestObject[]
    readonly configuration: Configuration
    readonly cluster: Cluster | undefined
    readonly namespace: string
  },
): Promise<Judges['lookUp']> {
  const prefix = configuration.chainAnnotationPrefix
  const own = objects
    .filter(({ kind }) => kind === 'ServiceAccount')
    .map(({ value }) => readServiceAccount(value, { prefix, namespace }))
  const isOwn = (asked: { readonly namespace: string; readonly name: string }) =>
    own.some((one) => one.namespace === asked.namespace && one.name === asked.name)
  const fetched = new Map<string, ServiceAccountLookup>()
  for (const workload of workloads) {
    const asked = { namespace: workload.namespace, name: workload.serviceAccountName }
    const key = `${asked.namespace}/${asked.name}`
    if (cluster === undefined || isOwn(asked) || fetched.has(key)) continue
    fetched.set(key, await fetchServiceAccount(cluster, asked, prefix))
  }
  return (workload) => {
    const asked = { namespace: workload.namespace, name: workload.serviceAccountName }
    return fetched.get(`${asked.namespace}/${asked.name}`) ?? lookUpAmong(own, asked)
  }
}

async function fetchServiceAccount(
  cluster: Cluster,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  prefix: string,
): Promise<ServiceAccountLookup> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/serviceaccounts/${encodeURIComponent(name)}`
  const object = await cluster.read(path)
  return object === null
    ? { kind: 'missing' }
    : { kind: 'found', serviceAccount: readServiceAccount(object, { prefix, namespace }) }
}
