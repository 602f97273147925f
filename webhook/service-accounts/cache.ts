/**
 * All service accounts of the cluster, kept up to date by list and watch. It holds annotations only, asks for metadata
 * only, and never gives up: what it holds stays while the API server is away.
 */
import type { ServiceAccount } from '../core/vocabulary/service-account.ts'
import type { Log } from '../log/events.ts'
import type { KubernetesApi, WatchEvent } from '../kubernetes/kubernetes-api.ts'
import { listAndWatch } from '../kubernetes/list-and-watch.ts'
import { keyOf, readObject, readPage } from './objects.ts'

export interface ServiceAccountCache {
  readonly get: (namespace: string, name: string) => ServiceAccount | undefined
  readonly size: () => number
  /** Whether any of them is as asked. */
  readonly some: (predicate: (serviceAccount: ServiceAccount) => boolean) => boolean
  readonly list: () => Iterable<ServiceAccount>
  /** Whether the list has been read at least once. */
  readonly isRead: () => boolean
  /** Calls back once when this service account appears; returns how to stop waiting. */
  readonly onceSeen: (
    namespace: string,
    name: string,
    callback: (serviceAccount: ServiceAccount) => void,
  ) => () => void
  readonly stop: () => Promise<void>
}

export interface CacheParts {
  readonly api: KubernetesApi
  readonly log: Log
  /** Full name of the label of which is kept whether service accounts have it. */
  readonly chainLabel: string
  /** In [0, 1); spreads the reconnects of replicas. */
  readonly random: () => number
  /** Milliseconds before the first retry, doubled up to 30 s; 200 unless told. */
  readonly firstDelayMs?: number
}

const path = '/api/v1/serviceaccounts'
/** One page of metadata is below 500 KB, and 20,000 service accounts take 40 requests. */
const pageSize = 500
/** For the few whose service accounts have large annotations. */
const pageLimitBytes = 64 * 1024 * 1024
const accept = (kind: string) =>
  `application/json;as=${kind};g=meta.k8s.io;v=v1,application/json;q=0.5`

/** Starts to read, and goes on until stopped. */
export function startServiceAccountCache(parts: CacheParts): ServiceAccountCache {
  const { api, log, chainLabel } = parts
  const waiting = new Map<string, Set<(serviceAccount: ServiceAccount) => void>>()
  let held = new Map<string, ServiceAccount>()
  let isRead = false

  function tell(key: string, serviceAccount: ServiceAccount): void {
    const callbacks = waiting.get(key)
    waiting.delete(key)
    for (const callback of callbacks ?? []) callback(serviceAccount)
  }

  async function list(stopping: AbortSignal): Promise<string> {
    const found = new Map<string, ServiceAccount>()
    let next = ''
    let version: string
    do {
      const page = readPage(
        await api.read({
          path: `${path}?limit=${pageSize}${next === '' ? '' : `&continue=${encodeURIComponent(next)}`}`,
          accept: accept('PartialObjectMetadataList'),
          signal: AbortSignal.any([stopping, AbortSignal.timeout(30_000)]),
          limitBytes: pageLimitBytes,
        }),
        chainLabel,
      )
      for (const serviceAccount of page.items) found.set(keyOf(serviceAccount), serviceAccount)
      version = page.version
      next = page.next
    } while (next !== '')
    held = found
    for (const key of waiting.keys()) {
      const serviceAccount = held.get(key)
      if (serviceAccount !== undefined) tell(key, serviceAccount)
    }
    if (!isRead) log('service_accounts_read', `Read ${held.size} service accounts.`)
    isRead = true
    return version
  }

  function take({ type, object }: WatchEvent): string {
    const { serviceAccount, version } = readObject(object, chainLabel)
    if (type === 'DELETED') held.delete(keyOf(serviceAccount))
    if (type === 'ADDED' || type === 'MODIFIED') {
      const key = keyOf(serviceAccount)
      held.set(key, serviceAccount)
      tell(key, serviceAccount)
    }
    return version
  }

  const stop = listAndWatch({
    ...parts,
    path,
    accept: accept('PartialObjectMetadata'),
    list,
    take,
    describe: (failure) =>
      `Reading service accounts failed: ${failure} Trying again; until then ${held.size} that are known stay in use.`,
  })
  return {
    get: (namespace, name) => held.get(`${namespace}/${name}`),
    size: () => held.size,
    some: (predicate) => [...held.values()].some(predicate),
    list: () => held.values(),
    isRead: () => isRead,
    onceSeen: (namespace, name, callback) => {
      const key = `${namespace}/${name}`
      const callbacks = waiting.get(key) ?? new Set()
      waiting.set(key, callbacks.add(callback))
      return () => {
        callbacks.delete(callback)
        if (callbacks.size === 0 && waiting.get(key) === callbacks) waiting.delete(key)
      }
    },
    stop,
  }
}
