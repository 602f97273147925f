/** Finds the pod template in a workload, and makes of it the pod that its controller would send. It judges nothing. */
import { isObject, objectAt, type JsonObject } from '../formats/json.ts'
import { readTexts } from './pod.ts'
import { annotationsProblem } from './pod-size.ts'

/** The kinds whose templates are judged, with the way to their template. */
const TEMPLATE_PATHS: Readonly<Record<string, readonly string[]>> = {
  Deployment: ['spec', 'template'],
  StatefulSet: ['spec', 'template'],
  DaemonSet: ['spec', 'template'],
  Job: ['spec', 'template'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
}

/** What a workload says of itself, beside its template. */
export interface Workload {
  /** Such as Deployment. */
  readonly kind: string
  /**
   * Annotations and labels that are not those of its pods, the outermost first; none of a map that is too large to be
   * read.
   */
  readonly keys: readonly Readonly<Record<string, string>>[]
}

/** The workload itself; of a CronJob, the template of its Jobs too. */
export function readWorkload(kind: string, workload: JsonObject): Workload {
  const owners =
    kind === 'CronJob' ? [workload, JOB_TEMPLATE.reduce(objectAt, workload)] : [workload]
  return {
    kind,
    keys: owners.flatMap((owner) => {
      const metadata = objectAt(owner, 'metadata')
      return [objectAt(metadata, 'annotations'), objectAt(metadata, 'labels')]
        .filter((map) => annotationsProblem(kind, map) === null)
        .map(readTexts)
    }),
  }
}

const JOB_TEMPLATE = ['spec', 'jobTemplate']

/** The pod of the template, as raw JSON. Undefined for another kind, and for an object without a template. */
export function readTemplatePod(kind: string, workload: JsonObject): JsonObject | undefined {
  const path = Object.hasOwn(TEMPLATE_PATHS, kind) ? TEMPLATE_PATHS[kind] : undefined
  const template = path?.reduce(objectAt, workload)
  if (!isObject(template?.['spec'])) return undefined
  return { apiVersion: 'v1', kind: 'Pod', ...template }
}
