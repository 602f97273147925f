/** Category `policy`: whether what runs is what the configuration would let run now. */
import { mayHaveChain } from '../../../webhook/core/chain/request/policy.ts'
import type { Configuration } from '../../../webhook/core/configuration/configuration.ts'
import type { JsonObject } from '../../../webhook/core/formats/json.ts'
import type { CommandFinding } from '../../findings/findings.ts'
import { readTargets } from './chains.ts'
import { configurationOf, settingsOf } from './installation.ts'
import { lineOf, problem, type Judge } from './line.ts'
import { namespaceOf, placeOf } from './objects.ts'
import { isAlive, serviceAccountOf } from './pod-states.ts'

export const judgePolicy: Judge = (facts) => {
  const configuration = configurationOf(facts)
  const { default: byDefault, rules } = settingsOf(facts).policy
  return [
    lineOf(
      `pods have roles that the policy lets them have (${rules.length} rules, else ${byDefault})`,
      facts.pods,
      (pods) => pods.filter(isAlive).flatMap((pod) => judgePod(pod, configuration)),
    ),
  ]
}

/** As for pods in the boundary, but that a base role is judged only where the configuration wants it. */
function judgePod(pod: JsonObject, configuration: Configuration): readonly CommandFinding[] {
  const requester = { namespace: namespaceOf(pod), serviceAccount: serviceAccountOf(pod) }
  return readTargets(pod)
    .filter(({ roleArns }) => {
      const [, ...rest] = roleArns
      const isAllowed = mayHaveChain(roleArns, requester, configuration)
      const isAllowedAfterBase =
        !configuration.judgesBaseRoles &&
        rest.length > 0 &&
        mayHaveChain(rest, requester, configuration)
      return !isAllowed && !isAllowedAfterBase
    })
    .map(({ name, roleArns }) =>
      problem(
        'pod_against_policy',
        `pod/${placeOf(pod)}`,
        `its target ${name} is ${roleArns.join(' -> ')}, and no rule lets service account ${requester.serviceAccount} of namespace ${requester.namespace} have that`,
      ),
    )
}
