/** Category `webhook`: whether API servers ask it about every pod, and get an answer. */
import { textAt, type JsonObject } from '../../../webhook/core/formats/json.ts'
import type { CommandFinding } from '../../findings/findings.ts'
import type { CheckFacts, TrialFacts } from './facts.ts'
import { CONFIGURATION_NAME, readInstallation, readSettings } from './installation.ts'
import { isBad, lineOf, problem, untilProblem, warning, type Judge, type Line } from './line.ts'
import { eachAt, inside, nameOf, numberAt, placeOf } from './objects.ts'
import { pullProblems } from './pod-states.ts'

const DAY_MS = 86_400_000
/** A certificate of the mode `self` or of cert-manager is renewed a month before it ends. */
const WARN_DAYS = 14

/** Entries of the chart, and what happens while the webhook does not answer. */
const ENTRIES = {
  mutating: { chain: 'Fail', enforce: 'Fail', rest: 'Ignore' },
  validating: { templates: 'Ignore' },
} as const

/** One cause, one line: what cannot be well because of a line before is not told. */
export const judgeWebhook: Judge = (facts) => {
  const there = lineOf('it is installed', facts.deployments, (deployments) =>
    deployments.length > 0
      ? []
      : [problem('webhook_missing', 'cluster', 'no Deployment of the chart is in the cluster')],
  )
  if (isBad(there)) return [there]
  const running = untilProblem([
    lineOf('its image can be pulled', facts.webhookPods, (pods) => pods.flatMap(pullProblems)),
    lineOf('its replicas are ready', facts.deployments, (all) => all.flatMap(judgeReplicas)),
  ])
  const asked = [
    lineOf('its configuration can be used', facts.configMaps, () => judgeConfiguration(facts)),
    ...entryLines(facts),
    lineOf('it is asked before the webhook of EKS', facts.mutatingConfigurations, judgeOrder),
    lineOf('it has the rights that it needs', facts.webhookRights, (rights) =>
      rights
        .filter(({ isAllowed }) => !isAllowed)
        .map(({ what }) => problem('webhook_rights', 'webhook', `it may not ${what}`)),
    ),
  ]
  if ([...running, ...asked].some(isBad)) return [there, ...running, ...asked]
  return [there, ...running, ...asked, ...untilProblem(reachedLines(facts))]
}

function entryLines({
  mutatingConfigurations,
  validatingConfigurations,
}: CheckFacts): readonly Line[] {
  return [
    lineOf('API servers ask it about pods', mutatingConfigurations, (all) =>
      judgeEntries('mutating', all),
    ),
    lineOf('API servers ask it about workloads', validatingConfigurations, (all) =>
      judgeEntries('validating', all),
    ),
  ]
}

/** Where all else is well: the way from an API server to the answer. */
function reachedLines({ served, nowMs, trials }: CheckFacts): readonly Line[] {
  return [
    lineOf('its certificate does not end soon', served, (all) =>
      all.flatMap(({ pod, endsAtMs }) => judgeEnd(pod, endsAtMs - nowMs)),
    ),
    lineOf('caBundle verifies what it serves', served, (all) =>
      all
        .filter(({ problem: why }) => why !== null)
        .map(({ pod, problem: why }) =>
          problem('webhook_not_trusted', `pod/${pod}`, `an API server says no to it: ${why}`),
        ),
    ),
    lineOf('dry runs reach it through every entry', trials, (all) => all.flatMap(judgeTrial)),
  ]
}

function judgeReplicas(deployment: JsonObject): readonly CommandFinding[] {
  const place = `deployment/${placeOf(deployment)}`
  const wanted = numberAt(inside(deployment, 'spec'), 'replicas', 1)
  const ready = numberAt(inside(deployment, 'status'), 'readyReplicas')
  if (ready === 0) {
    return [problem('webhook_not_ready', place, `none of ${wanted} replicas is ready`)]
  }
  if (ready < wanted) {
    return [warning('webhook_not_ready', place, `${ready} of ${wanted} replicas are ready`)]
  }
  return wanted > 1 ? [] : [warning('webhook_single', place, 'it has one replica')]
}

function judgeConfiguration(facts: CheckFacts): readonly CommandFinding[] {
  const installation = readInstallation(facts)
  if (installation === null) return []
  const place = `configmap/${installation.namespace}/${installation.name}`
  const settings = readSettings(facts)
  if (settings === null) return [problem('configuration_unusable', place, 'it is not there')]
  if ('problems' in settings)
    return settings.problems.map((why) => problem('configuration_unusable', place, why))
  if (settings.sidecar.image !== null) return []
  return [
    problem(
      'sidecar_image_missing',
      place,
      'it names no image of the sidecar, so every pod that asks for a target is refused',
    ),
  ]
}

function judgeEntries(
  kind: keyof typeof ENTRIES,
  configurations: readonly JsonObject[],
): readonly CommandFinding[] {
  const place = `${kind}webhookconfiguration/${CONFIGURATION_NAME}`
  const found = configurations.find((object) => nameOf(object) === CONFIGURATION_NAME)
  if (found === undefined) return [problem('webhook_entry_changed', place, 'it is not there')]
  const entries = eachAt(found, 'webhooks')
  return Object.entries(ENTRIES[kind]).flatMap(([name, failurePolicy]) => {
    const entry = entries.find((candidate) => textAt(candidate, 'name') === `${name}.rolechain.io`)
    const say = (what: string) => [
      problem('webhook_entry_changed', place, `its entry ${name}.rolechain.io ${what}`),
    ]
    if (entry === undefined) return say('is missing')
    const held = textAt(entry, 'failurePolicy')
    return held === failurePolicy
      ? []
      : say(`has the failurePolicy ${held}, and needs ${failurePolicy}`)
  })
}

/** https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/: by name. */
function judgeOrder(configurations: readonly JsonObject[]): readonly CommandFinding[] {
  return configurations
    .filter((object) => isOfEks(object) && nameOf(object) < CONFIGURATION_NAME)
    .map((object) =>
      problem(
        'webhook_order',
        `mutatingwebhookconfiguration/${nameOf(object)}`,
        'it gives pods their base role before rolechain has seen them',
      ),
    )
}

/** EKS's webhook, or one that was made of it: its image is the same. */
export function isOfEks(configuration: JsonObject): boolean {
  return (
    nameOf(configuration) !== CONFIGURATION_NAME &&
    (/pod-identity-webhook/.test(nameOf(configuration)) ||
      eachAt(configuration, 'webhooks').some((entry) =>
        /(^|[.-])(pod-identity-webhook|iam-for-pods)[.]/.test(textAt(entry, 'name')),
      ))
  )
}

function judgeEnd(pod: string, leftMs: number): readonly CommandFinding[] {
  const place = `pod/${pod}`
  if (leftMs <= 0) return [problem('webhook_certificate_ends', place, 'it has ended')]
  const days = Math.floor(leftMs / DAY_MS)
  return days < WARN_DAYS
    ? [warning('webhook_certificate_ends', place, `it ends in ${days} days`)]
    : []
}

/** What says that the webhook was not asked, or did not answer. A refusal in its own words is an answer. */
function judgeTrial(trial: TrialFacts): readonly CommandFinding[] {
  const { entry, namespace, status, message, warnings, hasSidecar } = trial
  const place = `${entry}.rolechain.io, namespace ${namespace}`
  if (/failed calling webhook/.test(message)) {
    return [problem('webhook_not_asked', place, message)]
  }
  if (/denied the request|ValidatingAdmissionPolicy/.test(message)) return []
  if (status >= 400) return [warning('not_seen', place, message)]
  const isAnswered = entry === 'chain' ? hasSidecar : warnings.length > 0
  return isAnswered || entry === 'enforce'
    ? []
    : [problem('webhook_not_asked', place, 'the dry run came back as it was sent')]
}
