/**
 * Which containers of a pod without target get what parity mode gives: our list of those that do, beside upstream's of
 * those that do not.
 */
import { badValue, type Annotations, type Annotation } from '../annotations/annotations.ts'
import type { AnnotationNames } from '../configuration/configuration.ts'
import { toContainerList } from '../formats/name-list.ts'
import type { Pod } from '../pod/pod.ts'
import type { Finding } from '../vocabulary/reasons.ts'
import { readNames } from '../annotations/skip-list.ts'

export interface Inclusion {
  /** Null means all. */
  readonly names: ReadonlySet<string> | null
  readonly warnings: readonly Finding[]
}

const ALL: Inclusion = { names: null, warnings: [] }

/**
 * Reads the annotation `containers`; the pod's wins. What cannot be read leaves no container out, as with upstream's
 * list.
 */
export function readInclusion(
  pod: Pod,
  serviceAccount: Annotations,
  { annotationNames }: AnnotationNames,
): Inclusion {
  const annotation = readAnnotation(pod, serviceAccount, annotationNames.containers)
  if (annotation === null || annotation.value.trim() === '*') return ALL
  const names = readNames(annotation.value)
  if (names === null) {
    const problem =
      'is not a list of names of containers, so none is left out; write names separated by commas, or *'
    return { names: null, warnings: [badValue(annotation, problem)] }
  }
  return { names: new Set(names), warnings: unknownNames(pod, annotation, names) }
}

function readAnnotation(pod: Pod, serviceAccount: Annotations, label: string): Annotation | null {
  const onPod = pod.annotations[label]
  if (onPod !== undefined) return { label, value: onPod, isOnPod: true }
  const value = serviceAccount[label]
  return value === undefined
    ? null
    : { label: `${label} (on the service account)`, value, isOnPod: false }
}

/** A service account's list is for pods of many kinds. */
function unknownNames(
  pod: Pod,
  annotation: Annotation,
  names: readonly string[],
): readonly Finding[] {
  const present = new Set(pod.containers.map(({ name }) => name))
  const absent = names.filter((name) => !present.has(name))
  if (!annotation.isOnPod || absent.length === 0) return []
  const message = `${annotation.label}: the pod has no ${toContainerList(absent)}`
  return [{ reason: 'unknown_container', message }]
}
