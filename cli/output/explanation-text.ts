/** An explanation as a person reads it. */
import type { Colours } from './colours.ts'
import type { ExplainedContainer } from '../core/explain/containers.ts'
import type { Explanation } from '../core/explain/explain.ts'
import type { ExplainedHop, ExplainedTarget } from '../core/explain/targets.ts'
import { ASSOCIATED_ROLE_NAME } from '../core/explain/needed.ts'
import type { Running } from '../core/explain/running.ts'

const OUTCOMES: Readonly<Record<Explanation['outcome'], string>> = {
  chain: 'gets the sidecar, and credentials from it',
  base_role: 'gets the role of its service account',
  nothing: 'gets no role',
  refused: 'is refused',
}

/** `running` is there for what runs. */
export function explanationLines(
  explanation: Explanation & { readonly running?: Running | undefined },
  colours: Colours,
): readonly string[] {
  const { place, namespace, serviceAccount, outcome, containers, targets } = explanation
  const account =
    serviceAccount.kind === 'found'
      ? `service account ${serviceAccount.name}`
      : `service account ${serviceAccount.name}, ${serviceAccount.kind}`
  const mark =
    outcome === 'refused' ? colours.problem : outcome === 'nothing' ? colours.warning : colours.good
  return [
    `${colours.strong(place)} (namespace ${namespace}, ${account}) ${mark(OUTCOMES[outcome])}.`,
    ...(explanation.gate === null ? [] : [`Gate: ${explanation.gate}.`]),
    '',
    'Containers',
    ...containers.flatMap((container) => containerLines(container, targets)),
    ...targets.flatMap((target) => ['', ...targetLines(target, explanation.source, colours)]),
    ...(explanation.running === undefined ? [] : ['', ...runningLines(explanation.running)]),
  ]
}

function containerLines(
  { name, isInit, identity, why }: ExplainedContainer,
  targets: readonly ExplainedTarget[],
): readonly string[] {
  const kind = isInit ? ' (init)' : ''
  const roleOf = (target: string | null) =>
    targets.find((one) => one.name === target)?.hops.at(-1)?.roleArn ?? ASSOCIATED_ROLE_NAME
  const who =
    identity.kind === 'targets'
      ? identity.byDefault === null
        ? `has to name a profile: ${identity.targets.join(', ')}`
        : `is ${roleOf(identity.byDefault)}${identity.targets.length > 1 ? `, and by profile ${identity.targets.join(', ')}` : ''}`
      : identity.kind === 'role'
        ? `is ${identity.roleArn}`
        : identity.kind === 'pod_identity'
          ? 'is the role of its association in EKS Pod Identity'
          : 'has no role of ours'
  return [`  ${name}${kind} ${who}`, `    ${why}`]
}

function targetLines(
  { name, by, region, hops }: ExplainedTarget,
  source: Explanation['source'],
  colours: Colours,
): readonly string[] {
  return [
    `${colours.strong(`Target ${name}`)}, asked for by ${by}`,
    ...(region === null ? [] : [`  region ${region}`]),
    ...(source?.kind === 'pod-identity'
      ? [`  0. ${colours.strong(ASSOCIATED_ROLE_NAME)}, by its agent, because ${source.why}`]
      : []),
    ...hops.flatMap((hop) => hopLines(hop, colours)),
  ]
}

function hopLines(hop: ExplainedHop, { strong, faint }: Colours): readonly string[] {
  const tags = Object.entries(hop.tags).map(([key, value]) => `${key}=${value}`)
  const sent = [
    `session ${hop.sessionName}`,
    ...(hop.externalId === undefined ? [] : [`external id ${hop.externalId}`]),
    ...(hop.sourceIdentity === undefined ? [] : [`source identity ${hop.sourceIdentity}`]),
    ...(tags.length === 0 ? [] : [`tags ${tags.join(', ')}`]),
    ...(hop.hasSessionPolicy ? ['a session policy'] : []),
    `${hop.durationSeconds} s`,
  ]
  return [
    `  ${hop.hop}. ${strong(hop.roleArn)} in AWS account ${hop.awsAccount}, from ${hop.by}`,
    `     ${hop.call}: ${sent.join(', ')}`,
    ...hop.needed.map(({ awsAccount, what }) =>
      faint(`     needs in AWS account ${awsAccount}: ${what}`),
    ),
  ]
}

function runningLines({ pods }: Running): readonly string[] {
  if (pods.length === 0) return ['No pod of it runs.']
  return [
    'Pods that run',
    ...pods.flatMap(({ name, sidecar, gate, targets }) => [
      `  ${name}: ${sidecar}${gate === null || gate === 'ended' ? '' : `, gate ${gate}`}`,
      ...targets.map(
        ({ target, session, failure }) =>
          `    ${target}: ${session}${failure === null ? '' : `; last failure: ${failure.code}`}`,
      ),
    ]),
  ]
}
