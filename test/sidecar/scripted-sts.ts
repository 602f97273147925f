/** The walk of chains as tests script it, in virtual time: it gives sessions as STS does and fails as it is told. */
import { toFailure, type FailureCode } from '../../sidecar/core/failures/errors.ts'
import { accountIdOf, toBaseKey } from '../../sidecar/core/chain/chain.ts'
import type { Assume, Job, Report } from '../../sidecar/core/chain/job.ts'
import type { Session } from '../../sidecar/core/session.ts'
import { session } from './sessions.ts'
import type { VirtualTime } from './virtual-time.ts'

export interface ScriptedSts {
  readonly assume: Assume
  readonly jobs: Job[]
  /** Until it is taken back, all targets fail so. */
  failure: { readonly code: FailureCode; readonly retryAfterMs?: number } | undefined
  lifeMs: number
  /** How long a walk takes. */
  delayMs: number
  /** When a session really ends. */
  endOf(given: Session): number
  /** How many walks are under way. */
  walking(): number
}

/** Sessions are numbered by their access key id: `ASIA1`, `ASIA2`, …. */
export function createScriptedSts(time: VirtualTime): ScriptedSts {
  const ends = new Map<string, number>()
  let walking = 0

  const give = (roleArn: string): Session => {
    const accessKeyId = `ASIA${ends.size + 1}`
    ends.set(accessKeyId, time.trueMs() + sts.lifeMs)
    // As the child does: STS says when it ends, and no session lasts longer by our clock than was asked for.
    const saidMs = time.trueMs() + sts.lifeMs
    const expiresAtMs = Math.min(saidMs, time.nowMs() + sts.lifeMs)
    return session({
      roleArn,
      accountId: accountIdOf(roleArn),
      accessKeyId,
      acquiredAtMs: time.nowMs(),
      expiresAtMs,
    })
  }

  const toReports = (job: Job): Report[] => {
    const { failure } = sts
    return Object.entries(job.targets).flatMap(([target, given]): Report[] => {
      if (failure !== undefined) {
        const { code, retryAfterMs } = failure
        const hint = retryAfterMs === undefined ? {} : { retryAfterMs }
        return [{ kind: 'failure', target, failure: toFailure(code, { hop: 1 }), ...hint }]
      }
      const outcome = give(given.chain.at(-1)?.roleArn ?? '')
      if (outcome.expiresAtMs <= time.nowMs()) {
        return [{ kind: 'failure', target, failure: toFailure('clock_wrong', { hop: 1 }) }]
      }
      const key = toBaseKey(given, job.context)
      const isNew = key !== undefined && job.baseSessions[key] === undefined
      const base: Report[] = isNew
        ? [{ kind: 'base', key, session: give(given.chain[0]?.roleArn ?? '') }]
        : []
      return [...base, { kind: 'session', target, session: outcome }]
    })
  }

  const sts: ScriptedSts = {
    jobs: [],
    failure: undefined,
    lifeMs: 3_600_000,
    delayMs: 200,
    endOf: ({ accessKeyId }) => ends.get(accessKeyId) ?? 0,
    walking: () => walking,
    assume: async (job, onReport, signal) => {
      sts.jobs.push(job)
      walking += 1
      await new Promise<void>((resolve) => {
        time.setTimer(resolve, sts.delayMs)
        signal.addEventListener('abort', () => resolve())
      })
      walking -= 1
      if (!signal.aborted) for (const report of toReports(job)) onReport(report)
      return toFailure('child_crashed')
    },
  }
  return sts
}
