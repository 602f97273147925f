/**
 * Resources of the sidecar: they mirror those of the pod, so that a quota or a class of service that fitted before
 * still fits.
 */
import type { AnnotationNames, Configuration } from '../../configuration/configuration.ts'
import { objectAt, type JsonObject } from '../../formats/json.ts'
import { hasPodLevelResources, readRoom, type BoundedResource, type Room } from './pod-level.ts'
import type { Pod } from '../../pod/pod.ts'
import type { Finding, Findings } from '../../vocabulary/reasons.ts'
import type { ResourceOverrides } from '../request/pod-settings.ts'
import { readQuantity } from '../../formats/limits.ts'
import { FARGATE_KEY } from '../../vocabulary/names.ts'

/** What resources depend on beside the pod. */
export type ResourceConfiguration = Pick<AnnotationNames, 'annotationNames'> & {
  readonly settings: Pick<Configuration['settings'], 'sidecar'>
}

export interface Amounts {
  readonly cpu?: string
  readonly memory: string
}

export interface Resources {
  readonly requests: Required<Amounts>
  readonly limits: Amounts
}

interface Demand {
  readonly askedRequest: string | undefined
  readonly askedLimit: string | undefined
  readonly defaultRequest: string
  /** Null where there is to be no limit. */
  readonly defaultLimit: string | null
}

/**
 * Requests for cpu and memory and a limit for memory always; a limit for cpu when every container has one (a quota on
 * limits.cpu refuses pods otherwise); requests equal to limits when the pod was Guaranteed, or runs on Fargate.
 *
 * A pod that bounds itself as a whole keeps its bounds as they are written, and with them its class of service, its
 * place in a quota and on the node: the sidecar requests what they leave, if need be nothing, and lives on the same
 * memory as the containers (`pod_resources_full` tells). Nothing is an explicit 0: a request that is left out would get
 * the default of a LimitRange, and an autoscaler would miss it. Its own limit stays, so that it cannot take more of the
 * pod's memory than it ever needs.
 */
export function decideResources(
  {
    pod,
    asked,
    index,
  }: {
    readonly pod: Pod
    readonly asked: ResourceOverrides
    /** Of the sidecar among the init containers. */
    readonly index: number
  },
  { annotationNames, settings }: ResourceConfiguration,
): Findings & { readonly resources: Resources } {
  const { cpuRequest, cpuLimit, memoryRequest, memoryLimit } = settings.sidecar
  const isEqual = (isGuaranteed(pod) && !hasPodLevelResources(pod)) || isOnFargate(pod)
  const hasCpuLimit = isEqual || hasCpuLimits(pod)
  const decide = isEqual ? equalAmounts : looseAmounts
  const amounts = {
    cpu: decide({
      askedRequest: asked['sidecar-cpu-request'],
      askedLimit: asked['sidecar-cpu-limit'],
      defaultRequest: cpuRequest,
      defaultLimit: hasCpuLimit ? cpuLimit : null,
    }),
    memory: decide({
      askedRequest: asked['sidecar-memory-request'],
      askedLimit: asked['sidecar-memory-limit'],
      defaultRequest: memoryRequest,
      defaultLimit: memoryLimit,
    }),
  }
  const cpu = withinRoom(amounts.cpu, readRoom(pod, 'cpu', index))
  const memory = withinRoom(amounts.memory, readRoom(pod, 'memory', index))
  return {
    resources: {
      requests: { cpu: cpu.request, memory: memory.request },
      limits: {
        ...(cpu.limit === null ? {} : { cpu: cpu.limit }),
        memory: memory.limit ?? memoryLimit,
      },
    },
    ...judgeRoom({ wanted: amounts, given: { cpu, memory }, asked }, annotationNames),
  }
}

interface Amount {
  readonly request: string
  readonly limit: string | null
}

type PerResource = Readonly<Record<BoundedResource, Amount>>

function withinRoom({ request, limit }: Amount, room: Room): Amount {
  return {
    request: least(request, room.request, limit === null ? null : room.limit),
    limit: limit === null ? null : least(limit, room.limit),
  }
}

/** What the pod asks for itself it gets or is refused; of what we would like it is told that it is not there. */
function judgeRoom(
  {
    wanted,
    given,
    asked,
  }: {
    readonly wanted: PerResource
    readonly given: PerResource
    readonly asked: ResourceOverrides
  },
  names: AnnotationNames['annotationNames'],
): Findings {
  const problems: Finding[] = []
  const short: string[] = []
  for (const resource of ['cpu', 'memory'] as const) {
    const [{ request }, room] = [wanted[resource], given[resource].request]
    const key = `sidecar-${resource}-request` as const
    if (!isMore(request, room)) continue
    if (asked[key] === undefined) short.push(`${room} of ${request} ${resource}`)
    else {
      problems.push({
        reason: 'bad_value',
        message: `${names[key]}: '${request}' is more than spec.resources leaves beside the containers' requests, '${room}'; lower it, or raise spec.resources.requests.${resource}`,
      })
    }
  }
  if (short.length === 0) return { problems, warnings: [] }
  const warning: Finding = {
    reason: 'pod_resources_full',
    message: `spec.resources leaves too little for the sidecar: ${short.join(' and ')}; it has to share what the containers do not use; raise spec.resources by the difference`,
  }
  return { problems, warnings: [warning] }
}

/**
 * A request above its limit, both asked for, is refused here rather than by the API server in words that name neither
 * annotation.
 */
export function resourceProblems(
  asked: ResourceOverrides,
  { annotationNames }: AnnotationNames,
): readonly Finding[] {
  return (['cpu', 'memory'] as const).flatMap((resource): readonly Finding[] => {
    const requestKey = `sidecar-${resource}-request` as const
    const limitKey = `sidecar-${resource}-limit` as const
    const [request, limit] = [asked[requestKey], asked[limitKey]]
    if (request === undefined || limit === undefined || !isMore(request, limit)) return []
    return [
      {
        reason: 'bad_value',
        message: `${annotationNames[requestKey]}: '${request}' is more than ${annotationNames[limitKey]}, '${limit}'; lower it, or raise the limit`,
      },
    ]
  })
}

function equalAmounts({ askedRequest, askedLimit, defaultRequest, defaultLimit }: Demand): Amount {
  const amount = askedLimit ?? askedRequest ?? defaultLimit ?? defaultRequest
  return { request: amount, limit: amount }
}

/** If only one of the two is set, the default of the other follows it, so that the request never exceeds the limit. */
function looseAmounts({ askedRequest, askedLimit, defaultRequest, defaultLimit }: Demand): Amount {
  const request =
    askedRequest ??
    (askedLimit !== undefined && isMore(defaultRequest, askedLimit) ? askedLimit : defaultRequest)
  const limit = askedLimit ?? defaultLimit
  return { request, limit: limit !== null && isMore(request, limit) ? request : limit }
}

function least(first: string, ...others: readonly (string | null)[]): string {
  return others.reduce<string>(
    (lowest, other) => (other !== null && isMore(lowest, other) ? other : lowest),
    first,
  )
}

function isMore(left: string, right: string): boolean {
  return (readQuantity(left) ?? 0) > (readQuantity(right) ?? 0)
}

function limitsOf({ raw }: { readonly raw: JsonObject }): JsonObject {
  return objectAt(objectAt(raw, 'resources'), 'limits')
}

function hasCpuLimits({ containers }: Pod): boolean {
  return (
    containers.length > 0 &&
    containers.every((container) => limitsOf(container)['cpu'] !== undefined)
  )
}

/** https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/: a missing request takes the limit's value. */
function isGuaranteed({ containers }: Pod): boolean {
  return (
    containers.length > 0 &&
    containers.every((container) => {
      const limits = limitsOf(container)
      const requests = objectAt(objectAt(container.raw, 'resources'), 'requests')
      return ['cpu', 'memory'].every((resource) => {
        const limit = readQuantity(limits[resource])
        return limit !== null && readQuantity(requests[resource] ?? limits[resource]) === limit
      })
    })
  )
}

function isOnFargate({ metadata, annotations }: Pod): boolean {
  return (
    annotations[FARGATE_KEY] !== undefined ||
    objectAt(metadata, 'labels')[FARGATE_KEY] !== undefined
  )
}
