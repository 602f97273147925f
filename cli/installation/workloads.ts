/** Workloads of a cluster by their names, as kubectl knows them, and the pods that run for them. */
import {
  isObject,
  objectAt,
  readObjectsAt,
  textAt,
  type JsonObject,
} from '../../webhook/core/formats/json.ts'
import { SIDECAR_CONTAINER_NAME } from '../../sidecar/contract.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { PodWithLog } from '../core/explain/running.ts'
import { usedWrongly } from '../output/exit-codes.ts'

/** A kind of objects with pods. */
interface WorkloadKind {
  readonly kind: string
  readonly api: string
  readonly plural: string
  /** Names that kubectl takes besides. */
  readonly aliases: readonly string[]
}

const KINDS: readonly WorkloadKind[] = [
  { kind: 'Pod', api: '/api/v1', plural: 'pods', aliases: ['po'] },
  { kind: 'Deployment', api: '/apis/apps/v1', plural: 'deployments', aliases: ['deploy'] },
  { kind: 'StatefulSet', api: '/apis/apps/v1', plural: 'statefulsets', aliases: ['sts'] },
  { kind: 'DaemonSet', api: '/apis/apps/v1', plural: 'daemonsets', aliases: ['ds'] },
  { kind: 'ReplicaSet', api: '/apis/apps/v1', plural: 'replicasets', aliases: ['rs'] },
  { kind: 'Job', api: '/apis/batch/v1', plural: 'jobs', aliases: [] },
  { kind: 'CronJob', api: '/apis/batch/v1', plural: 'cronjobs', aliases: ['cj'] },
]

/** Pods of one workload that are looked at. */
const POD_LIMIT = 5

/** Lines of a log that hold the last word on each target. */
const TAIL_LINES = '500'

/** What `kind/name` names; throws a sentence where there is no such kind or object. */
export async function fetchWorkload(
  cluster: Cluster,
  reference: string,
  namespace: string,
): Promise<JsonObject> {
  const [, written = '', name = ''] = /^([A-Za-z]+)\/(.+)$/.exec(reference) ?? []
  const lower = written.toLowerCase()
  const found = KINDS.find(
    ({ kind, plural, aliases }) =>
      kind.toLowerCase() === lower || plural === lower || aliases.includes(lower),
  )
  if (found === undefined) {
    const names = KINDS.map(({ kind }) => kind.toLowerCase()).join(', ')
    throw usedWrongly(`'${reference}' names no workload; write pod/name or another of ${names}.`)
  }
  const object = await cluster.read(
    `${found.api}/namespaces/${encodeURIComponent(namespace)}/${found.plural}/${encodeURIComponent(name)}`,
  )
  if (object !== null) return { ...object, kind: found.kind }
  throw usedWrongly(
    `There is no ${found.kind.toLowerCase()} ${name} in namespace ${namespace} of ${cluster.access.server}; name the namespace with -n.`,
  )
}

/** The pods of a workload that are there, a few of them, each with the log of its sidecar. */
export async function fetchPods(
  cluster: Cluster,
  workload: JsonObject,
  namespace: string,
): Promise<readonly PodWithLog[]> {
  const pods = await podsOf(cluster, workload, namespace)
  return Promise.all(
    pods
      .slice(0, POD_LIMIT)
      .map(async (pod) => ({ pod, log: await fetchLog(cluster, pod, namespace) })),
  )
}

async function podsOf(
  cluster: Cluster,
  workload: JsonObject,
  namespace: string,
): Promise<readonly JsonObject[]> {
  if (workload['kind'] === 'Pod') return [workload]
  const labels = objectAt(objectAt(objectAt(workload, 'spec'), 'selector'), 'matchLabels')
  if (Object.keys(labels).length === 0) return []
  const selector = Object.entries(labels)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(',')
  return cluster.list(
    `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods?labelSelector=${encodeURIComponent(selector)}`,
  )
}

/** Undefined where there is none, or none that whoever asks may read. */
async function fetchLog(
  cluster: Cluster,
  pod: JsonObject,
  namespace: string,
): Promise<string | undefined> {
  const containers = readObjectsAt(objectAt(pod, 'spec'), 'initContainers', (one) =>
    textAt(one, 'name'),
  )
  if (!containers.includes(SIDECAR_CONTAINER_NAME)) return undefined
  const name = encodeURIComponent(textAt(objectAt(pod, 'metadata'), 'name'))
  const query = `container=${SIDECAR_CONTAINER_NAME}&tailLines=${TAIL_LINES}`
  const answer = await cluster.ask({
    path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${name}/log?${query}`,
  })
  return answer.status === 200 ? answer.text : undefined
}

/** What keeps the controller from making pods: its own words. Undefined where nothing does, or a pod came since. */
export async function fetchRefusal(
  cluster: Cluster,
  workload: JsonObject,
  { namespace, pods }: { readonly namespace: string; readonly pods: readonly PodWithLog[] },
): Promise<string | undefined> {
  const failing = readObjectsAt(
    objectAt(workload, 'status'),
    'conditions',
    (condition) => condition,
  ).find((condition) => condition['type'] === 'ReplicaFailure' && condition['status'] === 'True')
  if (failing !== undefined) return textAt(failing, 'message')
  if (workload['kind'] === 'Pod' || workload['kind'] === 'Deployment') return undefined
  const name = textAt(objectAt(workload, 'metadata'), 'name')
  const selector = encodeURIComponent(`involvedObject.name=${name},reason=FailedCreate`)
  const answer = await cluster.ask({
    path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/events?fieldSelector=${selector}`,
  })
  const events = isObject(answer.body) ? readObjectsAt(answer.body, 'items', (event) => event) : []
  const made = pods.map(({ pod }) => textAt(objectAt(pod, 'metadata'), 'creationTimestamp'))
  return events
    .filter((event) => made.every((time) => time <= textAt(event, 'lastTimestamp')))
    .toSorted((one, other) =>
      textAt(one, 'lastTimestamp').localeCompare(textAt(other, 'lastTimestamp')),
    )
    .map((event) => textAt(event, 'message'))
    .at(-1)
}

/** URL of the issuer of the cluster's tokens; undefined where it does not tell. */
export async function fetchIssuer(cluster: Cluster): Promise<string | undefined> {
  const answer = await cluster.ask({ path: '/.well-known/openid-configuration' })
  const issuer = isObject(answer.body) ? textAt(answer.body, 'issuer') : ''
  return issuer === '' ? undefined : issuer
}
