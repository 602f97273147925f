/** The decision about one pod, from the raw pod to the verdict: the entry to all of `core/`. */
import { chainOperations, containersWithBaseRole } from './chain/patch/patch.ts'
import { planChain, type ChainPlan } from './chain/plan/plan.ts'
import { readChainRequest } from './chain/request/request.ts'
import type { Configuration } from './configuration/configuration.ts'
import { readExemption } from './annotations/exemption.ts'
import { decideIntent, mayAskForTarget, type Intent } from './intent.ts'
import { parityOperations } from './parity/parity-pod.ts'
import { readAnnotations, readPod, type Pod } from './pod/pod.ts'
import type { Finding } from './vocabulary/reasons.ts'
import type {
  ServiceAccount,
  ServiceAccountLookup,
  UnknownMeans,
} from './vocabulary/service-account.ts'
import { denied, permitted } from './review/verdicts.ts'
import type { Verdict } from './review/verdict.ts'
import type { ChainSources } from './chain/request/sources.ts'

/** What the API server asks about. */
export interface PodAdmission {
  /** The request's namespace, whatever the pod says. */
  readonly namespace: string
  /** The pod as it came, raw JSON, never retyped. */
  readonly pod: unknown
  /**
   * What an unknown service account means. The path of the review says it first: `enforce` refuses. Default: `admit`.
   */
  readonly unknownMeans?: UnknownMeans
  /** Drawn for this review, in [0, 1): spreads the lives of EKS Pod Identity's tokens; 0 unless told. */
  readonly jitter?: number
}

/** How to look up a pod's service account, and what it means when it stays unknown. */
export interface LookupDecision {
  /**
   *   none   | not at all: the pod is left alone whatever its service account says
   *   cached | the cache will do
   *   wait   | read, or seen when it arrives: the cache does not hold it
   *   live   | read for this review: a stale answer would make another chain
   */
  readonly kind: 'none' | 'cached' | 'wait' | 'live'
  readonly unknownMeans: UnknownMeans
}

/**
 * Decides by the pod and what the cache holds of its service account, before {@link mutate} is asked. With `none`, any
 * lookup will do.
 *
 *   the pod                        | the cache holds  | lookup | unknown means
 *   ------------------------------ | ---------------- | ------ | -----------------
 *   is exempt                      | any              | none   | what the entry says
 *   asks for a target, or did once | a chain          | live   | refuse
 *   the same                       | no chain, or it not at all | live | what the entry says
 *   any other                      | a chain          | live   | refuse
 *   any other                      | no chain         | cached | -
 *   any other                      | it not at all    | wait   | what the entry says
 */
export function decideLookup(
  { pod, unknownMeans = 'admit' }: PodAdmission,
  cached: ServiceAccount | undefined,
  configuration: Configuration,
): LookupDecision {
  const annotations = readAnnotations(pod)
  if (readExemption(annotations, configuration) !== null) return { kind: 'none', unknownMeans }
  if (cached !== undefined && mayAskForTarget(cached.annotations, configuration)) {
    return { kind: 'live', unknownMeans: 'refuse' }
  }
  const isStamped = annotations[configuration.stampName] !== undefined
  if (isStamped || mayAskForTarget(annotations, configuration)) {
    return { kind: 'live', unknownMeans }
  }
  return { kind: cached === undefined ? 'wait' : 'cached', unknownMeans }
}

/** Judges a pod. Never throws, whatever the pod's JSON is; takes no look at anything but its arguments. */
export function mutate(
  admission: PodAdmission,
  lookup: ServiceAccountLookup,
  configuration: Configuration,
): Verdict {
  const pod = readPod(admission.pod)
  if (pod === null) return judgeNoPod(admission.pod, configuration)
  const { namespace, unknownMeans = 'admit', jitter = 0 } = admission
  const intent = decideIntent({ pod, namespace, lookup, unknownMeans, jitter }, configuration)
  return act(intent, { pod, namespace, jitter }, configuration)
}

function act(
  intent: Intent,
  sources: Omit<ChainSources, 'serviceAccount'>,
  configuration: Configuration,
): Verdict {
  if (intent.kind === 'reject') return denied(intent.problems, [])
  if (intent.kind === 'parity') return mutateForParity(sources.pod, intent, configuration)
  if (intent.kind === 'chain') {
    return mutateForChain({ ...sources, serviceAccount: intent.serviceAccount }, configuration)
  }
  return permitted({ mode: 'skip', reason: intent.reason, warnings: intent.warnings })
}

/** An object that asks for a target and is no pod is refused: it cannot get the target. Any other is let through. */
function judgeNoPod(raw: unknown, configuration: Configuration): Verdict {
  const finding: Finding = {
    reason: 'not_a_pod',
    message: 'the object has no spec, so it is no pod; send a pod',
  }
  return mayAskForTarget(readAnnotations(raw), configuration)
    ? denied([finding], [])
    : permitted({ mode: 'skip', reason: 'not_a_pod', warnings: [] })
}

function mutateForParity(
  pod: Pod,
  intent: Intent & { kind: 'parity' },
  configuration: Configuration,
): Verdict {
  const { source, warnings } = intent
  const parity = parityOperations(pod, intent, configuration)
  return permitted({
    mode: 'parity',
    reason: parity.operations.length === 0 ? 'already_injected' : source.kind,
    warnings: [...warnings, ...parity.warnings],
    operations: parity.operations,
    ...(source.kind === 'web_identity' ? { audit: { role: source.roleArn } } : {}),
  })
}

function mutateForChain(sources: ChainSources, configuration: Configuration): Verdict {
  const request = readChainRequest(sources, configuration)
  const outcome = planChain(request, configuration)
  if (outcome.kind === 'refused') return denied(outcome.problems, outcome.warnings)
  const { plan } = outcome
  const { operations, warnings } = chainOperations(plan, configuration)
  return permitted({
    mode: 'chain',
    reason: operations.length === 0 ? 'already_injected' : 'injected',
    warnings: [...outcome.warnings, ...warnings],
    operations,
    audit: auditOf(plan),
  })
}

function auditOf(plan: ChainPlan): Readonly<Record<string, string>> {
  const { beginning } = plan
  const isOfPodIdentity = beginning.kind === 'pod-identity'
  const targets = [...plan.sidecar.targets]
  const containersOf = (name: string) =>
    plan.assignments
      .filter((assignment) => assignment.targets.some((target) => target.name === name))
      .map(({ container }) => container.name)
  const withBaseRole = containersWithBaseRole(plan)
  return {
    targets: targets
      .map(([name, { chain }]) => {
        const roles = chain.map(({ roleArn }) => roleArn)
        return `${name}: ${(isOfPodIdentity ? ['EKS Pod Identity', ...roles] : roles).join(' -> ')}`
      })
      .join('; '),
    ...(isOfPodIdentity ? { source: `${beginning.kind}, because ${beginning.why}` } : {}),
    containers: targets.map(([name]) => `${name}: ${containersOf(name).join(', ')}`).join('; '),
    gate: plan.sidecar.gate,
    ...(withBaseRole.length === 0 ? {} : { base_role_visible: withBaseRole.join(', ') }),
  }
}
