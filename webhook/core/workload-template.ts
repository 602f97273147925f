/** Finds the pod template in a workload, and makes of it the pod that its controller would send. It judges nothing. */
import { isObject, objectAt, type JsonObject } from './json.ts'

/** The kinds whose templates are judged, with the way to their template. */
const TEMPLATE_PATHS: Readonly<Record<string, readonly string[]>> = {
  Deployment: ['spec', 'template'],
  StatefulSet: ['spec', 'template'],
  DaemonSet: ['spec', 'template'],
  Job: ['spec', 'template'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
}

/** A pod as the template says it, raw JSON; undefined for another kind, and for what has no template. */
export function readTemplatePod(kind: string, workload: JsonObject): JsonObject | undefined {
  const path = Object.hasOwn(TEMPLATE_PATHS, kind) ? TEMPLATE_PATHS[kind] : undefined
  const template = path?.reduce(objectAt, workload)
  if (!isObject(template?.['spec'])) return undefined
  return { apiVersion: 'v1', kind: 'Pod', ...template }
}
