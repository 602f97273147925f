/**
 * Judges the pod template of a workload as its pods would be judged now, so that its author is warned at once. It
 * refuses nothing.
 */
import { readPod } from '../core/pod/pod.ts'
import { readKeysOfWorkload } from '../core/annotations/stray-keys.ts'
import { advised, withoutAdvice } from '../core/review/verdicts.ts'
import type { Verdict } from '../core/review/verdict.ts'
import type { Workload } from '../core/pod/workload-template.ts'
import { planLookup, UNNEEDED, type JudgeRequest, type LookupParts } from './look-up.ts'

/** `admission` has the pod that the template makes. */
export interface TemplateRequest extends JudgeRequest {
  readonly workload: Workload
}

/** Always allows; what throws is for the caller. */
export type TemplateJudge = (request: TemplateRequest) => Promise<Verdict>

/**
 * Goes by the cache, since this is only advice and many a write of a workload has nothing to do with its pods. What the
 * cache does not know may have come with the same command, so it is read, for templates that ask for a target
 * themselves; nobody waits for others.
 */
export function createTemplateJudge(parts: LookupParts): TemplateJudge {
  return async (request) => {
    const { workload, admission, configuration } = request
    const verdict = await judgePods(parts, request)
    const keys = readKeysOfWorkload({ ...workload, pod: readPod(admission.pod) }, configuration)
    return advised(verdict, workload.kind, keys)
  }
}

async function judgePods(parts: LookupParts, request: TemplateRequest): Promise<Verdict> {
  const { decisions, serviceAccounts } = parts
  const { admission, configuration, mayTakeMs } = request
  const { kind, name, cached } = planLookup(parts, request)
  if (kind === 'none') return decisions.mutate(admission, UNNEEDED, configuration)
  if (cached !== undefined) {
    return decisions.mutate(admission, { kind: 'found', serviceAccount: cached }, configuration)
  }
  if (kind !== 'live') return withoutAdvice()
  const { namespace } = admission
  const lookup = await serviceAccounts.readLive({ namespace, name, mayTakeMs })
  // What could not be asked now may be known when there are pods.
  return lookup.kind === 'unknown'
    ? withoutAdvice()
    : decisions.mutate(admission, lookup, configuration)
}
