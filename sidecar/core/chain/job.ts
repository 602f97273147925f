/**
 * What the resident process tells its child and what the child reports back, line by line. Both ends of the pipe import
 * it; it knows neither processes nor STS.
 */
import type { Target } from '../../contract.ts'
import { FAILURES } from '../failures/failures.ts'
import type { Failure } from '../failures/failure.ts'
import { ASSOCIATED_ROLE, type Session } from '../session.ts'
import { parseTimestamp } from '../timestamp.ts'

/** How STS is reached. Everything is explicit: the child looks at no environment and no AWS configuration file. */
export interface StsSettings {
  /** Absent, or of another partition than the role: the partition's first region. */
  readonly region?: string
  /** A URL that takes the place of the region's endpoint; FIPS and dual-stack are then matters of that URL. */
  readonly endpoint?: string
  /** Whether `endpoint` may be http; for tests only, since the STS token travels in the request. */
  readonly allowsHttp: boolean
  readonly usesFips: boolean
  readonly usesDualstack: boolean
  /** May hold a password: never logged. */
  readonly httpsProxy?: string
  readonly noProxy?: string
  /** PEM text, trusted beside the public certificates. */
  readonly caBundle?: string
}

/** The agent of EKS Pod Identity on the pod's node, and the file of the token that it takes. */
export interface PodIdentity {
  readonly agentUrl: string
  readonly tokenFile: string
}

/** What is the same for all chains of a pod, for its whole life. */
export interface ChainContext {
  /** Where the source is EKS Pod Identity: its agent gives the first session of all chains. Absent: web identity. */
  readonly podIdentity?: PodIdentity
  /** A template, see `PLACEHOLDERS` of the contract. */
  readonly sessionName: string
  /** By placeholder, braces included: `{'{pod}': 'nightly', …}`. */
  readonly placeholders: Readonly<Record<string, string>>
}

/**
 * One run of the child: the targets that are due, and what it needs to walk their chains. Holds secrets: it travels on
 * stdin.
 */
export interface Job {
  readonly context: ChainContext
  readonly sts: StsSettings
  readonly stsTokenFile: string
  readonly targets: Readonly<Record<string, Target>>
  /** Held sessions of first hops that may be used again, by their key. */
  readonly baseSessions: Readonly<Record<string, Session>>
  /** Targets whose last attempt ended with a policy that does not allow a later hop. */
  readonly deniedTargets?: readonly string[]
}

/**
 * What the child says: one outcome for each target of the job, and each new base session before the outcomes that rest
 * on it.
 */
export type Report =
  | { readonly kind: 'base'; readonly key: string; readonly session: Session }
  | { readonly kind: 'session'; readonly target: string; readonly session: Session }
  | {
      readonly kind: 'failure'
      readonly target: string
      readonly failure: Failure
      /** How long STS asked to be left alone. */
      readonly retryAfterMs?: number
    }

/**
 * Runs one job. Reports arrive while it runs and never after it has settled. It never rejects: it resolves with what is
 * to be said of the targets that got no report. Aborting ends the child at once.
 */
export type Assume = (
  job: Job,
  onReport: (report: Report) => void,
  signal: AbortSignal,
) => Promise<Failure>

/** Reads one line of the child's output; undefined when it is anything but a report of the shape above. */
export function parseReport(line: string): Report | undefined {
  const value = parseRecord(line)
  if (value === undefined) return undefined
  const { kind, key, target, session, failure, retryAfterMs } = value
  if (kind === 'base') return isText(key) && isSession(session) ? { kind, key, session } : undefined
  return isText(target) ? readOutcome({ kind, session, failure, retryAfterMs }, target) : undefined
}

function readOutcome(value: Record<string, unknown>, target: string): Report | undefined {
  const { kind, session, failure, retryAfterMs } = value
  if (kind === 'session' && isSession(session)) return { kind, target, session }
  if (kind === 'failure' && isFailure(failure)) {
    return { kind, target, failure, ...(isMoment(retryAfterMs) && { retryAfterMs }) }
  }
  return undefined
}

/** Whether a value of unknown origin (the child, the state folder) is a whole session. */
export function isSession(value: unknown): value is Session {
  if (!isRecord(value)) return false
  const texts = ['roleArn', 'accessKeyId', 'secretAccessKey', 'sessionToken']
  return (
    texts.every((name) => isText(value[name])) &&
    (isText(value['accountId']) || isOfAgent(value)) &&
    typeof value['expiration'] === 'string' &&
    Number.isFinite(parseTimestamp(value['expiration'])) &&
    isMoment(value['expiresAtMs']) &&
    isMoment(value['acquiredAtMs'])
  )
}

/** The agent of EKS Pod Identity need not say the AWS account; STS always does. */
function isOfAgent({ roleArn, accountId }: Record<string, unknown>): boolean {
  return roleArn === ASSOCIATED_ROLE && accountId === ''
}

function isFailure(value: unknown): value is Failure {
  return (
    isRecord(value) &&
    isText(value['code']) &&
    Object.hasOwn(FAILURES, value['code']) &&
    isText(value['sentence']) &&
    typeof value['isPermanent'] === 'boolean' &&
    ['undefined', 'number'].includes(typeof value['hop']) &&
    ['roleArn', 'awsErrorCode', 'requestId'].every((name) =>
      ['undefined', 'string'].includes(typeof value[name]),
    )
  )
}

function parseRecord(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isMoment(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}
