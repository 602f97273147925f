/** Category `kubernetes`: whether the cluster can have rolechain, and whether it guards it. */
import { textAt, type JsonObject } from '../../../webhook/core/formats/json.ts'
import type { CommandFinding } from '../../findings/findings.ts'
import type { CheckFacts } from './facts.ts'
import { settingsOf } from './installation.ts'
import { both, lineOf, problem, type Judge, type Line } from './line.ts'
import { inside, nameOf, textsAt } from './objects.ts'

const NATIVE_SIDECARS_MINOR = 29
const OLDEST_MINOR = 30
const OLDEST_WITHOUT_SETTING_MINOR = 32

/** Audiences that AWS takes, beside those that a service account names. */
export const AWS_AUDIENCES = ['sts.amazonaws.com', 'amazonaws.com', 'pods.eks.amazonaws.com']

const GUARD = ['guard-pods.rolechain.io', 'guard-exec.rolechain.io']

/** Before anything is installed there is no guard to look for. */
export const judgeKubernetesBefore: Judge = (facts) => [
  lineOf('the API server is new enough', facts.version, ({ major, minor, gitVersion }) =>
    judgeVersion({ major, minor, gitVersion }, settingsOf(facts).allNodesRunNativeSidecars),
  ),
  lineOf('all nodes run native sidecars', facts.nodes, (nodes) => nodes.flatMap(judgeNode)),
  lineOf('ordinary tokens of pods are not good for AWS', facts.token, ({ audiences }) =>
    audiences
      .filter((audience) => AWS_AUDIENCES.includes(audience))
      .map((audience) =>
        problem(
          'api_audience',
          'API server',
          `its own audiences (${audiences.join(', ')}) have ${audience}, so a token that every pod has is one for AWS`,
        ),
      ),
  ),
]

export const judgeKubernetes: Judge = (facts) => [
  ...judgeKubernetesBefore(facts),
  ...GUARD.map((name) => policyLine('the guard refuses', name, facts)),
]

function judgeVersion(
  version: { readonly major: number; readonly minor: number; readonly gitVersion: string },
  allNodesRunNativeSidecars: boolean,
): readonly CommandFinding[] {
  const { major, minor, gitVersion } = version
  const oldest = allNodesRunNativeSidecars ? OLDEST_MINOR : OLDEST_WITHOUT_SETTING_MINOR
  if (major > 1 || minor >= oldest) return []
  const message =
    minor >= OLDEST_MINOR
      ? `it is ${gitVersion}, and before 1.32 the webhook has to be told that all nodes run native sidecars`
      : `it is ${gitVersion}; the chart needs 1.30 at least`
  return [problem('kubernetes_too_old', 'API server', message)]
}

/** Nodes with Windows run no pods with a target anyway. */
function judgeNode(node: JsonObject): readonly CommandFinding[] {
  const info = inside(node, 'status', 'nodeInfo')
  if (textAt(info, 'operatingSystem') === 'windows') return []
  const version = textAt(info, 'kubeletVersion')
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(version) ?? []
  const isOld = Number(major) === 1 && Number(minor) < NATIVE_SIDECARS_MINOR
  return isOld ? [problem('node_too_old', `node/${nameOf(node)}`, `its kubelet is ${version}`)] : []
}

/** A policy of the chart, with a binding that refuses. */
function policyLine(what: string, name: string, facts: CheckFacts): Line {
  return lineOf(
    `${what} (${name})`,
    both(facts.policies, facts.policyBindings),
    ([policies, bindings]) => judgePolicy(name, policies, bindings),
  )
}

function judgePolicy(
  name: string,
  policies: readonly JsonObject[],
  bindings: readonly JsonObject[],
): readonly CommandFinding[] {
  const place = `validatingadmissionpolicy/${name}`
  const policy = policies.find((object) => nameOf(object) === name)
  if (policy === undefined) return [problem('guard_missing', place, 'it is not there')]
  if (textAt(inside(policy, 'spec'), 'failurePolicy') === 'Ignore') {
    return [problem('guard_missing', place, 'its failurePolicy is Ignore')]
  }
  const actions = bindings
    .map((binding) => inside(binding, 'spec'))
    .filter((spec) => textAt(spec, 'policyName') === name)
    .map((spec) => textsAt(spec, 'validationActions'))
  if (actions.length === 0) return [problem('guard_missing', place, 'it has no binding')]
  return actions.some((list) => list.includes('Deny'))
    ? []
    : [problem('guard_missing', place, 'its binding does not deny')]
}
