/** Category `boundary`: whether it holds where namespaces say that it does. */
import { textAt, type JsonObject } from '../../../webhook/core/formats/json.ts'
import {
  POD_IDENTITY_TOKEN_VOLUME,
  STS_TOKEN_VOLUME,
} from '../../../webhook/core/vocabulary/names.ts'
import type { CommandFinding } from '../../findings/findings.ts'
import { CONFIGURATION_NAME, prefixOf } from './installation.ts'
import { AWS_AUDIENCES } from './kubernetes.ts'
import { both, lineOf, problem, warning, type Judge } from './line.ts'
import { eachAt, inside, labelsOf, nameOf, namespaceOf, placeOf, textsAt } from './objects.ts'
import { isAlive, sidecarOf } from './pod-states.ts'

/** Volumes with a token for AWS that only a sidecar mounts. */
const OURS: readonly string[] = [STS_TOKEN_VOLUME, POD_IDENTITY_TOKEN_VOLUME]

const POLICIES = ['boundary-pods.rolechain.io', 'boundary-tokens.rolechain.io']

export const judgeBoundary: Judge = (facts) => {
  const label = `${prefixOf(facts)}/boundary`
  const isIn = (namespace: JsonObject) => labelsOf(namespace)[label] === 'enforce'
  return [
    lineOf(
      'its policies are there where namespaces ask for it',
      both(facts.namespaces, both(facts.policies, facts.policyBindings)),
      ([namespaces, [policies, bindings]]) =>
        judgePolicies(namespaces.filter(isIn), policies, bindings),
    ),
    lineOf('it refuses', facts.policyBindings, (bindings) =>
      bindings
        .filter((binding) => POLICIES.includes(nameOf(binding)) && !denies(binding))
        .map((binding) =>
          warning(
            'boundary_only_warns',
            `validatingadmissionpolicybinding/${nameOf(binding)}`,
            'it only warns',
          ),
        ),
    ),
    lineOf(
      'the last look at pods in it is there',
      both(facts.validatingConfigurations, facts.policyBindings),
      ([configurations, bindings]) => judgeVerify(configurations, bindings),
    ),
    lineOf(
      'pods in it have tokens for AWS in sidecars only',
      both(facts.pods, facts.namespaces),
      ([pods, namespaces]) => {
        const names = new Set(namespaces.filter(isIn).map(nameOf))
        return pods
          .filter((pod) => isAlive(pod) && names.has(namespaceOf(pod)) && hasForeignToken(pod))
          .map((pod) =>
            problem(
              'pod_outside_boundary',
              `pod/${placeOf(pod)}`,
              'its containers can read a token for AWS',
            ),
          )
      },
    ),
  ]
}

function denies(binding: JsonObject): boolean {
  return textsAt(inside(binding, 'spec'), 'validationActions').includes('Deny')
}

function judgePolicies(
  namespaces: readonly JsonObject[],
  policies: readonly JsonObject[],
  bindings: readonly JsonObject[],
): readonly CommandFinding[] {
  const [first] = namespaces
  if (first === undefined) return []
  return POLICIES.filter(
    (name) => ![policies, bindings].every((list) => list.some((object) => nameOf(object) === name)),
  ).map((name) =>
    problem(
      'boundary_missing',
      `namespace/${nameOf(first)}`,
      `${namespaces.length === 1 ? 'it has' : `it and ${namespaces.length - 1} more have`} the label, and ${name} is not there or not bound`,
    ),
  )
}

/** The chart makes it where the boundary is enforced. */
function judgeVerify(
  configurations: readonly JsonObject[],
  bindings: readonly JsonObject[],
): readonly CommandFinding[] {
  const isEnforced = bindings.some(
    (binding) => POLICIES.includes(nameOf(binding)) && denies(binding),
  )
  const found = configurations.find((object) => nameOf(object) === CONFIGURATION_NAME)
  if (!isEnforced || found === undefined) return []
  const entry = eachAt(found, 'webhooks').find(
    (candidate) => textAt(candidate, 'name') === 'verify.rolechain.io',
  )
  if (entry !== undefined && textAt(entry, 'failurePolicy') === 'Fail') return []
  return [
    problem(
      'webhook_entry_changed',
      `validatingwebhookconfiguration/${CONFIGURATION_NAME}`,
      `its entry verify.rolechain.io ${entry === undefined ? 'is missing' : 'lets pods through while the webhook is down'}`,
    ),
  ]
}

/** A volume with a token for AWS that is not the sidecar's, or any without a sidecar. */
function hasForeignToken(pod: JsonObject): boolean {
  return eachAt(inside(pod, 'spec'), 'volumes').some((volume) => {
    const hasToken = eachAt(inside(volume, 'projected'), 'sources').some((source) =>
      AWS_AUDIENCES.includes(textAt(inside(source, 'serviceAccountToken'), 'audience')),
    )
    return hasToken && (sidecarOf(pod) === undefined || !OURS.includes(textAt(volume, 'name')))
  })
}
