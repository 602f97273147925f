/** The chains of a pod that runs, read from what the webhook wrote into it. */
import { ROLES_VARIABLE, type SidecarConfiguration } from '../../../sidecar/contract.ts'
import { CONFIGURATION_VARIABLE } from '../../../sidecar/contract.ts'
import { isObject, textAt, type JsonObject } from '../../../webhook/core/formats/json.ts'
import { eachAt } from './objects.ts'
import { sidecarOf } from './pod-states.ts'

/** A target with the roles of its chain, in order. */
export interface RunningTarget {
  readonly name: string
  readonly roleArns: readonly string[]
}

/** Empty where there is no sidecar, or what stands there is not as the webhook writes it. */
export function readTargets(pod: JsonObject): readonly RunningTarget[] {
  const sidecar = sidecarOf(pod)
  if (sidecar === undefined) return []
  const valueOf = (name: string) =>
    textAt(
      eachAt(sidecar, 'env').find((variable) => textAt(variable, 'name') === name) ?? {},
      'value',
    )
  const names = targetNames(valueOf(CONFIGURATION_VARIABLE))
  return valueOf(ROLES_VARIABLE)
    .split('\n')
    .filter((line) => line !== '')
    .map((line, index) => ({ name: names[index] ?? `${index + 1}`, roleArns: line.split(' ') }))
}

function targetNames(configuration: string): readonly string[] {
  try {
    const parsed: unknown = JSON.parse(configuration)
    const targets = isObject(parsed) ? (parsed as Partial<SidecarConfiguration>).targets : undefined
    return isObject(targets) ? Object.keys(targets) : []
  } catch {
    return []
  }
}
