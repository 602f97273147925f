/**
 * Service accounts read from the API server for one review. Reviews of the same service account share a read, but only
 * one that starts after they came: an older answer may lack what was annotated just before the pod was made. That one
 * waits for the read under way, so that there is no more than one of a service account at a time, unless that hangs.
 */
import type { ServiceAccountLookup } from '../core/vocabulary/service-account.ts'
import { toSentence } from '../../log/error-text.ts'
import type { KubernetesApi } from '../kubernetes/kubernetes-api.ts'
import { ApiError } from '../kubernetes/kubernetes-api.ts'
import { readObject } from './objects.ts'

export interface LiveReadParts {
  readonly api: KubernetesApi
  /** Full name of the label of which is told whether the service account has it. */
  readonly chainLabel: string
  readonly nowMs: () => number
  readonly sleep: (milliseconds: number) => Promise<unknown>
  readonly onRead: (outcome: ServiceAccountLookup['kind']) => void
}

/** Reads one service account; never rejects. */
export type LiveRead = (namespace: string, name: string) => Promise<ServiceAccountLookup>

/**
 * 50 at once and then 500 a second, for what has run wild; never for a rollout: at 50 a second, as the upstream
 * webhook's client has it, the last of 500 pods with service accounts of their own would wait 9 s, and the API server
 * waits 5. Each pod costs that several writes beside this one read, and Kubernetes is tested with about 100 pods a
 * second.
 */
const readsPerSecond = 500
const burst = 50
/** The API server answers such a read within milliseconds; two of these fit into a review of 5 s. */
const readTimeoutMs = 2000
/** A read that takes longer than this hangs. */
const patienceMs = 100

export function createLiveRead(parts: LiveReadParts): LiveRead {
  const running = new Map<string, Promise<ServiceAccountLookup>>()
  const waiting = new Map<string, Promise<ServiceAccountLookup>>()
  const takeTurn = createRateLimit(parts)

  async function readWhenDue(namespace: string, name: string): Promise<ServiceAccountLookup> {
    const key = `${namespace}/${name}`
    const underWay = running.get(key)
    if (underWay !== undefined) await Promise.race([underWay, parts.sleep(patienceMs)])
    await takeTurn()
    waiting.delete(key)
    const reading = readOnce(parts, namespace, name)
    running.set(key, reading)
    const lookup = await reading
    if (running.get(key) === reading) running.delete(key)
    parts.onRead(lookup.kind)
    return lookup
  }

  return (namespace, name) => {
    const key = `${namespace}/${name}`
    const shared = waiting.get(key) ?? readWhenDue(namespace, name)
    waiting.set(key, shared)
    return shared
  }
}

/**
 * A turn for each caller in order: the first `burst` at once, then evenly (a virtual schedule that may lag by the
 * burst).
 */
function createRateLimit({
  nowMs,
  sleep,
}: Pick<LiveReadParts, 'nowMs' | 'sleep'>): () => Promise<void> {
  const intervalMs = 1000 / readsPerSecond
  let scheduledMs = 0
  return async () => {
    scheduledMs = Math.max(scheduledMs, nowMs()) + intervalMs
    const waitMs = scheduledMs - burst * intervalMs - nowMs()
    if (waitMs > 0) await sleep(waitMs)
  }
}

async function readOnce(
  { api, chainLabel }: LiveReadParts,
  namespace: string,
  name: string,
): Promise<ServiceAccountLookup> {
  try {
    const object = await api.read({
      path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/serviceaccounts/${encodeURIComponent(name)}`,
      accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json;q=0.5',
      signal: AbortSignal.timeout(readTimeoutMs),
    })
    return {
      kind: 'found',
      serviceAccount: readObject(object, chainLabel).serviceAccount,
    }
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return { kind: 'missing' }
    return { kind: 'unknown', why: toSentence(error) }
  }
}
