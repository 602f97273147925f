/** One ConfigMap, kept up to date by list and watch. It does not know what the ConfigMap is for. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../log.ts'
import { toSentence } from '../log.ts'
import type { KubernetesApi, WatchEvent } from './kubernetes-api.ts'
import { ApiError } from './kubernetes-api.ts'
import { readStatus } from './service-account-objects.ts'

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
/** The API server ends a watch after this many seconds; a connection that hangs is cut shortly after. */
const watchSeconds = 300
const longestDelayMs = 30_000

/** Starts to read, and goes on until the returned function is called: what was told stays while the API server is away. */
export function watchConfigMap(watch: ConfigMapWatch): () => Promise<void> {
  const { api, namespace, name, onData, log, random, firstDelayMs = 200 } = watch
  const stopping = new AbortController()
  const path = `/api/v1/namespaces/${namespace}/configmaps?fieldSelector=metadata.name%3D${name}`
  let position: string | undefined
  let failures = 0

  async function list(): Promise<void> {
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(30_000)])
    const { items, metadata } = (await api.read({ path, accept, signal })) as SentList
    position = metadata?.resourceVersion
    onData(toData(items?.[0]))
  }

  function take({ type, object }: WatchEvent): void {
    if (type === 'ERROR') throw readStatus(object)
    failures = 0
    const sent = object as SentConfigMap
    if (type === 'DELETED') onData(undefined)
    if (type === 'ADDED' || type === 'MODIFIED') onData(toData(sent))
    position = sent.metadata?.resourceVersion
  }

  async function step(): Promise<void> {
    if (position === undefined) await list()
    await api.watch(
      {
        path: `${path}&watch=true&allowWatchBookmarks=true&timeoutSeconds=${watchSeconds}&resourceVersion=${position ?? ''}`,
        accept,
        signal: AbortSignal.any([stopping.signal, AbortSignal.timeout((watchSeconds + 30) * 1000)]),
      },
      take,
    )
    // Were each watch to end at once, this would become a flood of requests.
    await pause(firstDelayMs)
  }

  function recover(error: unknown): Promise<void> {
    const isGone = error instanceof ApiError && error.status === 410
    if (isGone || failures >= 5) position = undefined
    const delayMs = Math.min(longestDelayMs, firstDelayMs * 2 ** failures) * (0.5 + random() / 2)
    failures += 1
    log(
      isGone ? 'debug' : 'warn',
      `Reading the ConfigMap ${namespace}/${name} failed: ${toSentence(error)} Trying again; until then what it said before stays in use.`,
    )
    return pause(delayMs)
  }

  function pause(milliseconds: number): Promise<void> {
    return sleep(milliseconds, undefined, { signal: stopping.signal }).catch(() => undefined)
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await step()
      } catch (error) {
        if (!stopping.signal.aborted) await recover(error)
      }
    }
  }

  const running = run()
  return () => {
    stopping.abort()
    return running
  }
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
