/** Reads chain mode's annotations from the pod and its service account: which stand where, and whether they may. */
import type { Configuration } from '../configuration/configuration.ts'
import type { JsonObject } from '../formats/json.ts'
import { CHAIN_KEYS, CHAIN_KEY_NAMES, type ChainKey } from '../vocabulary/keys.ts'
import type { Finding, Findings } from '../vocabulary/reasons.ts'
import { readStrayKeys } from './stray-keys.ts'

export type Annotations = Readonly<Record<string, string>>

/** One annotation as somebody wrote it. */
export interface Written {
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
export type WrittenKeys = Readonly<Partial<Record<ChainKey, Written>>>

const CHAIN_ONLY = CHAIN_KEY_NAMES.filter((key) => CHAIN_KEYS[key].kind === 'chain')

/** Says whether an object asks for a target: whether it has any chain key. */
export function asksForTarget(
  annotations: JsonObject,
  { annotationNames }: Configuration,
): boolean {
  return CHAIN_ONLY.some((key) => typeof annotations[annotationNames[key]] === 'string')
}

/** The annotations that count; a wrong place or name is a problem. The pod's operational keys win over its service account's. */
export function readWrittenKeys(
  sources: AnnotationSources,
  configuration: Configuration,
  findings: Findings,
): WrittenKeys {
  const written: Partial<Record<ChainKey, Written>> = {}
  const isSetOnServiceAccount = asksForTarget(sources.serviceAccount, configuration)
  for (const key of CHAIN_KEY_NAMES) {
    const name = configuration.annotationNames[key]
    const onPod = sources.pod[name]
    const onServiceAccount = sources.serviceAccount[name]
    if (onPod !== undefined && isSetOnServiceAccount && CHAIN_KEYS[key].kind === 'chain') {
      findings.problems.push({
        reason: 'set_on_service_account',
        message: `${name}: '${shorten(onPod)}' stands on the pod, but its service account sets the chain; remove it, or use another service account for another chain`,
      })
    }
    if (onPod !== undefined) written[key] = { label: name, value: onPod, isOnPod: true }
    else if (onServiceAccount !== undefined && CHAIN_KEYS[key].place !== 'pod') {
      written[key] = {
        label: `${name} (on the service account)`,
        value: onServiceAccount,
        isOnPod: false,
      }
    }
  }
  tellStrayKeys(sources, configuration, findings)
  return written
}

/** Beside a target, a misspelt setting would be left out in silence; a label beside the annotation that counts misleads nobody. */
function tellStrayKeys(
  sources: AnnotationSources,
  configuration: Configuration,
  { problems, warnings }: Findings,
): void {
  for (const stray of readStrayKeys(sources, configuration)) {
    const isFatal = stray.kind !== 'hint' && stray.reason !== 'misplaced_key'
    if (isFatal) problems.push(stray)
    else warnings.push(stray)
  }
}

/** Twice the largest that has a meaning: tags, or the names of containers. */
const VALUE_LIMIT = 32 * 1024

/** Values that are longer than any that means something: nothing is read in them. */
export function lengthProblems(
  { pod, serviceAccount }: Pick<AnnotationSources, 'pod' | 'serviceAccount'>,
  { annotationNames }: Configuration,
): readonly Finding[] {
  return CHAIN_KEY_NAMES.flatMap((key) => {
    const name = annotationNames[key]
    return [pod[name] ?? '', serviceAccount[name] ?? '']
      .filter(({ length }) => length > VALUE_LIMIT)
      .map(({ length }) => ({
        reason: 'bad_value',
        message: `${name}: the value has ${length} characters, and may have ${VALUE_LIMIT}; shorten it`,
      }))
  })
}

/** A value for a message: people write long ones. */
export function shorten(value: string): string {
  return value.length <= 120 ? value : `${value.slice(0, 117)}...`
}

/** A problem with one annotation's value. */
export function badValue({ label, value }: Written, problem: string): Finding {
  return { reason: 'bad_value', message: `${label}: '${shorten(value)}' ${problem}` }
}
