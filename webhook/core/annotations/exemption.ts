/** Pods that are left alone whatever their service account says. */
import { asksForTarget, type Annotations } from './annotations.ts'
import type { AnnotationNames } from '../configuration/configuration.ts'
import type { JsonObject } from '../formats/json.ts'
import type { Finding, Reason } from '../vocabulary/reasons.ts'
import { misspellsTarget } from './stray-keys.ts'

const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror'

/** Why a pod is left alone whatever its service account says; null when it is not. */
export function readExemption(
  pod: JsonObject,
  { annotationNames }: AnnotationNames,
): Reason | null {
  if (typeof pod[MIRROR_ANNOTATION] === 'string') return 'mirror_pod'
  return pod[annotationNames.inject] === 'false' ? 'inject_false' : null
}

/** A pod that asks for a target and is left alone runs as somebody else. */
export function exemptionWarnings(
  reason: Reason,
  pod: Annotations,
  configuration: AnnotationNames,
): readonly Finding[] {
  if (!asksForTarget(pod, configuration) && !misspellsTarget(pod, configuration)) return []
  const message =
    reason === 'mirror_pod'
      ? 'the pod asks for a target and will not get it: the kubelet made it from a file, and admission cannot change what runs; make it a pod of the API server, such as one of a DaemonSet'
      : `${configuration.annotationNames.inject}: "false" leaves the pod alone, so it will not get the target that its annotations ask for; remove it, or remove the target`
  return [{ reason, message }]
}
