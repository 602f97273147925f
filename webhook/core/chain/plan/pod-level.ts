/**
 * What `spec.resources` (pod-level resources, on by default from Kubernetes 1.34) leaves for the sidecar. The rules are
 * those of the API server; what is made of them, `resources.ts` says.
 */
import { objectAt, type JsonObject } from '../../formats/json.ts'
import type { Container, Pod } from '../../pod/pod.ts'
import { readQuantity } from '../../formats/limits.ts'

/** A resource that both the pod and its containers may bound. */
export type BoundedResource = 'cpu' | 'memory'

/** What a pod leaves of one resource. */
export interface Room {
  /** The most that the sidecar may request, as a quantity; null where nothing bounds it. */
  readonly request: string | null
  /** The most that may be its limit. */
  readonly limit: string | null
}

/** The finest steps of one in which the amounts of a container count: the API server rounds up to them. */
const UNITS: Readonly<Record<BoundedResource, number>> = { cpu: 1000, memory: 1 }

const MEBIBYTE = 2 ** 20

/** Says whether a pod bounds itself as a whole: then its class of service comes from these amounts alone. */
export function hasPodLevelResources({ spec }: Pod): boolean {
  const { requests, limits } = amountsOf(spec)
  return Object.keys({ ...requests, ...limits }).length > 0
}

/**
 * What a pod leaves, the sidecar standing at `index` among the init containers:
 *
 *   a container's                       | may not be above
 *   ----------------------------------- | ------------------
 *   request, with those that run beside | the pod's request
 *   limit                               | the pod's limit
 *
 * Native sidecars run beside all that start after them, so the sidecar counts at the ordinary init containers behind it
 * too.
 */
export function readRoom(pod: Pod, resource: BoundedResource, index: number): Room {
  if (!hasPodLevelResources(pod)) return { request: null, limit: null }
  const { limits } = amountsOf(pod.spec)
  const bound = readBound(pod, resource)
  return {
    request: bound === null ? null : toText(bound - peakFrom(pod, resource, index), resource),
    limit: readQuantity(limits[resource]) === null ? null : String(limits[resource]),
  }
}

/**
 * The requests that the API server writes on a pod as a whole before webhooks see it, and that a manifest leaves out. A
 * manifest with the sidecar needs them: the API server would count the sidecar's in.
 */
export function missingRequests(pod: Pod): Readonly<Partial<Record<BoundedResource, string>>> {
  const { requests, limits } = amountsOf(pod.spec)
  if (Object.keys(limits).length === 0) return {}
  const resources: readonly BoundedResource[] = ['cpu', 'memory']
  return Object.fromEntries(
    resources.flatMap((resource) => {
      const bound = requests[resource] === undefined ? readBound(pod, resource) : null
      return bound === null ? [] : [[resource, toText(bound, resource)]]
    }),
  )
}

/** The most that containers request together, once the sidecar runs at `index` among the init containers. */
function peakFrom(pod: Pod, resource: BoundedResource, index: number): number {
  let beside = 0
  let peak = steadyRequest(pod, resource)
  const init = pod.containers.filter(({ list }) => list === 'initContainers')
  for (const [place, container] of init.entries()) {
    const amount = readRequest(container, resource) ?? 0
    if (place >= index) peak = Math.max(peak, beside + amount)
    if (container.isNativeSidecar) beside += amount
  }
  return peak
}

/** Of all that run together in the end. */
function steadyRequest({ containers }: Pod, resource: BoundedResource): number {
  return containers
    .filter(({ list, isNativeSidecar }) => list === 'containers' || isNativeSidecar)
    .reduce((sum, container) => sum + (readRequest(container, resource) ?? 0), 0)
}

/**
 * The pod's request. Where it has none, the API server writes one, unless the pod has no limits either: what its
 * containers request, else its limit. In a pod this is there already; in the template of a workload it is not.
 */
function readBound(pod: Pod, resource: BoundedResource): number | null {
  const { requests, limits } = amountsOf(pod.spec)
  const request = toUnits(requests[resource], resource, Math.floor)
  if (request !== null || Object.keys(limits).length === 0) return request
  return pod.containers.some((container) => readRequest(container, resource) !== null)
    ? peakFrom(pod, resource, 0)
    : toUnits(limits[resource], resource, Math.floor)
}

/** A missing request takes the limit's value. */
function readRequest({ raw }: Container, resource: BoundedResource): number | null {
  const { requests, limits } = amountsOf(raw)
  return toUnits(requests[resource] ?? limits[resource], resource, Math.ceil)
}

function toUnits(
  quantity: unknown,
  resource: BoundedResource,
  round: (amount: number) => number,
): number | null {
  const amount = readQuantity(quantity)
  // To a millionth of a unit first, so that what is whole stays whole.
  return amount === null ? null : round(Number((amount * UNITS[resource]).toFixed(6)))
}

function toText(units: number, resource: BoundedResource): string {
  if (units <= 0) return '0'
  if (resource === 'cpu') return `${units}m`
  return units % MEBIBYTE === 0 ? `${units / MEBIBYTE}Mi` : String(units)
}

function amountsOf(parent: JsonObject): {
  readonly requests: JsonObject
  readonly limits: JsonObject
} {
  const resources = objectAt(parent, 'resources')
  return { requests: objectAt(resources, 'requests'), limits: objectAt(resources, 'limits') }
}
