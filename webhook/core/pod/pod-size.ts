/**
 * How much a pod may hold to be judged in full. Whoever may create a pod chooses how much that is, and the judgement of
 * one must not keep those of others waiting, so it is counted before anything is read.
 */
import { isObject, objectAt, type JsonObject } from '../formats/json.ts'
import type { Finding } from '../vocabulary/reasons.ts'

/** Far more than a node runs of one pod. Each takes up to ten operations of the patch, a kilobyte in all. */
const CONTAINER_LIMIT = 500

/** Of the lists that are read. Each takes a microsecond or two, and those of our names an operation. */
const ENTRY_LIMIT = 10_000

/** Of labels too. Far more than people write; Kubernetes bounds only their size. */
const ANNOTATION_LIMIT = 2000

/**
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/: 256 KiB, all keys and values of an
 * object together.
 */
const ANNOTATION_CHARACTER_LIMIT = 256 * 1024

/** What is too large in the raw JSON of a pod. Null when nothing is. */
export function podSizeProblem({
  annotations,
  labels,
  spec,
}: {
  readonly annotations: JsonObject
  readonly labels: JsonObject
  readonly spec: JsonObject
}): Finding | null {
  const problem = annotationsProblem('the pod', annotations) ?? specProblem(spec)
  if (problem !== null || Object.keys(labels).length <= ANNOTATION_LIMIT) return problem
  return tooLarge(`more than ${ANNOTATION_LIMIT} labels`)
}

/**
 * What is too large about the annotations of an object. The API server refuses those of a pod that are larger than
 * Kubernetes takes only after us. Characters are counted, of which there are at most as many as bytes.
 */
export function annotationsProblem(owner: string, annotations: JsonObject): Finding | null {
  const names = Object.keys(annotations)
  if (names.length > ANNOTATION_LIMIT) {
    const message = `${owner} has ${names.length} annotations; rolechain reads at most ${ANNOTATION_LIMIT}, so remove some`
    return { reason: 'annotations_too_large', message }
  }
  let size = 0
  for (const name of names) {
    const value = annotations[name]
    size += name.length + (typeof value === 'string' ? value.length : 0)
  }
  if (size <= ANNOTATION_CHARACTER_LIMIT) return null
  const message = `the annotations of ${owner} have ${size} characters in all; Kubernetes takes at most ${ANNOTATION_CHARACTER_LIMIT} bytes, so shorten or remove some`
  return { reason: 'annotations_too_large', message }
}

function specProblem(spec: JsonObject): Finding | null {
  const containers = [...listAt(spec, 'initContainers'), ...listAt(spec, 'containers')]
  if (containers.length > CONTAINER_LIMIT) {
    return tooLarge(
      `${containers.length} containers; rolechain gives a role to pods of at most ${CONTAINER_LIMIT}`,
    )
  }
  let entries = listAt(spec, 'volumes').length
  for (const container of containers) if (isObject(container)) entries += countEntries(container)
  return entries > ENTRY_LIMIT
    ? tooLarge(
        `${entries} variables, mounts, ports, capabilities and volumes; rolechain gives a role to pods of at most ${ENTRY_LIMIT} in all`,
      )
    : null
}

function tooLarge(what: string): Finding {
  return { reason: 'pod_too_large', message: `the pod has ${what}, so divide it` }
}

function countEntries(container: JsonObject): number {
  const capabilities = objectAt(objectAt(container, 'securityContext'), 'capabilities')
  return (
    listAt(container, 'env').length +
    listAt(container, 'volumeMounts').length +
    listAt(container, 'ports').length +
    listAt(capabilities, 'add').length +
    listAt(capabilities, 'drop').length
  )
}

function listAt(parent: JsonObject, key: string): readonly unknown[] {
  const value: unknown = parent[key]
  return Array.isArray(value) ? value : []
}
