/** From what the API server sends about service accounts to what the webhook keeps of them: names and annotations. */
import type { ServiceAccount } from '../core/vocabulary/service-account.ts'
import { ApiError } from '../kubernetes/kubernetes-api.ts'

interface SentObject {
  readonly metadata?: {
    readonly namespace?: unknown
    readonly name?: unknown
    readonly resourceVersion?: unknown
    readonly annotations?: unknown
    readonly labels?: unknown
  }
}

/** Whole manifests in an annotation of theirs: the largest thing in most service accounts, and of no use here. */
const uselessAnnotation = 'kubectl.kubernetes.io/last-applied-configuration'

const noAnnotations: Readonly<Record<string, string>> = Object.freeze({})

/**
 * The service account in an object of either form, whole or metadata only, and its resource version. `chainLabel` is
 * the label's full name.
 */
export function readObject(
  sent: unknown,
  chainLabel: string,
): { serviceAccount: ServiceAccount; version: string } {
  const metadata = ((sent ?? {}) as SentObject).metadata ?? {}
  const { namespace = '', name = '', resourceVersion } = metadata
  if (typeof namespace !== 'string' || typeof name !== 'string') throw unusable()
  if (typeof resourceVersion !== 'string') throw unusable()
  const annotations = readAnnotations(metadata.annotations)
  const serviceAccount: ServiceAccount =
    annotations === noAnnotations || hasLabel(metadata.labels, chainLabel)
      ? { namespace, name, annotations }
      : { namespace, name, annotations, lacksChainLabel: true }
  return { serviceAccount, version: resourceVersion }
}

export interface ListPage {
  readonly items: readonly ServiceAccount[]
  readonly version: string
  /** Token of the next page; empty on the last. */
  readonly next: string
}

/** One page of a list. */
export function readPage(sent: unknown, chainLabel: string): ListPage {
  const { items, metadata } = (sent ?? {}) as {
    items?: unknown
    metadata?: { resourceVersion?: unknown; continue?: unknown }
  }
  const version = metadata?.resourceVersion
  // An empty list may be null: Go writes nil slices so.
  if (typeof version !== 'string' || !Array.isArray(items ?? [])) throw unusable()
  return {
    items: ((items ?? []) as unknown[]).map((item) => readObject(item, chainLabel).serviceAccount),
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

function hasLabel(sent: unknown, name: string): boolean {
  return (
    typeof sent === 'object' &&
    sent !== null &&
    Object.hasOwn(sent, name) &&
    (sent as Record<string, unknown>)[name] === 'true'
  )
}

function unusable(): ApiError {
  return new ApiError(500, 'The API server sent something that is not a service account.')
}
