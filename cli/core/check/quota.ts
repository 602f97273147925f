/** Category `quota`: whether LimitRanges and ResourceQuotas leave room for the sidecar. */
import { readQuantity } from '../../../webhook/core/formats/limits.ts'
import type { Settings } from '../../../webhook/core/configuration/settings-schema.ts'
import { textAt, type JsonObject } from '../../../webhook/core/formats/json.ts'
import type { CommandFinding } from '../../findings/findings.ts'
import type { CheckFacts } from './facts.ts'
import { settingsOf } from './installation.ts'
import { lineOf, problem, type Judge } from './line.ts'
import { eachAt, inside, placeOf } from './objects.ts'

export const judgeQuota: Judge = (facts: CheckFacts) => {
  const { sidecar } = settingsOf(facts)
  return [
    lineOf('LimitRanges let sidecars have their resources', facts.limitRanges, (ranges) =>
      ranges.flatMap((range) => judgeRange(range, sidecar)),
    ),
    lineOf('ResourceQuotas have room for another sidecar', facts.resourceQuotas, (quotas) =>
      quotas.flatMap((quota) => judgeQuotaObject(quota, sidecar)),
    ),
  ]
}

type Sidecar = Settings['sidecar']

/** What the sidecar asks for in a pod without cpu limits. */
function amountsOf({ cpuRequest, memoryRequest, memoryLimit }: Sidecar) {
  return {
    requests: { cpu: cpuRequest, memory: memoryRequest },
    limits: { cpu: undefined, memory: memoryLimit },
  }
}

function judgeRange(range: JsonObject, sidecar: Sidecar): readonly CommandFinding[] {
  const place = `limitrange/${placeOf(range)}`
  const { requests, limits } = amountsOf(sidecar)
  return eachAt(inside(range, 'spec'), 'limits')
    .filter((limit) => textAt(limit, 'type') === 'Container')
    .flatMap((limit) =>
      (['cpu', 'memory'] as const).flatMap((resource) => {
        const [least, most] = [inside(limit, 'min')[resource], inside(limit, 'max')[resource]]
        const ratio = inside(limit, 'maxLimitRequestRatio')[resource]
        const request = requests[resource]
        const bound = limits[resource] ?? inside(limit, 'default')[resource]
        return [
          isMore(least, request)
            ? `it wants ${String(least)} ${resource} at least, and the sidecar requests ${request}`
            : '',
          isMore(bound, most)
            ? `it allows ${String(most)} ${resource} at most, and the limit of the sidecar is ${String(bound)}`
            : '',
          amount(ratio) > 0 && amount(bound) > amount(ratio) * amount(request)
            ? `it allows a ${resource} limit of ${String(ratio)} times the request, and the sidecar has ${request} and ${String(bound)}`
            : '',
        ]
          .filter((message) => message !== '')
          .map((message) => problem('limit_range_refuses', place, message))
      }),
    )
}

/** Quotas with scopes are for some pods only, which are not known here. */
function judgeQuotaObject(quota: JsonObject, sidecar: Sidecar): readonly CommandFinding[] {
  const spec = inside(quota, 'spec')
  if (spec['scopes'] !== undefined || spec['scopeSelector'] !== undefined) return []
  const { requests, limits } = amountsOf(sidecar)
  const needs: Readonly<Record<string, string | undefined>> = {
    cpu: requests.cpu,
    memory: requests.memory,
    'requests.cpu': requests.cpu,
    'requests.memory': requests.memory,
    'limits.memory': limits.memory,
    'limits.cpu': sidecar.cpuLimit ?? undefined,
  }
  const status = inside(quota, 'status')
  return Object.entries(inside(status, 'hard')).flatMap(([resource, hard]) => {
    const need = needs[resource]
    const used = inside(status, 'used')[resource]
    if (need === undefined || amount(used) + amount(need) <= amount(hard)) return []
    return [
      problem(
        'quota_full',
        `resourcequota/${placeOf(quota)}`,
        `of ${resource} ${String(used)} of ${String(hard)} are used, and a sidecar needs ${need}`,
      ),
    ]
  })
}

function isMore(left: unknown, right: unknown): boolean {
  return left !== undefined && right !== undefined && amount(left) > amount(right)
}

function amount(quantity: unknown): number {
  return readQuantity(quantity) ?? 0
}
