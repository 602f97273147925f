/** The chains of a pod that runs, read from what the webhook wrote into it. */
import {
  CONFIGURATION_VARIABLE,
  DEFAULT_SESSION_NAME,
  ROLES_VARIABLE,
  type Hop,
  type SidecarConfiguration,
} from '../../../sidecar/contract.ts'
import { isObject, textAt, type JsonObject } from '../../../webhook/core/formats/json.ts'
import { eachAt } from './objects.ts'
import { sidecarOf } from './pod-states.ts'

/** A target with the roles of its chain, in order. */
export interface RunningTarget {
  readonly name: string
  readonly roleArns: readonly string[]
  /** With all that is sent; none where EKS Pod Identity gives the first session, or what stands there is damaged. */
  readonly hops: readonly Hop[]
  readonly sessionName: string
}

/** Empty where there is no sidecar, or what stands there is not as the webhook writes it. */
export function readTargets(pod: JsonObject): readonly RunningTarget[] {
  const sidecar = sidecarOf(pod)
  if (sidecar === undefined) return []
  const variables = eachAt(sidecar, 'env')
  const valueOf = (name: string) =>
    textAt(variables.find((variable) => textAt(variable, 'name') === name) ?? {}, 'value')
  const { targets = {}, sessionName, source } = parseConfiguration(valueOf(CONFIGURATION_VARIABLE))
  const named = Object.entries(isObject(targets) ? targets : {})
  return valueOf(ROLES_VARIABLE)
    .split('\n')
    .filter((line) => line !== '')
    .map((line, index) => {
      const [name, target] = named[index] ?? [String(index + 1)]
      return {
        name,
        roleArns: line.split(' '),
        hops: source === undefined ? (target?.chain ?? []) : [],
        sessionName: sessionName ?? DEFAULT_SESSION_NAME,
      }
    })
}

function parseConfiguration(text: string): Partial<SidecarConfiguration> {
  try {
    const parsed: unknown = JSON.parse(text)
    return isObject(parsed) ? parsed : {}
  } catch {
    return {}
  }
}
