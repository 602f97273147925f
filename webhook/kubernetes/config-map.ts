/** One ConfigMap, kept up to date by list and watch. It does not know what the ConfigMap is for. */
import type { Log } from '../log/events.ts'
import type { KubernetesApi } from './kubernetes-api.ts'
import { listAndWatch } from './list-and-watch.ts'

export type ConfigMapData = Readonly<Record<string, string>>

export interface ConfigMapWatch {
  readonly api: KubernetesApi
  readonly namespace: string
  readonly name: string
  /** Told after the first look, and whenever it may have changed; undefined while there is none. */
  readonly onData: (data: ConfigMapData | undefined) => void
  readonly log: Log
  /** In [0, 1); spreads the reconnects of replicas. */
  readonly random: () => number
  /** Milliseconds before the first retry, doubled up to 30 s; 200 unless told. */
  readonly firstDelayMs?: number
}

const accept = 'application/json'

/**
 * Starts to read, and goes on until the returned function is called: what was told stays while the API server is away.
 */
export function watchConfigMap(watch: ConfigMapWatch): () => Promise<void> {
  const { api, namespace, name, onData, log, random, firstDelayMs } = watch
  const path = `/api/v1/namespaces/${namespace}/configmaps?fieldSelector=metadata.name%3D${name}`
  return listAndWatch({
    api,
    path,
    accept,
    log,
    random,
    firstDelayMs,
    list: async (stopping) => {
      const signal = AbortSignal.any([stopping, AbortSignal.timeout(30_000)])
      const { items, metadata } = (await api.read({ path, accept, signal })) as SentList
      onData(toData(items?.[0]))
      return metadata?.resourceVersion
    },
    take: ({ type, object }) => {
      const sent = object as SentConfigMap
      if (type === 'DELETED') onData(undefined)
      if (type === 'ADDED' || type === 'MODIFIED') onData(toData(sent))
      return sent.metadata?.resourceVersion
    },
    describe: (failure) =>
      `Reading the ConfigMap ${namespace}/${name} failed: ${failure} Trying again; until then what it said before stays in use.`,
  })
}

interface SentConfigMap {
  readonly metadata?: { readonly resourceVersion?: string }
  readonly data?: ConfigMapData | null
}

interface SentList {
  readonly items?: readonly SentConfigMap[] | null
  readonly metadata?: { readonly resourceVersion?: string }
}

function toData(sent: SentConfigMap | undefined): ConfigMapData | undefined {
  return sent === undefined ? undefined : (sent.data ?? {})
}
