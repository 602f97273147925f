/** Judges one pod, from lookup to verdict: asks the pure core what it needs, and gets that. It catches nothing. */
import type { ServiceAccountLookup, UnknownMeans } from '../core/vocabulary/service-account.ts'
import type { Verdict } from '../core/review/verdict.ts'
import { quietly } from '../log/quietly.ts'
import type { ServiceAccounts } from '../service-accounts/service-accounts.ts'
import {
  planLookup,
  UNNEEDED,
  type JudgeRequest,
  type LookupParts,
  type LookupPlan,
} from './look-up.ts'

export interface JudgeParts extends LookupParts {
  /** A pod went on without its service account being known, and without a role by other ways. */
  readonly onMissed: () => void
}

/** A pod to judge, and what is found out about it on the way: if something fails, that decides what the pod is told. */
export interface PodRequest extends JudgeRequest {
  lookup?: ServiceAccountLookup
  unknownMeans?: UnknownMeans
}

/** Judges a pod; the caller catches. Without a promise where the cache is enough: that is most reviews. */
export type Judge = (request: PodRequest) => Verdict | Promise<Verdict>

export function createJudge(parts: JudgeParts): Judge {
  const { decisions, onMissed } = parts
  return (request) => {
    const plan = planLookup(parts, request)
    const { unknownMeans } = plan
    request.unknownMeans = unknownMeans
    const decide = ({ lookup, isMissed = false }: LookedUp): Verdict => {
      request.lookup = lookup
      const admission = { ...request.admission, unknownMeans }
      const verdict = decisions.mutate(admission, lookup, request.configuration)
      if (isMissed && verdict.mode !== 'parity') quietly(onMissed)
      return verdict
    }
    const found = lookUp(parts.serviceAccounts, request, plan)
    return found instanceof Promise ? found.then(decide) : decide(found)
  }
}

interface LookedUp {
  readonly lookup: ServiceAccountLookup
  /** It was waited for in vain. */
  readonly isMissed?: boolean
}

/**
 * Finds the service account, as surely as the pod needs it.
 *
 *   lookup | done
 *   ------ | --------------------------------------------
 *   none   | nothing
 *   cached | the cache's answer
 *   wait   | live read, or its arrival, within the grace period
 *   live   | live read
 */
function lookUp(
  serviceAccounts: ServiceAccounts,
  { admission, mayTakeMs }: JudgeRequest,
  { kind, name, cached }: LookupPlan,
): LookedUp | Promise<LookedUp> {
  if (kind === 'none') return { lookup: UNNEEDED }
  if (kind === 'cached' && cached !== undefined) {
    return { lookup: { kind: 'found', serviceAccount: cached } }
  }
  const asked = { namespace: admission.namespace, name, mayTakeMs }
  return kind === 'live'
    ? serviceAccounts.readLive(asked).then((lookup) => ({ lookup }))
    : serviceAccounts
        .awaitMissing(asked)
        .then((lookup) => ({ lookup, isMissed: lookup.kind !== 'found' }))
}
