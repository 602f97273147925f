/** One review from lookup to verdict: asks the pure core what it needs, gets that from the edges, and catches what goes wrong. */
import type { Configuration } from '../core/configuration/configuration.ts'
import type { LookupKind, PodAdmission } from '../core/mutate.ts'
import type { Reason } from '../core/vocabulary/reasons.ts'
import type { ServiceAccount, ServiceAccountLookup } from '../core/vocabulary/service-account.ts'
import type { Mode, Verdict } from '../core/review/verdict.ts'
import type { ServiceAccounts } from '../service-accounts/service-accounts.ts'
import { toSentence } from '../../log/error-text.ts'
import type { Log } from '../log/events.ts'
import { quietly } from '../log/quietly.ts'

/** The decisions of the core. */
export interface Decisions {
  readonly readServiceAccountName: (pod: unknown) => string
  readonly decideLookup: (admission: PodAdmission, configuration: Configuration) => LookupKind
  readonly needsLiveRead: (serviceAccount: ServiceAccount, configuration: Configuration) => boolean
  readonly mutate: (
    admission: PodAdmission,
    lookup: ServiceAccountLookup,
    configuration: Configuration,
  ) => Verdict
}

export interface JudgeParts {
  readonly decisions: Decisions
  readonly serviceAccounts: ServiceAccounts
  readonly log: Log
  /** A pod went on without its service account being known, and without a role by other ways. */
  readonly onMissed: () => void
}

export interface JudgeRequest {
  readonly admission: PodAdmission
  readonly configuration: Configuration
  /** How long the API server still waits. */
  readonly mayTakeMs: number
}

/** Judges a pod; never throws, never rejects. At once where the cache will do: that is most reviews, and promises cost. */
export type Judge = (request: JudgeRequest) => Verdict | Promise<Verdict>

export function createJudge(parts: JudgeParts): Judge {
  const { decisions, log, onMissed } = parts
  return (request) => {
    const { configuration } = request
    const failed = (known: Known, error: unknown): Verdict => {
      quietly(() => log('judging_failed', `Judging a pod failed: ${toSentence(error)}`))
      return toFailedVerdict(known, configuration, error)
    }
    const decide = (known: LookedUp): Verdict => {
      try {
        const verdict = decisions.mutate(known.admission, known.lookup, configuration)
        if (known.isMissed === true && verdict.mode !== 'parity') quietly(onMissed)
        return verdict
      } catch (error) {
        return failed(known, error)
      }
    }
    try {
      const known = lookUp(parts, request)
      return known instanceof Promise
        ? known.then(decide, (error: unknown) => failed(request, error))
        : decide(known)
    } catch (error) {
      return failed(request, error)
    }
  }
}

/** What a pod is told when an error of ours keeps it from being judged. */
export function toFailedVerdict(
  known: Known,
  configuration: Configuration,
  error: unknown,
): Verdict {
  return toCrashVerdict(mayAskForTarget(known, configuration), error)
}

/** What is known of a review when something fails. */
export interface Known {
  readonly admission: PodAdmission
  readonly lookup?: ServiceAccountLookup
}

interface LookedUp extends Required<Known> {
  /** It was waited for in vain. */
  readonly isMissed?: boolean
}

/**
 * Finds the service account, as surely as the pod needs it.
 *
 *   lookup | cache            | done
 *   ------ | ---------------- | -----------------------------------------------------------------------------
 *   none   | any              | nothing
 *   cached | holds no chain   | the cache's answer
 *   cached | holds a chain    | live read; without an answer the pod is denied: it would run without its role
 *   cached | does not know it | live read, or its arrival, within the grace period
 *   live   | any              | live read
 */
function lookUp(parts: JudgeParts, request: JudgeRequest): LookedUp | Promise<LookedUp> {
  const { decisions, serviceAccounts } = parts
  const { admission, configuration } = request
  const kind = decisions.decideLookup(admission, configuration)
  if (kind === 'none') {
    return { admission, lookup: { kind: 'unknown', why: 'The pod does not need it.' } }
  }
  const name = decisions.readServiceAccountName(admission.pod)
  if (kind === 'cached') {
    const serviceAccount = serviceAccounts.readCached(admission.namespace, name)
    if (serviceAccount === undefined) return awaitMissing(parts, request, name)
    if (!decisions.needsLiveRead(serviceAccount, configuration)) {
      return { admission, lookup: { kind: 'found', serviceAccount, isLive: false } }
    }
  }
  const isEnforced = kind === 'cached' || admission.isEnforced === true
  return readLive(parts, { ...request, admission: { ...admission, isEnforced } }, name)
}

async function readLive(
  { serviceAccounts }: JudgeParts,
  { admission, mayTakeMs }: JudgeRequest,
  name: string,
): Promise<LookedUp> {
  const { namespace } = admission
  return { admission, lookup: await serviceAccounts.readLive({ namespace, name, mayTakeMs }) }
}

async function awaitMissing(
  { serviceAccounts }: JudgeParts,
  { admission, mayTakeMs }: JudgeRequest,
  name: string,
): Promise<LookedUp> {
  const { namespace } = admission
  const lookup = await serviceAccounts.awaitMissing({ namespace, name, mayTakeMs })
  return { admission, lookup, isMissed: lookup.kind !== 'found' }
}

/**
 * After an error of ours: a pod that may ask for a target is denied, since it would run as somebody else; any other goes on unchanged,
 * since no error of ours may stop a cluster.
 */
function toCrashVerdict(asksForTarget: boolean, error: unknown): Verdict {
  const what = `an error in the rolechain webhook (${toSentence(error)})`
  if (asksForTarget) {
    const message = `rolechain: ${what}; the pod asks for a role and would not get it, so it is refused. Create it again, and report this if it stays.`
    return { kind: 'denied', warnings: [], ...toTold('reject'), message, problems: [message] }
  }
  const warnings = [`rolechain: ${what}; the pod goes on unchanged`.slice(0, 256)]
  return { kind: 'allowed', warnings, ...toTold('skip') }
}

function toTold(mode: Mode): Pick<Verdict, 'mode' | 'reasons' | 'auditAnnotations'> {
  const reason: Reason = 'internal_error'
  return { mode, reasons: [reason], auditAnnotations: { intent: mode, reason } }
}

/** Looks no further than the text: what made the judgement fail may make any better look fail too. */
function mayAskForTarget({ admission, lookup }: Known, configuration: Configuration): boolean {
  if (admission.isEnforced === true) return true
  try {
    const text = JSON.stringify([admission.pod, lookup])
    return text.includes(`"${configuration.chainAnnotationPrefix}/`)
  } catch {
    return true
  }
}
