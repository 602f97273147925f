/** Reading Kubernetes objects as they come: what every category needs of them. */
import {
  objectAt,
  readObjectsAt,
  textAt,
  type JsonObject,
} from '../../../webhook/core/formats/json.ts'
import { readTexts } from '../../../webhook/core/pod/pod.ts'

export function nameOf(object: JsonObject): string {
  return textAt(objectAt(object, 'metadata'), 'name')
}

export function namespaceOf(object: JsonObject): string {
  return textAt(objectAt(object, 'metadata'), 'namespace')
}

/** `namespace/name`, or the name of what has no namespace. */
export function placeOf(object: JsonObject): string {
  return namespaceOf(object) === '' ? nameOf(object) : `${namespaceOf(object)}/${nameOf(object)}`
}

export function labelsOf(object: JsonObject): Readonly<Record<string, string>> {
  return readTexts(objectAt(objectAt(object, 'metadata'), 'labels'))
}

export function annotationsOf(object: JsonObject): Readonly<Record<string, string>> {
  return readTexts(objectAt(objectAt(object, 'metadata'), 'annotations'))
}

/** The object at the end of a path; an empty one where there is none. */
export function inside(object: JsonObject, ...path: readonly string[]): JsonObject {
  return path.reduce(objectAt, object)
}

/** The objects of a list under a key. */
export function eachAt(object: JsonObject, key: string): readonly JsonObject[] {
  return readObjectsAt(object, key, (element) => element)
}

/** The texts of a list under a key. */
export function textsAt(object: JsonObject, key: string): readonly string[] {
  const value = object[key]
  return Array.isArray(value) ? value.filter((element) => typeof element === 'string') : []
}

export function numberAt(object: JsonObject, key: string, otherwise = 0): number {
  const value = object[key]
  return typeof value === 'number' ? value : otherwise
}
