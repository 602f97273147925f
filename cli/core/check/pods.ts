/** Category `pods`: whether pods that ask for a target have it. */
import { asksForTarget } from '../../../webhook/core/annotations/annotations.ts'
import type { Configuration } from '../../../webhook/core/configuration/configuration.ts'
import { textAt, type JsonObject } from '../../../webhook/core/formats/json.ts'
import { CHAIN_LABEL, STAMP_KEY } from '../../../webhook/core/vocabulary/keys.ts'
import type { CommandFinding } from '../../findings/findings.ts'
import { seenOr, type CheckFacts } from './facts.ts'
import { configurationOf, readInstallation } from './installation.ts'
import { both, lineOf, problem, warning, type Judge } from './line.ts'
import { annotationsOf, eachAt, inside, labelsOf, nameOf, namespaceOf, placeOf } from './objects.ts'
import {
  asks,
  failureCode,
  failureOf,
  gateOf,
  hasWebIdentity,
  isAlive,
  pullProblems,
  sidecarOf,
  timeOf,
  toAccounts,
} from './pod-states.ts'

export const judgePods: Judge = (facts) => {
  const configuration = configurationOf(facts)
  const living = both(facts.pods, facts.serviceAccounts)
  const askingOf = ([pods, accounts]: readonly [readonly JsonObject[], readonly JsonObject[]]) => {
    const byPlace = toAccounts(accounts)
    return pods.filter((pod) => isAlive(pod) && asks(pod, byPlace, configuration))
  }
  return [
    lineOf('pods that ask for a target have the sidecar', living, (seen) =>
      askingOf(seen).filter(isWithout('sidecar')).map(withoutSidecar),
    ),
    lineOf('no pod has its base role in place of its target', living, (seen) =>
      askingOf(seen).filter(isWithout('target')).map(withBaseRole),
    ),
    lineOf('images of sidecars can be pulled', facts.pods, (pods) =>
      withSidecar(pods).flatMap(pullProblems),
    ),
    lineOf('gates are open', both(facts.pods, facts.events), ([pods, events]) =>
      withSidecar(pods).flatMap((pod) => judgeGate(pod, events)),
    ),
    // Where no dry run has shown the stamp of now, there is nothing to compare with.
    ...(stampOfNow(facts) === null
      ? []
      : [
          lineOf('sidecars are those of now', facts.pods, (pods) =>
            judgeStamps(withSidecar(pods), facts),
          ),
        ]),
    lineOf('pods of workloads are not refused', both(facts.events, facts.pods), ([events, pods]) =>
      events.filter((event) => !isPast(event, pods)).flatMap(judgeEvent),
    ),
    lineOf('chains on service accounts are held by a label', living, ([, accounts]) =>
      readInstallation(facts) === null
        ? []
        : accounts.filter(isUnlabelledIn(facts, configuration)).map(unlabelled),
    ),
  ]
}

function withSidecar(pods: readonly JsonObject[]): readonly JsonObject[] {
  return pods.filter((pod) => isAlive(pod) && sidecarOf(pod) !== undefined)
}

/** `target`: it has the base role by web identity, which another webhook has given it. */
function isWithout(what: 'sidecar' | 'target'): (pod: JsonObject) => boolean {
  return (pod) => sidecarOf(pod) === undefined && hasWebIdentity(pod) === (what === 'target')
}

function withoutSidecar(pod: JsonObject): CommandFinding {
  return problem(
    'pod_without_sidecar',
    `pod/${placeOf(pod)}`,
    'it asks for a target and was admitted without rolechain',
  )
}

function withBaseRole(pod: JsonObject): CommandFinding {
  return problem(
    'base_role_instead',
    `pod/${placeOf(pod)}`,
    'it asks for a target, and its containers have the role of the service account by web identity',
  )
}

function judgeGate(pod: JsonObject, events: readonly JsonObject[]): readonly CommandFinding[] {
  if (gateOf(pod) !== 'closed' || pullProblems(pod).length > 0) return []
  const failure = failureOf(pod, events)
  const place = `pod/${placeOf(pod)}`
  return failure === undefined
    ? [warning('gate_closed', place, 'its sidecar has no credentials yet, and no event says why')]
    : [problem(failureCode(failure), place, failure)]
}

/** Compared with what a dry run got a moment ago. */
function judgeStamps(pods: readonly JsonObject[], facts: CheckFacts): readonly CommandFinding[] {
  const now = stampOfNow(facts)
  const name = `${configurationOf(facts).chainAnnotationPrefix}/${STAMP_KEY}`
  if (now === null) return []
  return pods
    .map((pod) => ({ pod, stamp: annotationsOf(pod)[name] ?? 'none' }))
    .filter(({ stamp }) => stamp !== now)
    .map(({ pod, stamp }) =>
      warning(
        'sidecar_outdated',
        `pod/${placeOf(pod)}`,
        `its stamp is ${stamp}; new pods get ${now}`,
      ),
    )
}

/** What new pods get; null where no dry run has shown it. */
export function stampOfNow({ trials }: Pick<CheckFacts, 'trials'>): string | null {
  return seenOr(trials, []).find(({ stamp }) => stamp !== null)?.stamp ?? null
}

const MISSING_ACCOUNT =
  /error looking up service account (\S+)\/(\S+?):|serviceaccount "([^"]+)" not found/

/** The cluster keeps events for an hour: a workload that has made a pod since is refused no more. */
function isPast(event: JsonObject, pods: readonly JsonObject[]): boolean {
  const about = inside(event, 'involvedObject')
  const [namespace, workload] = [textAt(about, 'namespace'), withoutHash(textAt(about, 'name'))]
  const refusedAt = timeOf(event)
  return (
    refusedAt !== '' &&
    pods.some(
      (pod) =>
        namespaceOf(pod) === namespace &&
        eachAt(inside(pod, 'metadata'), 'ownerReferences').some(
          (owner) =>
            textAt(owner, 'kind') === textAt(about, 'kind') &&
            withoutHash(textAt(owner, 'name')) === workload,
        ) &&
        textAt(inside(pod, 'metadata'), 'creationTimestamp') > refusedAt,
    )
  )
}

/** ReplicaSets have the name of their Deployment and a hash, Jobs that of their CronJob and its minute. */
function withoutHash(name: string): string {
  return name.replace(/-(?:[bcdfghjklmnpqrstvwxz2456789]{5,10}|\d{8})$/, '')
}

/** Of ReplicaSets, Jobs and the like: whoever applied the workload does not see it. */
function judgeEvent(event: JsonObject): readonly CommandFinding[] {
  if (textAt(event, 'reason') !== 'FailedCreate') return []
  const about = inside(event, 'involvedObject')
  const place = `${textAt(about, 'kind').toLowerCase()}/${textAt(about, 'namespace')}/${textAt(about, 'name')}`
  const message = textAt(event, 'message')
  if (MISSING_ACCOUNT.test(message)) return [problem('service_account_missing', place, message)]
  return /rolechain/.test(message) ? [problem('pod_refused', place, message)] : []
}

/** Namespaces with the label `enforce` do not need it. */
function isUnlabelledIn(
  { namespaces }: CheckFacts,
  configuration: Configuration,
): (account: JsonObject) => boolean {
  const prefix = configuration.chainAnnotationPrefix
  const enforced = new Set(
    seenOr(namespaces, [])
      .filter((namespace) => labelsOf(namespace)[`${prefix}/enforce`] === 'true')
      .map(nameOf),
  )
  return (account) =>
    !enforced.has(namespaceOf(account)) &&
    asksForTarget(annotationsOf(account), configuration) &&
    labelsOf(account)[`${prefix}/${CHAIN_LABEL}`] !== 'true'
}

function unlabelled(account: JsonObject): CommandFinding {
  return warning(
    'chain_label_missing',
    `serviceaccount/${placeOf(account)}`,
    'its pods start without the chain while no webhook answers',
  )
}
