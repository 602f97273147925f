/**
 * Which service account a pod runs as: from the cache, or by a live read where only that will do. Every answer has its
 * deadline.
 */
import type { ServiceAccount, ServiceAccountLookup } from '../core/vocabulary/service-account.ts'
import type { LiveRead } from './live-reads.ts'
import type { ServiceAccountCache } from './cache.ts'

export interface LookupRequest {
  readonly namespace: string
  readonly name: string
  /** How long the review can wait. */
  readonly mayTakeMs: number
}

export interface ServiceAccounts {
  /** What the cache holds, at once. */
  readonly readCached: (namespace: string, name: string) => ServiceAccount | undefined
  /** Read for this review; `unknown` when that failed or took too long. */
  readonly readLive: (request: LookupRequest) => Promise<ServiceAccountLookup>
  /**
   * For what the cache does not hold: a live read, or its arrival in the cache, whichever is first, within the grace
   * period. A definite 404 ends the wait; a failed read does not, since the watch may still bring it.
   */
  readonly awaitMissing: (request: LookupRequest) => Promise<ServiceAccountLookup>
}

export interface ServiceAccountParts {
  readonly cache: ServiceAccountCache
  readonly readLive: LiveRead
  readonly gracePeriodMs: number
}

export function createServiceAccounts(parts: ServiceAccountParts): ServiceAccounts {
  const { cache, readLive, gracePeriodMs } = parts
  return {
    readCached: cache.get,
    readLive: ({ namespace, name, mayTakeMs }) =>
      within(
        mayTakeMs,
        () => undefined,
        (settle) => {
          void readLive(namespace, name).then(settle)
          return () => undefined
        },
      ),
    awaitMissing: ({ namespace, name, mayTakeMs }) => {
      const waitMs = Math.min(gracePeriodMs, mayTakeMs)
      if (waitMs <= 0) {
        return Promise.resolve({ kind: 'unknown', why: 'The grace period for lookups is 0.' })
      }
      let failed: ServiceAccountLookup | undefined
      return within(
        waitMs,
        () => failed,
        (settle) => {
          void readLive(namespace, name).then((lookup) => {
            if (lookup.kind === 'unknown') failed = lookup
            else settle(lookup)
          })
          return cache.onceSeen(namespace, name, (serviceAccount) =>
            settle({ kind: 'found', serviceAccount }),
          )
        },
      )
    },
  }
}

/**
 * The first lookup that `start` settles with, or after `milliseconds` what is known of the failure. `start` returns how
 * to end what it began.
 */
function within(
  milliseconds: number,
  readFailure: () => ServiceAccountLookup | undefined,
  start: (settle: (lookup: ServiceAccountLookup) => void) => () => void,
): Promise<ServiceAccountLookup> {
  return new Promise((resolve) => {
    const end: { cleanUp?: () => void } = {}
    const settle = (lookup: ServiceAccountLookup) => {
      clearTimeout(timer)
      end.cleanUp?.()
      resolve(lookup)
    }
    const timer = setTimeout(() => {
      const why = `The Kubernetes API did not tell it within ${milliseconds} ms.`
      settle(readFailure() ?? { kind: 'unknown', why })
    }, milliseconds)
    end.cleanUp = start(settle)
  })
}
