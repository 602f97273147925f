/** From what the API server sends about service accounts to what the webhook keeps of them: names and annotations. */
import type { ServiceAccount } from '../core/service-account.ts'
import { ApiError } from './kubernetes-api.ts'

interface SentObject {
  readonly metadata?: {
    readonly namespace?: unknown
    readonly name?: unknown
    readonly resourceVersion?: unknown
    readonly annotations?: unknown
  }
}

/** Whole manifests in an annotation of theirs: the largest thing in most service accounts, and of no use here. */
const uselessAnnotation = 'kubectl.kubernetes.io/last-applied-configuration'

const noAnnotations: Readonly<Record<string, string>> = Object.freeze({})

/** The service account in an object of either form, whole or metadata only, and its resource version. */
export function readObject(sent: unknown): { serviceAccount: ServiceAccount; version: string } {
  const { metadata } = (sent ?? {}) as SentObject
  const { namespace = '', name = '', resourceVersion } = metadata ?? {}
  if (typeof namespace !== 'string' || typeof name !== 'string') throw unusable()
  if (typeof resourceVersion !== 'string') throw unusable()
  const annotations = readAnnotations(metadata?.annotations)
  return { serviceAccount: { namespace, name, annotations }, version: resourceVersion }
}

export interface ListPage {
  readonly items: readonly ServiceAccount[]
  readonly version: string
  /** Token of the next page; empty on the last. */
  readonly next: string
}

/** One page of a list. */
export function readPage(sent: unknown): ListPage {
  const { items, metadata } = (sent ?? {}) as {
    items?: unknown
    metadata?: { resourceVersion?: unknown; continue?: unknown }
  }
  const version = metadata?.resourceVersion
  // An empty list may be null: Go writes nil slices so.
  if (typeof version !== 'string' || !Array.isArray(items ?? [])) throw unusable()
  return {
    items: ((items ?? []) as unknown[]).map((item) => readObject(item).serviceAccount),
    version,
    next: typeof metadata?.continue === 'string' ? metadata.continue : '',
  }
}

/** What names a service account among all of a cluster. */
export function keyOf(serviceAccount: {
  readonly namespace: string
  readonly name: string
}): string {
  return `${serviceAccount.namespace}/${serviceAccount.name}`
}

function readAnnotations(sent: unknown): Readonly<Record<string, string>> {
  if (typeof sent !== 'object' || sent === null) return noAnnotations
  const kept = Object.entries(sent as Record<string, string>).filter(
    ([key, value]) => key !== uselessAnnotation && typeof value === 'string',
  )
  return kept.length === 0 ? noAnnotations : Object.fromEntries(kept)
}

function unusable(): ApiError {
  return new ApiError(500, 'The API server sent something that is not a service account.')
}
