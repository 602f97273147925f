/** Annotations as people write them, on the pod or on its service account, and what is said of a bad one. */
import type { AnnotationNames } from '../configuration/configuration.ts'
import type { JsonObject } from '../formats/json.ts'
import { CHAIN_KEYS, CHAIN_KEY_NAMES, type ChainKey } from '../vocabulary/keys.ts'
import type { Finding } from '../vocabulary/reasons.ts'
import { shorten } from '../formats/name-list.ts'

export type Annotations = Readonly<Record<string, string>>

/** One annotation as somebody wrote it. */
export interface Annotation {
  /** Its full name, and where it stands when that is not the pod. */
  readonly label: string
  readonly value: string
  readonly isOnPod: boolean
}

export interface AnnotationSources {
  readonly pod: Annotations
  /** Of the pod. */
  readonly labels: Annotations
  readonly serviceAccount: Annotations
}

/** All annotations of chain mode that count for a pod. */
export type ChainAnnotations = Readonly<Partial<Record<ChainKey, Annotation>>>

const CHAIN_ONLY = CHAIN_KEY_NAMES.filter((key) => CHAIN_KEYS[key].kind === 'chain')

/** Says whether an object asks for a target: whether it has any chain key. */
export function asksForTarget(
  annotations: JsonObject,
  { annotationNames }: AnnotationNames,
): boolean {
  return CHAIN_ONLY.some((key) => typeof annotations[annotationNames[key]] === 'string')
}

/** Twice the largest that has a meaning: tags, or the names of containers. */
const VALUE_LIMIT = 32 * 1024

/** Values that are longer than any that means something: nothing is read in them. */
export function lengthProblems(
  { pod, serviceAccount }: Pick<AnnotationSources, 'pod' | 'serviceAccount'>,
  { annotationNames }: AnnotationNames,
): readonly Finding[] {
  const found: Finding[] = []
  const judge = (name: string, { length }: string) => {
    if (length <= VALUE_LIMIT) return
    const message = `${name}: the value has ${length} characters, and may have ${VALUE_LIMIT}; shorten it`
    found.push({ reason: 'bad_value', message })
  }
  for (const key of CHAIN_KEY_NAMES) {
    const name = annotationNames[key]
    judge(name, pod[name] ?? '')
    judge(name, serviceAccount[name] ?? '')
  }
  return found
}

/** A problem with one annotation's value. */
export function badValue({ label, value }: Annotation, problem: string): Finding {
  return { reason: 'bad_value', message: `${label}: '${shorten(value)}' ${problem}` }
}
