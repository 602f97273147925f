/**
 * How the API server writes things: metadata-only forms that clients negotiate, list pages, watch events and `Status`
 * errors.
 */
import type { StoredServiceAccount } from './store.ts'

/**
 * Whether the client's first choice is the metadata of objects alone (`as=PartialObjectMetadata…` of `meta.k8s.io`).
 */
export function wantsMetadataOnly(accept: string | undefined): boolean {
  return /^application\/json;[^,]*\bas=PartialObjectMetadata(List)?\b/.test(accept ?? '')
}

/** One object as the client asked for it. */
export function toWire(object: StoredServiceAccount, isMetadataOnly: boolean): object {
  if (!isMetadataOnly) return object
  return {
    apiVersion: 'meta.k8s.io/v1',
    kind: 'PartialObjectMetadata',
    metadata: object.metadata,
  }
}

export interface Page {
  readonly items: readonly StoredServiceAccount[]
  readonly version: number
  /** Where the next page begins; undefined on the last. */
  readonly next: number | undefined
  readonly remaining: number
}

/** One page of a list, with the opaque token that asks for the next. */
export function toWireList(page: Page, isMetadataOnly: boolean): object {
  const token =
    page.next === undefined
      ? undefined
      : Buffer.from(JSON.stringify({ at: page.next, version: page.version })).toString('base64url')
  return {
    apiVersion: isMetadataOnly ? 'meta.k8s.io/v1' : 'v1',
    kind: isMetadataOnly ? 'PartialObjectMetadataList' : 'ServiceAccountList',
    metadata: {
      resourceVersion: String(page.version),
      ...(token === undefined ? {} : { continue: token, remainingItemCount: page.remaining }),
    },
    // Items of a typed list carry neither apiVersion nor kind.
    items: page.items.map((item) =>
      isMetadataOnly ? toWire(item, true) : { ...item, apiVersion: undefined, kind: undefined },
    ),
  }
}

/** What {@link toWireList} put into a token. */
export function readContinueToken(token: string): { at: number; version: number } {
  return JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as {
    at: number
    version: number
  }
}

/** A `Status` of failure, the body of every error answer and of `ERROR` events in a watch. */
export function failureStatus(code: number, reason: string, message: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Status',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    code,
  }
}
