/** Judges the pod template of a workload as its pods would be judged now, so that whoever writes it is warned at once. It refuses nothing. */
import type { Configuration } from './core/configuration.ts'
import type { ServiceAccountLookup } from './core/service-account.ts'
import { advised } from './core/telling.ts'
import type { Verdict } from './core/verdict.ts'
import type { JudgeParts } from './judge.ts'
import { toSentence } from './log.ts'
import { quietly } from './quietly.ts'

export interface TemplateRequest {
  readonly namespace: string
  /** Kind of the workload, such as Deployment. */
  readonly workload: string
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
  const { decisions, serviceAccounts, log } = parts
  return async ({ namespace, workload, pod, configuration, mayTakeMs }) => {
    try {
      const admission = { namespace, pod }
      const kind = decisions.decideLookup(admission, configuration)
      if (kind === 'none') {
        return advised(decisions.mutate(admission, UNNEEDED, configuration), workload)
      }
      const name = decisions.readServiceAccountName(pod)
      const serviceAccount = serviceAccounts.readCached(namespace, name)
      if (kind === 'cached' && serviceAccount === undefined) return QUIET
      const lookup =
        serviceAccount === undefined
          ? await serviceAccounts.readLive({ namespace, name, mayTakeMs })
          : { kind: 'found' as const, serviceAccount, isLive: false }
      // What could not be asked now may be known when there are pods.
      if (lookup.kind === 'unknown') return QUIET
      return advised(decisions.mutate(admission, lookup, configuration), workload)
    } catch (error) {
      quietly(() =>
        log('error', `Judging the template of a ${workload} failed: ${toSentence(error)}`),
      )
      return QUIET
    }
  }
}
