/**
 * Walks the chains of one job, all targets at once, and reports each as it ends. Equal first hops are walked once, and
 * not at all while a held base session will do. Where the source is EKS Pod Identity its agent is asked once a walk: it
 * is on the node and holds sessions itself, so that ours is never older than its.
 */
import type { Target } from '../../contract.ts'
import { type StsOutcome, toBaseKey, toStsInput } from '../../core/chain/chain.ts'
import { type FailureCode, toFailure } from '../../core/failures/errors.ts'
import type { Job, PodIdentity, Report } from '../../core/chain/job.ts'
import type { Session } from '../../core/session.ts'
import { describeToken } from '../../core/failures/token-claims.ts'
import { hashText } from './hash.ts'
import { askAgent } from './pod-identity-agent.ts'
import type { Sts } from './sts.ts'
import { readStsToken, type StsToken } from './token.ts'

/**
 * A base session of this age is taken to be good where a target has been denied before; what was revoked meanwhile is
 * found then.
 */
const PROVEN_MS = 10 * 60_000

/** A session with these is of no use for anybody. */
const SPENT: ReadonlySet<FailureCode> = new Set([
  'session_expired',
  'session_rejected',
  'signature_rejected',
])

/** Whom a walk asks: STS, the agent of EKS Pod Identity, and the file of the token. None ever rejects. */
export interface Askers extends Pick<Sts, 'assume'> {
  /** In place of the file of the job: who walks outside a pod has no such file. */
  readonly readToken?: () => Promise<StsToken>
  readonly ask?: (podIdentity: PodIdentity, signal: AbortSignal) => Promise<StsOutcome>
}

/** Resolves when every target has been reported; it never rejects. `signal` ends all calls. */
export async function walkChains(
  job: Job,
  { assume, ask = askAgent, readToken = () => readStsToken(job.stsTokenFile, Date.now()) }: Askers,
  { report, signal }: { report: (report: Report) => void; signal: AbortSignal },
): Promise<void> {
  const { podIdentity } = job.context
  const isOfPodIdentity = podIdentity !== undefined
  // New base sessions of this run, by key. The first chain that needs one asks for it.
  const fresh = new Map<string, Promise<StsOutcome>>()

  const walkHop = async ({ chain }: Target, index: number, from?: Session): Promise<StsOutcome> => {
    const hop = chain[index]
    if (hop === undefined) throw new RangeError(`a chain without hop ${index + 1}`)
    const number = index + 1
    const place = { hop: number, roleArn: hop.roleArn }
    const rendered = toStsInput(hop, job.context, hashText)
    if (rendered.kind === 'invalid') {
      return {
        kind: 'failure',
        failure: toFailure(rendered.code, { ...place, detail: rendered.detail }),
      }
    }
    const { input } = rendered
    if (from !== undefined) {
      return assume({ hop: number, input, identity: from, isOfPodIdentity }, signal)
    }
    const read = await readToken()
    if (read.kind === 'missing') {
      const token = read.claims && describeToken(read.claims)
      const failure = toFailure(read.code, { ...place, detail: read.detail, token })
      return { kind: 'failure', failure }
    }
    const isOnlyHop = chain.length === 1
    const { token, claims } = read
    return assume({ hop: 1, input, identity: token, claims, isOnlyHop }, signal)
  }

  const walkBase = (target: Target, key: string): Promise<StsOutcome> => {
    const known = fresh.get(key)
    if (known !== undefined) return known
    const asked = (podIdentity ? ask(podIdentity, signal) : walkHop(target, 0)).then((outcome) => {
      if (outcome.kind === 'session') report({ kind: 'base', key, session: outcome.session })
      return outcome
    })
    fresh.set(key, asked)
    return asked
  }

  const walkFrom = async (target: Target, base: StsOutcome): Promise<StsOutcome> => {
    let outcome = base
    for (
      let index = isOfPodIdentity ? 0 : 1;
      index < target.chain.length && outcome.kind === 'session';
      index += 1
    ) {
      outcome = await walkHop(target, index, outcome.session)
    }
    return outcome
  }

  const walkTarget = async (name: string, target: Target): Promise<StsOutcome> => {
    const key = toBaseKey(target, job.context)
    if (key === undefined) return walkHop(target, 0)
    const held = job.baseSessions[key]
    if (isOfPodIdentity) return walkFrom(target, orHeld(await walkBase(target, key), held, target))
    if (held === undefined) return walkFrom(target, await walkBase(target, key))
    const outcome = await walkFrom(target, { kind: 'session', session: held })
    const isKnown =
      job.deniedTargets?.includes(name) === true && Date.now() - held.acquiredAtMs < PROVEN_MS
    const refusal = readRefusal(outcome, isKnown)
    if (refusal === 'none') return outcome
    const base = await walkBase(target, key)
    // Without a fresh one, what a policy says of the one that is held tells more.
    if (refusal === 'denied' && base.kind === 'failure') return outcome
    return walkFrom(target, base)
  }

  await Promise.all(
    Object.entries(job.targets).map(async ([name, target]) => {
      report({ target: name, ...(await walkTarget(name, target).catch(toDefect)) })
    }),
  )
}

/** A surprise is of one target, and the others do not suffer. By its name only: its message may hold anything. */
function toDefect(error: unknown): StsOutcome {
  const detail = error instanceof Error ? error.name : typeof error
  return { kind: 'failure', failure: toFailure('unexpected_error', { detail }) }
}

/**
 * What the agent gave, or while it or EKS is out of reach the session that is held: AWS honours it for hours. A target
 * without a further hop has that session already. What EKS refuses is not walked around.
 */
function orHeld(asked: StsOutcome, held: Session | undefined, { chain }: Target): StsOutcome {
  const isPassing = asked.kind === 'failure' && !asked.failure.isPermanent
  return isPassing && held !== undefined && chain.length > 0
    ? { kind: 'session', session: held }
    : asked
}

/**
 * Whether STS refuses a held base session itself, and not what is asked of it: then a fresh one is worth one try. A
 * session that was revoked in IAM is refused by a policy, as is a role that may not be assumed at all; so a target for
 * which that is known is tried with a fresh one now and then only.
 */
function readRefusal(outcome: StsOutcome, isKnown: boolean): 'none' | 'spent' | 'denied' {
  if (outcome.kind === 'session' || outcome.failure.hop !== 2) return 'none'
  const { code } = outcome.failure
  if (SPENT.has(code)) return 'spent'
  return code === 'role_denied' && !isKnown ? 'denied' : 'none'
}
