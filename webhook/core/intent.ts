/** What pod, service account and configuration ask for, before anything is made of it. */
import { asksForTarget, badValue, lengthProblems } from './annotations/annotations.ts'
import type { Configuration } from './configuration/configuration.ts'
import { exemptionWarnings, readExemption } from './annotations/exemption.ts'
import { readCredentialSource, type FoundSource } from './parity/credential-source.ts'
import { readInclusion } from './parity/inclusion.ts'
import type { JsonObject } from './formats/json.ts'
import { readTexts, type Pod } from './pod/pod.ts'
import { annotationsProblem } from './pod/pod-size.ts'
import { judgeBaseRole } from './chain/request/policy.ts'
import type { Finding, Reason } from './vocabulary/reasons.ts'
import { findLeftovers } from './chain/plan/reserved.ts'
import type {
  ServiceAccount,
  ServiceAccountLookup,
  UnknownMeans,
} from './vocabulary/service-account.ts'
import { misspellsTarget, readStrayKeys } from './annotations/stray-keys.ts'

export type Intent =
  | { readonly kind: 'skip'; readonly reason: Reason; readonly warnings: readonly Finding[] }
  | {
      readonly kind: 'parity'
      readonly source: FoundSource
      /** The containers that are to have it; null means all. */
      readonly included: ReadonlySet<string> | null
      readonly warnings: readonly Finding[]
    }
  | { readonly kind: 'chain'; readonly serviceAccount: ServiceAccount }
  | { readonly kind: 'reject'; readonly problems: readonly Finding[] }

/** What is known about a pod and its service account. */
export interface IntentSources {
  readonly pod: Pod
  readonly namespace: string
  readonly lookup: ServiceAccountLookup
  readonly unknownMeans: UnknownMeans
  /** In [0, 1). */
  readonly jitter: number
}

/**
 * Decides what is asked for.
 *
 *   exempt | service account | target asked for by                    | intent
 *   ------ | --------------- | -------------------------------------- | ------
 *   yes    | any             | any                                    | skip
 *   the pod is too large to be judged, and would be given something    | reject
 *   the same, and it would not                                        | skip
 *   the service account is too large                                  | reject
 *   no     | unknown         | pod, or unknown means refuse           | reject
 *   no     | any             | pod or service account by a misspelt key, and nobody else | reject
 *   no     | unknown         | nobody that is known                   | skip, with a warning
 *   no     | missing         | pod                                    | reject
 *   no     | missing         | nobody                                 | skip, with a warning
 *   no     | found           | pod or service account                 | chain
 *   no     | found           | nobody                                 | parity or skip
 */
export function decideIntent(sources: IntentSources, configuration: Configuration): Intent {
  const { pod, lookup } = sources
  const exemption = readExemption(pod.annotations, configuration)
  if (exemption !== null) {
    return {
      kind: 'skip',
      reason: exemption,
      warnings: exemptionWarnings(exemption, pod.annotations, configuration),
    }
  }
  if (pod.sizeProblem !== null) return decideOversized(sources, pod.sizeProblem, configuration)
  if (lookup.kind !== 'found') return decideWithoutServiceAccount(sources, configuration)
  const { serviceAccount } = lookup
  const problem = annotationsProblem(
    `service account ${serviceAccount.namespace}/${serviceAccount.name}`,
    serviceAccount.annotations,
  )
  if (problem !== null) return { kind: 'reject', problems: [problem] }
  const isAsked =
    asksForTarget(pod.annotations, configuration) ||
    asksForTarget(serviceAccount.annotations, configuration)
  if (!isAsked) return decideWithoutTarget(sources, serviceAccount, configuration)
  const annotations = { pod: pod.annotations, serviceAccount: serviceAccount.annotations }
  const problems = lengthProblems(annotations, configuration)
  return problems.length === 0 ? { kind: 'chain', serviceAccount } : { kind: 'reject', problems }
}

/** A pod that wants nothing of us is let through. Any other would run without its role. */
function decideOversized(
  { pod, namespace, lookup, unknownMeans, jitter }: IntentSources,
  sizeProblem: Finding,
  configuration: Configuration,
): Intent {
  const serviceAccount = lookup.kind === 'found' ? lookup.serviceAccount : undefined
  const isGivenSomething =
    asksForTarget(pod.annotations, configuration) ||
    asksForTarget(serviceAccount?.annotations ?? {}, configuration) ||
    (lookup.kind === 'unknown' && unknownMeans === 'refuse') ||
    readCredentialSource({ pod, namespace, serviceAccount }, jitter, configuration) !== null
  return isGivenSomething
    ? { kind: 'reject', problems: [sizeProblem] }
    : { kind: 'skip', reason: 'no_role', warnings: [] }
}

function decideWithoutServiceAccount(sources: IntentSources, configuration: Configuration): Intent {
  const { pod, namespace, lookup, unknownMeans } = sources
  const subject = `service account ${namespace}/${pod.serviceAccountName}`
  const isUnknown = lookup.kind === 'unknown'
  const reason = isUnknown ? 'service_account_unknown' : 'service_account_missing'
  const what = isUnknown
    ? `${subject} could not be read: ${lookup.why}`
    : `${subject} does not exist; create it, or correct serviceAccountName`
  const { annotations, labels } = pod
  const stray = readStrayKeys({ pod: annotations, labels, serviceAccount: {} }, configuration)
  const misspelt = stray.filter(({ kind }) => kind === 'target')
  if (
    asksForTarget(annotations, configuration) ||
    misspelt.length > 0 ||
    (isUnknown && unknownMeans === 'refuse')
  ) {
    const message = `${what}${isUnknown ? '; without it nobody knows which chain the pod is to have, try again' : ''}`
    return { kind: 'reject', problems: [...misspelt, { reason, message }] }
  }
  // As in upstream: what is known without the service account is still given.
  const source = readCredentialSource(
    { pod, namespace, serviceAccount: undefined },
    sources.jitter,
    configuration,
  )
  const warn = (outcome: string) => [{ reason, message: `${what}; ${outcome}` } as const]
  if (source === null) {
    return { kind: 'skip', reason, warnings: warn('the pod was admitted without a role') }
  }
  const refused = refusedBaseRole(source, sources, configuration)
  if (refused.length > 0) {
    return {
      kind: 'skip',
      reason: 'role_not_allowed',
      warnings: [...warn('its annotations did not count'), ...refused],
    }
  }
  const inclusion = readInclusion(pod, {}, configuration)
  return {
    kind: 'parity',
    source,
    included: inclusion.names,
    warnings: [
      ...warn('its annotations did not count'),
      ...inclusion.warnings,
      ...roleArnWarnings(source, subject),
    ],
  }
}

/**
 * Says whether an object asks for a target, in our spelling or in another: a stale answer about its service account
 * would mislead.
 */
export function mayAskForTarget(annotations: JsonObject, configuration: Configuration): boolean {
  return (
    asksForTarget(annotations, configuration) ||
    (annotationsProblem('it', annotations) === null &&
      misspellsTarget(readTexts(annotations), configuration))
  )
}

function decideWithoutTarget(
  sources: IntentSources,
  serviceAccount: ServiceAccount,
  configuration: Configuration,
): Intent {
  const { pod, namespace, jitter } = sources
  const stray = readStrayKeys(
    { pod: pod.annotations, labels: pod.labels, serviceAccount: serviceAccount.annotations },
    configuration,
  )
  const problems = [...stray.filter(({ kind }) => kind === 'target'), ...findLeftovers(pod)]
  if (problems.length > 0) return { kind: 'reject', problems }
  const warnings = [...stray, ...injectWarnings(pod, configuration)]
  const source = readCredentialSource({ pod, namespace, serviceAccount }, jitter, configuration)
  if (source === null) return { kind: 'skip', reason: 'no_role', warnings }
  const refused = refusedBaseRole(source, sources, configuration)
  if (refused.length > 0) {
    return { kind: 'skip', reason: 'role_not_allowed', warnings: [...warnings, ...refused] }
  }
  const inclusion = readInclusion(pod, serviceAccount.annotations, configuration)
  return {
    kind: 'parity',
    source,
    included: inclusion.names,
    warnings: [
      ...warnings,
      ...inclusion.warnings,
      ...roleArnWarnings(source, `service account ${namespace}/${pod.serviceAccountName}`),
    ],
  }
}

function injectWarnings(
  { annotations }: Pod,
  { annotationNames }: Configuration,
): readonly Finding[] {
  const value = annotations[annotationNames.inject]
  if (value === undefined) return []
  return [
    badValue(
      { label: annotationNames.inject, value, isOnPod: true },
      'is not "false", the only value, and has no effect',
    ),
  ]
}

/** Without a target the pod goes on without the role: a guard rail stops only pods that name a role themselves. */
function refusedBaseRole(
  source: FoundSource,
  { pod, namespace }: IntentSources,
  configuration: Configuration,
): readonly Finding[] {
  if (source.kind !== 'web_identity') return []
  const requester = { namespace, serviceAccount: pod.serviceAccountName }
  return judgeBaseRole(source.roleArn, { requester, configuration })
}

/** Upstream injects it too. */
function roleArnWarnings(source: FoundSource, subject: string): readonly Finding[] {
  if (source.kind !== 'web_identity' || source.isRoleArnWellFormed) return []
  return [
    {
      reason: 'base_role_malformed',
      message: `${subject}: role-arn '${source.roleArn}' is not the ARN of a role; STS will refuse it`,
    },
  ]
}
