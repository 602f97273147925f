/** Whether a pod can only run on Windows, by everything in it that chooses an operating system. */
import { objectAt, objectsAt, type JsonObject } from '../formats/json.ts'
import { SYSTEM_LABELS, WINDOWS_BUILD_LABEL } from '../vocabulary/names.ts'
import type { Pod } from './pod.ts'

type OperatingSystem = 'linux' | 'windows'

const EVERY: readonly OperatingSystem[] = ['linux', 'windows']

/**
 *   the pod                                                     | is for Windows
 *   ----------------------------------------------------------- | --------------
 *   names an operating system (spec.os)                         | if it is that
 *   lets its labels (node selector and affinity) leave one      | if it is that
 *   has settings for Windows (windowsOptions), and nothing else | yes
 *   otherwise, also where it only tolerates or prefers Windows  | no
 */
export function isWindowsPod(pod: Pod): boolean {
  const { name } = objectAt(pod.spec, 'os')
  if (typeof name === 'string') return name === 'windows'
  const left = EVERY.filter((system) => isSelected(pod, system))
  if (left.length === 1) return left[0] === 'windows'
  return left.length > 1 && hasWindowsOptions(pod)
}

/** Says whether nodes with this system pass the node selector and one of the terms of the required affinity. */
function isSelected({ spec }: Pod, system: OperatingSystem): boolean {
  const selector = Object.entries(objectAt(spec, 'nodeSelector'))
  const isInSelector = selector.every(([key, value]) =>
    passes({ key, operator: 'In', values: [value] }, system),
  )
  const affinity = objectAt(objectAt(spec, 'affinity'), 'nodeAffinity')
  const required = objectAt(affinity, 'requiredDuringSchedulingIgnoredDuringExecution')
  const terms = objectsAt(required, 'nodeSelectorTerms').map(([, term]) => term)
  return isInSelector && (terms.length === 0 || terms.some((term) => isTermPassed(term, system)))
}

/** A term that says nothing matches no node. */
function isTermPassed(term: JsonObject, system: OperatingSystem): boolean {
  const expressions = objectsAt(term, 'matchExpressions').map(([, expression]) => expression)
  const isEmpty = expressions.length === 0 && objectsAt(term, 'matchFields').length === 0
  return !isEmpty && expressions.every((expression) => passes(expression, system))
}

/** Labels that say nothing of the operating system let every node pass. */
function passes({ key, operator, values }: JsonObject, system: OperatingSystem): boolean {
  const listed: readonly unknown[] = Array.isArray(values) ? values : []
  if (key === WINDOWS_BUILD_LABEL) {
    if (system === 'linux') return operator === 'NotIn' || operator === 'DoesNotExist'
    return operator !== 'DoesNotExist'
  }
  if (!SYSTEM_LABELS.some((label) => label === key)) return true
  if (operator === 'In') return listed.includes(system)
  if (operator === 'NotIn') return !listed.includes(system)
  return operator !== 'DoesNotExist'
}

/** Of the pod or of a container; the API server refuses them where `spec.os` says Linux. */
function hasWindowsOptions({ spec, containers }: Pod): boolean {
  return [spec, ...containers.map(({ raw }) => raw)].some((parent) => {
    const options = objectAt(objectAt(parent, 'securityContext'), 'windowsOptions')
    return Object.values(options).some((option) => option != null && option !== false)
  })
}
