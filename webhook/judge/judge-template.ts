/** Judges the pod template of a workload as its pods would be judged now, so that whoever writes it is warned at once. It refuses nothing. */
import type { Configuration } from '../core/configuration/configuration.ts'
import type { ServiceAccountLookup } from '../core/vocabulary/service-account.ts'
import { readPod } from '../core/pod/pod.ts'
import { readKeysOfWorkload } from '../core/annotations/stray-keys.ts'
import { advised } from '../core/review/verdicts.ts'
import type { Verdict } from '../core/review/verdict.ts'
import type { Workload } from '../core/pod/workload-template.ts'
import type { JudgeParts } from './judge.ts'
import { toSentence } from '../../log/error-text.ts'
import { quietly } from '../log/quietly.ts'

export interface TemplateRequest {
  readonly namespace: string
  readonly workload: Workload
  /** What the template makes; raw JSON. */
  readonly pod: unknown
  readonly configuration: Configuration
  /** How long the API server still waits. */
  readonly mayTakeMs: number
}

/** Always allows; never rejects. */
export type TemplateJudge = (request: TemplateRequest) => Promise<Verdict>

const QUIET: Verdict = {
  kind: 'allowed',
  mode: 'skip',
  reasons: ['no_role'],
  warnings: [],
  auditAnnotations: {},
}

const UNNEEDED: ServiceAccountLookup = { kind: 'unknown', why: 'The pod does not need it.' }

/**
 * Goes by the cache, since this is only advice and many a write of a workload has nothing to do with its pods. What the cache does not
 * know may have come with the same command, so it is read, for templates that ask for a target themselves; nobody waits for others.
 */
export function createTemplateJudge(
  parts: Pick<JudgeParts, 'decisions' | 'serviceAccounts' | 'log'>,
): TemplateJudge {
  const { log } = parts
  return async (request) => {
    const { workload, pod, configuration } = request
    try {
      const verdict = await judgePods(parts, request)
      return advised(
        verdict,
        workload.kind,
        readKeysOfWorkload({ ...workload, pod: readPod(pod) }, configuration),
      )
    } catch (error) {
      quietly(() =>
        log(
          'judging_failed',
          `Judging the template of a ${workload.kind} failed: ${toSentence(error)}`,
        ),
      )
      return QUIET
    }
  }
}

async function judgePods(
  { decisions, serviceAccounts }: Pick<JudgeParts, 'decisions' | 'serviceAccounts'>,
  { namespace, pod, configuration, mayTakeMs }: TemplateRequest,
): Promise<Verdict> {
  const admission = { namespace, pod }
  const kind = decisions.decideLookup(admission, configuration)
  if (kind === 'none') return decisions.mutate(admission, UNNEEDED, configuration)
  const name = decisions.readServiceAccountName(pod)
  const serviceAccount = serviceAccounts.readCached(namespace, name)
  if (kind === 'cached' && serviceAccount === undefined) return QUIET
  const lookup =
    serviceAccount === undefined
      ? await serviceAccounts.readLive({ namespace, name, mayTakeMs })
      : { kind: 'found' as const, serviceAccount, isLive: false }
  // What could not be asked now may be known when there are pods.
  return lookup.kind === 'unknown' ? QUIET : decisions.mutate(admission, lookup, configuration)
}
