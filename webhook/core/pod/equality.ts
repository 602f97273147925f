/** Tells whether something that stands in a pod is what we would write now, when the API server has been over it. */
import { isObject, type JsonObject } from '../formats/json.ts'
import { readQuantity } from '../formats/limits.ts'

/** Says whether an extra field, which we do not set, is one that the cluster itself puts there. */
type ExtraField = (path: string, key: string, value: unknown) => boolean

/** Defaults of the API server, by path (array indices left out) and field, with the values that they may have. */
const DEFAULTS: Readonly<Record<string, readonly unknown[]>> = {
  '/terminationMessagePath': ['/dev/termination-log'],
  '/terminationMessagePolicy': ['File'],
  '/imagePullPolicy': ['Always', 'IfNotPresent', 'Never'],
  '/env/valueFrom/fieldRef/apiVersion': ['v1'],
  '/startupProbe/successThreshold': [1],
  '/projected/defaultMode': [420],
}

const isDefault: ExtraField = (path, key, value) =>
  /^\/resources\/(?:requests|limits)$/.test(path) ||
  (DEFAULTS[`${path}/${key}`]?.includes(value) ?? false)

/**
 * Says whether `actual` equals `wanted` in every field of `wanted`, and has no others than defaults of the API server
 * and amounts of a LimitRange. Quantities are equal when they stand for the same amount.
 */
export function isSame(wanted: unknown, actual: unknown, path = ''): boolean {
  if (Array.isArray(wanted)) return Array.isArray(actual) && isSameList(wanted, actual, path)
  if (isObject(wanted)) return isObject(actual) && isSameObject(wanted, actual, path)
  if (wanted === actual) return true
  const isQuantity = path.startsWith('/resources/') || path === '/emptyDir/sizeLimit'
  return (
    isQuantity && readQuantity(wanted) !== null && readQuantity(wanted) === readQuantity(actual)
  )
}

function isSameObject(wanted: JsonObject, actual: JsonObject, path: string): boolean {
  return (
    Object.keys(wanted).every((key) => isSame(wanted[key], actual[key], `${path}/${key}`)) &&
    Object.keys(actual).every(
      (key) => Object.hasOwn(wanted, key) || isDefault(path, key, actual[key]),
    )
  )
}

function isSameList(wanted: readonly unknown[], actual: readonly unknown[], path: string): boolean {
  return (
    wanted.length === actual.length &&
    wanted.every((value, index) => isSame(value, actual[index], path))
  )
}
