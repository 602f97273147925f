/** A report of the pod: the facts that decisions are taken by, read from raw JSON of any shape. It decides nothing. */
import { SIDECAR_CONTAINER_NAME } from '../../../sidecar/contract.ts'
import {
  isObject,
  objectAt,
  readObjectsAt,
  textAt,
  toText,
  type JsonObject,
} from '../formats/json.ts'
import { podSizeProblem } from './pod-size.ts'
import type { Finding } from '../vocabulary/reasons.ts'
import { SYSTEM_LABELS } from '../vocabulary/names.ts'

/** One entry of a container's `env`. */
export interface Variable {
  readonly index: number
  readonly name: string
  /** The literal value; null where it comes from a `valueFrom`. */
  readonly value: string | null
  /** Its `valueFrom`; null where there is none. */
  readonly source: JsonObject | null
}

/** One entry of a container's `volumeMounts`. */
export interface Mount {
  readonly index: number
  readonly volume: string
  readonly path: string
  readonly raw: JsonObject
}

export interface Container {
  readonly name: string
  readonly list: 'initContainers' | 'containers'
  readonly index: number
  /** JSON Pointer of the container in the pod. */
  readonly pointer: string
  readonly isNativeSidecar: boolean
  readonly variables: readonly Variable[]
  readonly mounts: readonly Mount[]
  readonly raw: JsonObject
}

export interface Volume {
  readonly index: number
  readonly name: string
  readonly raw: JsonObject
}

type Texts = Readonly<Record<string, string>>

export interface Pod {
  /**
   * Null where all of the pod was read; else what is too large, and there are no containers and volumes here, and
   * annotations may be anything.
   */
  readonly sizeProblem: Finding | null
  readonly annotations: Texts
  readonly labels: Texts
  readonly metadata: JsonObject
  readonly hasMetadata: boolean
  readonly spec: JsonObject
  readonly serviceAccountName: string
  /** Init containers first, then the others, both in the pod's order; without {@link Pod.sidecars}. */
  readonly containers: readonly Container[]
  /** Init containers with the name of the sidecar: at most one in a valid pod. */
  readonly sidecars: readonly Container[]
  readonly volumes: readonly Volume[]
}

function isSidecar({ name }: Container): boolean {
  return name === SIDECAR_CONTAINER_NAME
}

/** The facts of a pod, or null when the JSON is no pod at all. */
export function readPod(raw: unknown): Pod | null {
  if (!isObject(raw) || !isObject(raw['spec'])) return null
  if (raw['metadata'] != null && !isObject(raw['metadata'])) return null
  const spec = raw['spec']
  const written = readAnnotations(raw)
  const labels = objectAt(objectAt(raw, 'metadata'), 'labels')
  const sizeProblem = podSizeProblem({ annotations: written, labels, spec })
  const read = sizeProblem === null ? spec : {}
  const initContainers = readContainers(read, 'initContainers')
  return {
    sizeProblem,
    annotations: sizeProblem === null ? readTexts(written) : (written as Texts),
    labels: sizeProblem === null ? readTexts(labels) : {},
    metadata: objectAt(raw, 'metadata'),
    hasMetadata: isObject(raw['metadata']),
    spec,
    serviceAccountName: readServiceAccountName(raw),
    containers: [
      ...initContainers.filter((container) => !isSidecar(container)),
      ...readContainers(read, 'containers'),
    ],
    sidecars: initContainers.filter(isSidecar),
    volumes: readObjectsAt(read, 'volumes', (volume, index) => ({
      index,
      name: textAt(volume, 'name'),
      raw: volume,
    })),
  }
}

/** The pod's annotations as they came, whatever the values are; empty when it has none. */
export function readAnnotations(raw: unknown): JsonObject {
  return isObject(raw) ? objectAt(objectAt(raw, 'metadata'), 'annotations') : {}
}

/** The name of the pod's service account; `default` when the pod names none. */
export function readServiceAccountName(raw: unknown): string {
  const spec = isObject(raw) ? objectAt(raw, 'spec') : {}
  return textAt(spec, 'serviceAccountName') || textAt(spec, 'serviceAccount') || 'default'
}

/** Says whether the pod chooses Windows nodes by label: all that EKS's webhook looks at. */
export function selectsWindows({ spec }: Pod): boolean {
  const selector = objectAt(spec, 'nodeSelector')
  return SYSTEM_LABELS.some((label) => selector[label] === 'windows')
}

/** The variable that a process would see: of equal names the last one counts. */
export function findVariable(variables: readonly Variable[], name: string): Variable | undefined {
  return variables.findLast((variable) => variable.name === name)
}

function readContainers(spec: JsonObject, list: Container['list']): readonly Container[] {
  return readObjectsAt(spec, list, (raw, index) => ({
    name: textAt(raw, 'name'),
    list,
    index,
    pointer: `/spec/${list}/${index}`,
    isNativeSidecar: list === 'initContainers' && raw['restartPolicy'] === 'Always',
    variables: readObjectsAt(raw, 'env', readVariable),
    mounts: readObjectsAt(raw, 'volumeMounts', readMount),
    raw,
  }))
}

function readMount(raw: JsonObject, index: number): Mount {
  return { index, volume: textAt(raw, 'name'), path: textAt(raw, 'mountPath'), raw }
}

/** Of most pods this is most of the work: keys that are known where they are looked up cost a fraction of others. */
function readVariable(raw: JsonObject, index: number): Variable {
  const { name, value, valueFrom } = raw
  return isObject(valueFrom)
    ? { index, name: toText(name), value: null, source: valueFrom }
    : { index, name: toText(name), value: toText(value), source: null }
}

/**
 * The texts of a map of annotations or labels: values that are not text, which no API server lets through, are left
 * out.
 */
export function readTexts(map: JsonObject): Texts {
  return Object.values(map).every((value) => typeof value === 'string')
    ? (map as Texts)
    : Object.fromEntries(Object.entries(map).filter(isTextEntry))
}

function isTextEntry(entry: [string, unknown]): entry is [string, string] {
  return typeof entry[1] === 'string'
}
