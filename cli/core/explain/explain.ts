/**
 * Who each container of a pod will be, and why: what the webhook decides about it, as plain data. It goes by the
 * webhook's own request and plan, so it says what they decide and nothing else.
 */
import type { ServiceAccountLookup } from '../../../webhook/core/vocabulary/service-account.ts'
import type { CommandFinding } from '../../findings/findings.ts'
import type { Workload } from '../inject/inject.ts'
import type { Judgement } from '../judgement/judgement.ts'
import { toPlace } from '../manifests/manifest.ts'
import { explainContainers, type ExplainedContainer } from './containers.ts'
import { explainTarget, type Circumstances, type ExplainedTarget } from './targets.ts'

/** All that is to be said of the pods of one workload. */
export interface Explanation {
  /** Such as `deployment/web`. */
  readonly place: string
  readonly namespace: string
  readonly serviceAccount: {
    readonly name: string
    readonly kind: ServiceAccountLookup['kind']
    readonly baseRole: string | null
  }
  readonly outcome: 'chain' | 'base_role' | 'nothing' | 'refused'
  /** The code of the webhook. */
  readonly reason: string
  /** Where the first session of all chains comes from, and why; null where there is no chain. */
  readonly source: { readonly kind: 'web-identity' | 'pod-identity'; readonly why: string } | null
  readonly gate: string | null
  readonly containers: readonly ExplainedContainer[]
  readonly targets: readonly ExplainedTarget[]
  readonly findings: readonly CommandFinding[]
}

/** Everything about the pods of a workload that was judged. */
export function explain(
  workload: Workload,
  judged: { readonly judgement: Judgement; readonly findings: readonly CommandFinding[] },
  circumstances: Circumstances,
): Explanation {
  const { judgement, findings } = judged
  const { verdict, plan, request } = judgement
  return {
    place: toPlace(workload.object),
    namespace: workload.namespace,
    serviceAccount: {
      name: workload.serviceAccountName,
      kind: circumstances.lookup.kind,
      baseRole: request?.identity?.roleArn ?? roleOf(judgement),
    },
    outcome: outcomeOf(judgement),
    reason: verdict.reasons[0] ?? '',
    source: request === null ? null : { kind: request.source.kind, why: request.source.why },
    gate: plan === null ? null : plan.sidecar.gate,
    containers: explainContainers(judgement, circumstances.configuration),
    targets: (request?.targets ?? []).map((target) =>
      explainTarget(target, { workload, judgement }, circumstances),
    ),
    findings,
  }
}

function outcomeOf({ verdict, plan, intent }: Judgement): Explanation['outcome'] {
  if (verdict.kind === 'denied') return 'refused'
  if (plan !== null) return 'chain'
  return intent?.kind === 'parity' ? 'base_role' : 'nothing'
}

/** The role of parity mode. */
function roleOf({ intent }: Judgement): string | null {
  return intent?.kind === 'parity' && intent.source.kind === 'web_identity'
    ? intent.source.roleArn
    : null
}
