/** Reads chain mode's annotations from the pod and its service account: which stand where, and whether they may. */
import type { Configuration } from './configuration.ts'
import { CHAIN_KEYS, CHAIN_KEY_NAMES, STAMP_KEY, type ChainKey } from './keys.ts'
import type { Finding, Findings } from './reasons.ts'

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
  readonly serviceAccount: Annotations
}

/** All annotations of chain mode that count for a pod. */
export type WrittenKeys = Readonly<Partial<Record<ChainKey, Written>>>

const CHAIN_ONLY = CHAIN_KEY_NAMES.filter((key) => CHAIN_KEYS[key].kind === 'chain')
const TARGET_KEYS: readonly string[] = ['target-role-arn', 'targets', 'target']

/** Says whether an object asks for a target: whether it has any chain key. */
export function asksForTarget(
  annotations: Annotations,
  { annotationNames }: Configuration,
): boolean {
  return CHAIN_ONLY.some((key) => annotations[annotationNames[key]] !== undefined)
}

/** The annotations that count; a wrong place or name is a problem. The pod's operational keys win over its service account's. */
export function readWrittenKeys(
  sources: AnnotationSources,
  configuration: Configuration,
  { problems }: Findings,
): WrittenKeys {
  const written: Partial<Record<ChainKey, Written>> = {}
  const isSetOnServiceAccount = asksForTarget(sources.serviceAccount, configuration)
  for (const key of CHAIN_KEY_NAMES) {
    const name = configuration.annotationNames[key]
    const onPod = sources.pod[name]
    const onServiceAccount = sources.serviceAccount[name]
    if (onPod !== undefined && isSetOnServiceAccount && CHAIN_KEYS[key].kind === 'chain') {
      problems.push({
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
  problems.push(...misplacedKeys(sources, configuration))
  return written
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/: 256 KiB, all keys and values of an object together. */
const SIZE_LIMIT = 256 * 1024

/**
 * Annotations that the API server refuses after us in any case: they are not judged, since it is their size that bounds what judging
 * costs. Characters are counted, of which there are at most as many as bytes.
 */
export function sizeProblems(annotations: Annotations): readonly Finding[] {
  let size = 0
  for (const [name, value] of Object.entries(annotations)) size += name.length + value.length
  if (size <= SIZE_LIMIT) return []
  const message = `the annotations of the pod have ${size} characters in all; Kubernetes takes at most ${SIZE_LIMIT} bytes, so shorten or remove some`
  return [{ reason: 'annotations_too_large', message }]
}

/** Annotations under our prefix that mean nothing where they stand. */
export function misplacedKeys(
  sources: AnnotationSources,
  configuration: Configuration,
): readonly Finding[] {
  const prefix = `${configuration.chainAnnotationPrefix}/`
  const keysOf = (annotations: Annotations) =>
    Object.keys(annotations)
      .filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(prefix.length))
  const podOnly = keysOf(sources.serviceAccount).filter(
    (key) => isKey(key) && CHAIN_KEYS[key].place === 'pod',
  )
  const unknown = [
    ...keysOf(sources.pod).filter((key) => key !== STAMP_KEY),
    ...keysOf(sources.serviceAccount),
  ].filter((key) => !isKey(key))
  return [
    ...podOnly.map((key): Finding => ({
      reason: 'pod_only_key',
      message: `${prefix}${key} stands on the service account, where it has no effect; set it on the pod`,
    })),
    ...unknown.map((key): Finding => {
      const nearest = nearestKey(key)
      const fix = nearest === null ? 'remove it' : `did you mean ${prefix}${nearest}?`
      return {
        reason: 'unknown_key',
        message: `${prefix}${key}: there is no such annotation; ${fix}`,
      }
    }),
  ]
}

/** Says whether an unknown key looks like a misspelt way to ask for a target: such a pod would run as somebody else. */
export function isMisspeltTarget({ message, reason }: Finding): boolean {
  return reason === 'unknown_key' && TARGET_KEYS.some((key) => message.endsWith(`/${key}?`))
}

/** A value for a message: people write long ones. */
export function shorten(value: string): string {
  return value.length <= 120 ? value : `${value.slice(0, 117)}...`
}

/** A problem with one annotation's value. */
export function badValue({ label, value }: Written, problem: string): Finding {
  return { reason: 'bad_value', message: `${label}: '${shorten(value)}' ${problem}` }
}

function isKey(key: string): key is ChainKey {
  return Object.hasOwn(CHAIN_KEYS, key)
}

/** As many characters may differ in a key that was meant to be another. */
const MISSPELLING = 3

function nearestKey(key: string): ChainKey | null {
  const [nearest] = CHAIN_KEY_NAMES.filter(
    (known) => Math.abs(known.length - key.length) <= MISSPELLING,
  )
    .map((known) => ({ known, steps: distance(key, known) }))
    .filter(({ steps }) => steps <= MISSPELLING)
    .sort((left, right) => left.steps - right.steps)
  return nearest?.known ?? null
}

/** Levenshtein's distance: how many characters have to be added, removed or changed. */
function distance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (const [row, character] of Array.from(left).entries()) {
    const current = [row + 1]
    for (let column = 0; column < right.length; column += 1) {
      const change = (previous[column] ?? 0) + (character === right[column] ? 0 : 1)
      current.push(Math.min(change, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1))
    }
    previous = current
  }
  return previous[right.length] ?? 0
}
