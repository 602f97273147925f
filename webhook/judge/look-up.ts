/** Finds a pod's service account: what pods and pod templates have in common. */
import type { Configuration } from '../core/configuration/configuration.ts'
import type { LookupDecision, PodAdmission } from '../core/mutate.ts'
import type { ServiceAccount, ServiceAccountLookup } from '../core/vocabulary/service-account.ts'
import type { Verdict } from '../core/review/verdict.ts'
import type { ServiceAccounts } from '../service-accounts/service-accounts.ts'

/** The decisions of the core. */
export interface Decisions {
  readonly readServiceAccountName: (pod: unknown) => string
  readonly decideLookup: (
    admission: PodAdmission,
    cached: ServiceAccount | undefined,
    configuration: Configuration,
  ) => LookupDecision
  readonly mutate: (
    admission: PodAdmission,
    lookup: ServiceAccountLookup,
    configuration: Configuration,
  ) => Verdict
}

/** What lookups are made with. */
export interface LookupParts {
  readonly decisions: Decisions
  readonly serviceAccounts: ServiceAccounts
}

/** A pod to judge, or what a template makes. */
export interface JudgeRequest {
  readonly admission: PodAdmission
  readonly configuration: Configuration
  /** How long the API server still waits. */
  readonly mayTakeMs: number
}

/** For pods that are left alone whatever their service account says. */
export const UNNEEDED: ServiceAccountLookup = {
  kind: 'unknown',
  why: 'The pod does not need it.',
}

/** How to look up the service account, its name, and what the cache holds of it. */
export interface LookupPlan extends LookupDecision {
  readonly name: string
  readonly cached: ServiceAccount | undefined
}

/** Asks the cache and the core. */
export function planLookup(
  { decisions, serviceAccounts }: LookupParts,
  { admission, configuration }: JudgeRequest,
): LookupPlan {
  const name = decisions.readServiceAccountName(admission.pod)
  const cached = serviceAccounts.readCached(admission.namespace, name)
  return { name, cached, ...decisions.decideLookup(admission, cached, configuration) }
}
