/** The decision about one pod, from the raw pod to the verdict: the entry to all of `core/`. */
import type { Configuration } from './configuration.ts'
import type { ServiceAccount, ServiceAccountLookup } from './service-account.ts'
import type { Verdict } from './verdict.ts'

/** What the API server asks about. */
export interface PodAdmission {
  /** The request's namespace, whatever the pod says. */
  readonly namespace: string
  /** The pod as it came, raw JSON, never retyped. */
  readonly pod: unknown
  /** The review came by the entry `enforce`: without knowing the service account the pod is denied, not admitted. */
  readonly isEnforced?: boolean
}

/**
 * How the pod's service account has to be looked up.
 *
 *   none   | the pod is left alone whatever its service account says
 *   cached | the cache will do, unless {@link needsLiveRead} says otherwise about what it holds
 *   live   | the pod asks for a target: a stale answer would make another chain
 */
export type LookupKind = 'none' | 'cached' | 'live'

export function decideLookup(_admission: PodAdmission, _configuration: Configuration): LookupKind {
  return 'cached'
}

/** The name of the pod's service account; `default` when the pod names none. */
export function readServiceAccountName(_pod: unknown): string {
  return 'default'
}

/** Says whether a cached service account has to be read again, live: it carries a chain, or did when it was cached. */
export function needsLiveRead(
  _serviceAccount: ServiceAccount,
  _configuration: Configuration,
): boolean {
  return false
}

/** Judges a pod. Never throws, whatever the pod's JSON is; takes no look at anything but its arguments. */
export function mutate(
  _admission: PodAdmission,
  _lookup: ServiceAccountLookup,
  _configuration: Configuration,
): Verdict {
  return { kind: 'allowed', mode: 'skip', reasons: ['no_role'], warnings: [], auditAnnotations: {} }
}
