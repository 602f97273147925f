/** Workloads that were refused pods, and are not there any more: the cluster keeps their events for an hour. */
import { objectAt, textAt, type JsonObject } from '../../../webhook/core/formats/json.ts'
import { RefusedError, type Cluster } from '../cluster.ts'

/** What makes pods: group, version and plural, by kind. */
const MAKERS: Readonly<Record<string, string>> = {
  ReplicaSet: 'apps/v1/replicasets',
  StatefulSet: 'apps/v1/statefulsets',
  DaemonSet: 'apps/v1/daemonsets',
  Job: 'batch/v1/jobs',
}

/** More are not asked for, and count as there. */
const MAKERS_AT_MOST = 100

/** The path of whoever could not make a pod; undefined of all other events. */
function makerOf(event: JsonObject): string | undefined {
  if (textAt(event, 'reason') !== 'FailedCreate') return undefined
  const about = objectAt(event, 'involvedObject')
  const [group, version, plural] = MAKERS[textAt(about, 'kind')]?.split('/') ?? []
  if (plural === undefined) return undefined
  const namespace = encodeURIComponent(textAt(about, 'namespace'))
  const name = encodeURIComponent(textAt(about, 'name'))
  return `/apis/${group}/${version}/namespaces/${namespace}/${plural}/${name}`
}

/** One that may not be read is not known to be gone. */
async function isGone(cluster: Cluster, path: string): Promise<boolean> {
  try {
    return (await cluster.read(path)) === null
  } catch (error) {
    if (error instanceof RefusedError) return false
    throw error
  }
}

/** The events without those of workloads that are gone. */
export async function withoutGoneWorkloads(
  cluster: Cluster,
  events: readonly JsonObject[],
): Promise<readonly JsonObject[]> {
  const paths = [...new Set(events.flatMap((event) => makerOf(event) ?? []))]
  const gone = new Set<string | undefined>()
  await Promise.all(
    paths.slice(0, MAKERS_AT_MOST).map(async (path) => {
      if (await isGone(cluster, path)) gone.add(path)
    }),
  )
  return events.filter((event) => !gone.has(makerOf(event)))
}
