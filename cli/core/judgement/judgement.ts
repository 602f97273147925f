/**
 * What the webhook makes of a pod, in all its parts: the verdict for whoever applies it, and intent, request and plan
 * for whoever explains it. The same functions decide, in the same order, as in `webhook/core/mutate.ts`.
 */
import { chainOperations } from '../../../webhook/core/chain/patch/patch.ts'
import { planChain, type ChainPlan } from '../../../webhook/core/chain/plan/plan.ts'
import { readChainRequest, type ChainRequest } from '../../../webhook/core/chain/request/request.ts'
import type { Configuration } from '../../../webhook/core/configuration/configuration.ts'
import { decideIntent, type Intent } from '../../../webhook/core/intent.ts'
import { decideLookup, mutate, type PodAdmission } from '../../../webhook/core/mutate.ts'
import { parityOperations } from '../../../webhook/core/parity/parity-pod.ts'
import { readPod, type Pod } from '../../../webhook/core/pod/pod.ts'
import type { Verdict } from '../../../webhook/core/review/verdict.ts'
import { joinFindings, type Findings } from '../../../webhook/core/vocabulary/reasons.ts'
import type { ServiceAccountLookup } from '../../../webhook/core/vocabulary/service-account.ts'

export interface Judgement {
  readonly verdict: Verdict
  /** Null for what is no pod. */
  readonly pod: Pod | null
  readonly intent: Intent | null
  /** For a pod that asks for a target. */
  readonly request: ChainRequest | null
  /** Null where the pod is refused, or asks for none. */
  readonly plan: ChainPlan | null
  readonly findings: Findings
}

type Parts = Omit<Judgement, 'verdict' | 'pod'>

const NOTHING: Parts = {
  intent: null,
  request: null,
  plan: null,
  findings: { problems: [], warnings: [] },
}

/** Judges a pod whose service account was looked up as far as it can be. */
export function judgePod(
  admission: PodAdmission,
  lookup: ServiceAccountLookup,
  configuration: Configuration,
): Judgement {
  const { unknownMeans } = decideLookup(admission, undefined, configuration)
  const verdict = mutate({ ...admission, unknownMeans }, lookup, configuration)
  const pod = readPod(admission.pod)
  if (pod === null) return { verdict, pod, ...NOTHING }
  const { namespace, jitter = 0 } = admission
  const intent = decideIntent({ pod, namespace, lookup, unknownMeans, jitter }, configuration)
  const parts = judgeIntent(intent, { pod, namespace, jitter }, configuration)
  return { verdict, pod, ...parts }
}

function judgeIntent(
  intent: Intent,
  sources: { readonly pod: Pod; readonly namespace: string; readonly jitter: number },
  configuration: Configuration,
): Parts {
  if (intent.kind === 'reject') {
    return { ...NOTHING, intent, findings: joinFindings({ problems: intent.problems }) }
  }
  if (intent.kind === 'skip') return { ...NOTHING, intent, findings: joinFindings(intent) }
  if (intent.kind === 'parity') {
    const { warnings } = parityOperations(sources.pod, intent, configuration)
    return { ...NOTHING, intent, findings: joinFindings(intent, { warnings }) }
  }
  const { serviceAccount } = intent
  const request = readChainRequest({ ...sources, serviceAccount }, configuration)
  const outcome = planChain(request, configuration)
  if (outcome.kind === 'refused') {
    return { intent, request, plan: null, findings: joinFindings(outcome) }
  }
  const { plan } = outcome
  const { warnings } = chainOperations(plan, configuration)
  return { intent, request, plan, findings: joinFindings(outcome, { warnings }) }
}
