/** Resources of the sidecar: they mirror those of the pod, so that a quota or a class of service that fitted before still fits. */
import type { Configuration } from './configuration.ts'
import { objectAt, type JsonObject } from './json.ts'
import type { Pod } from './pod.ts'
import type { Finding } from './reasons.ts'
import type { AskedResources } from './settings.ts'
import { readQuantity } from './values.ts'

export interface Amounts {
  readonly cpu?: string
  readonly memory: string
}

export interface Resources {
  readonly requests: Required<Amounts>
  readonly limits: Amounts
}

const FARGATE = 'eks.amazonaws.com/fargate-profile'

interface Demand {
  readonly askedRequest: string | undefined
  readonly askedLimit: string | undefined
  readonly defaultRequest: string
  /** Null where there is to be no limit. */
  readonly defaultLimit: string | null
}

/**
 * Requests for cpu and memory and a limit for memory always; a limit for cpu when every container has one (a quota on limits.cpu
 * refuses pods otherwise); requests equal to limits when the pod was Guaranteed, or runs on Fargate.
 */
export function decideResources(
  pod: Pod,
  asked: AskedResources,
  { settings }: Configuration,
): Resources {
  const { cpuRequest, cpuLimit, memoryRequest, memoryLimit } = settings.sidecar
  const isEqual = isGuaranteed(pod) || isOnFargate(pod)
  const hasCpuLimit = isEqual || hasCpuLimits(pod)
  const decide = isEqual ? equalAmounts : looseAmounts
  const cpu = decide({
    askedRequest: asked['sidecar-cpu-request'],
    askedLimit: asked['sidecar-cpu-limit'],
    defaultRequest: cpuRequest,
    defaultLimit: hasCpuLimit ? cpuLimit : null,
  })
  const memory = decide({
    askedRequest: asked['sidecar-memory-request'],
    askedLimit: asked['sidecar-memory-limit'],
    defaultRequest: memoryRequest,
    defaultLimit: memoryLimit,
  })
  return {
    requests: { cpu: cpu.request, memory: memory.request },
    limits: {
      ...(cpu.limit === null ? {} : { cpu: cpu.limit }),
      memory: memory.limit ?? memoryLimit,
    },
  }
}

/** A request above its limit, both asked for, is refused here rather than by the API server in words that name neither annotation. */
export function resourceProblems(
  asked: AskedResources,
  { annotationNames }: Configuration,
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

function equalAmounts({ askedRequest, askedLimit, defaultRequest, defaultLimit }: Demand) {
  const amount = askedLimit ?? askedRequest ?? defaultLimit ?? defaultRequest
  return { request: amount, limit: amount }
}

/** Whoever asks for one of the two moves the other's default along, so that the request never exceeds the limit. */
function looseAmounts({ askedRequest, askedLimit, defaultRequest, defaultLimit }: Demand) {
  const request =
    askedRequest ??
    (askedLimit !== undefined && isMore(defaultRequest, askedLimit) ? askedLimit : defaultRequest)
  const limit = askedLimit ?? defaultLimit
  return { request, limit: limit !== null && isMore(request, limit) ? request : limit }
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
  return annotations[FARGATE] !== undefined || objectAt(metadata, 'labels')[FARGATE] !== undefined
}
