/** Finds the pod in an object: itself, or the template that its controller makes pods of. */
import { isObject, objectAt, type JsonObject } from '../../../webhook/core/formats/json.ts'
import type { ManifestObject, Path } from './manifest.ts'

/** A pod, and where it stands in its object. */
export interface PodTemplate {
  readonly path: Path
  /** As the API server would send it to the webhook. */
  readonly pod: JsonObject
}

/**
 * Where kinds have their template: workloads of Kubernetes, those of others that are made alike (an Argo Rollout), a
 * CronJob, a PodTemplate.
 */
const TEMPLATE_PATHS = [
  ['spec', 'template'],
  ['spec', 'jobTemplate', 'spec', 'template'],
  ['template'],
] as const

/** Undefined for an object without pods. */
export function readPodTemplate({ kind, value }: ManifestObject): PodTemplate | undefined {
  if (kind === 'Pod') return isObject(value['spec']) ? { path: [], pod: value } : undefined
  for (const path of TEMPLATE_PATHS) {
    const template = path.reduce<JsonObject>(objectAt, value)
    if (Array.isArray(objectAt(template, 'spec')['containers'])) {
      return { path, pod: { apiVersion: 'v1', kind: 'Pod', ...template } }
    }
  }
  return undefined
}

/** The object with another pod in the place of its own. */
export function withPod(value: JsonObject, { path }: PodTemplate, pod: JsonObject): JsonObject {
  const [first, ...rest] = path
  if (first === undefined) return pod
  const { apiVersion: _version, kind: _kind, ...template } = pod
  const inner =
    rest.length === 0 ? template : withPod(objectAt(value, String(first)), { path: rest, pod }, pod)
  return { ...value, [first]: inner }
}
