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
import type { ServiceAccount, ServiceAccountLookup } from './vocabulary/service-account.ts'
import { denied, permitted } from './review/verdicts.ts'
import type { Verdict } from './review/verdict.ts'
import type { ChainSources } from './chain/request/sources.ts'

/** What the API server asks about. */
export interface PodAdmission {
  /** The request's namespace, whatever the pod says. */
  readonly namespace: string
  /** The pod as it came, raw JSON, never retyped. */
  readonly pod: unknown
  /** The review came by the entry `enforce`: without knowing the service account the pod is denied, not admitted. */
  readonly isEnforced?: boolean
  /** Drawn for this review, in [0, 1): spreads the lives of EKS Pod Identity's tokens; 0 unless told. */
  readonly jitter?: number
}

/**
 * How the pod's service account has to be looked up.
 *
 *   none   | the pod is left alone whatever its service account says
 *   cached | the cache will do, unless {@link needsLiveRead} says otherwise about what it holds
 *   live   | the pod asks for a target, or did once: a stale answer would make another chain
 */
export type LookupKind = 'none' | 'cached' | 'live'

/** Says how to look up the service account before {@link mutate} is asked; with `none`, any lookup will do. */
export function decideLookup({ pod }: PodAdmission, configuration: Configuration): LookupKind {
  const annotations = readAnnotations(pod)
  if (readExemption(annotations, configuration) !== null) return 'none'
  const isStamped = annotations[configuration.stampName] !== undefined
  return isStamped || mayAskForTarget(annotations, configuration) ? 'live' : 'cached'
}

/** Says whether a cached service account has to be read again, live: it carried a chain when it was cached. */
export function needsLiveRead(
  serviceAccount: ServiceAccount,
  configuration: Configuration,
): boolean {
  return mayAskForTarget(serviceAccount.annotations, configuration)
}

/** Judges a pod. Never throws, whatever the pod's JSON is; takes no look at anything but its arguments. */
export function mutate(
  admission: PodAdmission,
  lookup: ServiceAccountLookup,
  configuration: Configuration,
): Verdict {
  const pod = readPod(admission.pod)
  if (pod === null) return judgeNoPod(admission.pod, configuration)
  const { namespace, isEnforced = false, jitter = 0 } = admission
  const intent = decideIntent({ pod, namespace, lookup, isEnforced, jitter }, configuration)
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

/** What asks for a target and cannot be read is refused, as anything that asks and cannot get it. */
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
  const targets = [...plan.sidecar.targets]
  const containersOf = (name: string) =>
    plan.assignments.filter(({ target }) => target === name).map(({ container }) => container.name)
  const withBaseRole = containersWithBaseRole(plan)
  return {
    targets: targets
      .map(([name, { chain }]) => `${name}: ${chain.map(({ roleArn }) => roleArn).join(' -> ')}`)
      .join('; '),
    containers: targets.map(([name]) => `${name}: ${containersOf(name).join(', ')}`).join('; '),
    gate: plan.sidecar.isGateOn ? 'on' : 'off',
    ...(withBaseRole.length === 0 ? {} : { base_role_visible: withBaseRole.join(', ') }),
  }
}
