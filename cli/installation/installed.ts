/** The installation of a cluster: found by the label of its chart, wherever it is. */
import type {
  Configuration,
  KubernetesVersion,
} from '../../webhook/core/configuration/configuration.ts'
import { objectAt, textAt, type JsonObject } from '../../webhook/core/formats/json.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { CHART_LABEL } from '../core/installation/installation.ts'
import { readInstallation } from './installation.ts'

/** What is installed. */
export interface Installed {
  readonly namespace: string
  readonly deployment: JsonObject
  /** All ConfigMaps of its namespace. */
  readonly configMaps: readonly JsonObject[]
}

/** Null where there is none. */
export async function findInstalled(cluster: Cluster): Promise<Installed | null> {
  const [name, value] = CHART_LABEL
  const deployments = await cluster.list(
    `/apis/apps/v1/deployments?labelSelector=${encodeURIComponent(`${name}=${value}`)}`,
  )
  const [deployment] = deployments
  if (deployment === undefined) return null
  const namespace = textAt(objectAt(deployment, 'metadata'), 'namespace')
  const configMaps = await cluster.list(
    `/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps`,
  )
  return { namespace, deployment, configMaps }
}

/** The configuration of the installed webhook; null where there is none. */
export async function fetchInstallation(cluster: Cluster): Promise<Configuration | null> {
  const installed = await findInstalled(cluster)
  if (installed === null) return null
  return readInstallation({
    // Items of a list have no kind of their own.
    objects: [
      { ...installed.deployment, kind: 'Deployment' },
      ...installed.configMaps.map((map) => ({ ...map, kind: 'ConfigMap' })),
    ],
    kubernetesVersion: await fetchVersion(cluster),
    source: cluster.access.server,
  })
}

/** Null where it cannot be read. */
export async function fetchVersion(cluster: Cluster): Promise<KubernetesVersion | null> {
  const answer = (await cluster.read('/version')) ?? {}
  const version = {
    major: parseInt(textAt(answer, 'major'), 10),
    minor: parseInt(textAt(answer, 'minor'), 10),
  }
  return Number.isNaN(version.major) || Number.isNaN(version.minor) ? null : version
}
