/** Reads what a call to STS ended with: an answer of the SDK, or an error of whatever kind. It asks nothing itself. */
import { accountIdOf, isSessionOf, type StsCall, type StsOutcome } from '../core/chain.ts'
import { type CallError, classify, isQuoted, parseRetryAfter } from '../core/classify.ts'
import { toFailure, withoutSecrets } from '../core/errors.ts'
import type { Session } from '../core/session.ts'

/** What the two actions of STS have in common in their answers, in the SDK's optional types. */
export interface StsAnswer {
  readonly AssumedRoleUser?: { readonly Arn: string | undefined } | undefined
  readonly Credentials?:
    | {
        readonly AccessKeyId: string | undefined
        readonly SecretAccessKey: string | undefined
        readonly SessionToken: string | undefined
        readonly Expiration: Date | undefined
      }
    | undefined
  readonly $metadata: { readonly requestId?: string | undefined }
}

/** An answer's end may be this much later than asked for before our clock is held to be slow: rounding and the call's own time. */
const CLOCK_TOLERANCE_MS = 60_000

/** Makes a session of an answer, or the failure that it is none, or one of another role. `startedAtMs` is when it was asked for. */
export function toOutcome(answer: StsAnswer, call: StsCall, startedAtMs: number): StsOutcome {
  const arn = answer.AssumedRoleUser?.Arn
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answer.Credentials ?? {}
  const place = placeOf(call, answer.$metadata.requestId)
  if (!arn || !AccessKeyId || !SecretAccessKey || !SessionToken || !isMoment(Expiration)) {
    const detail = 'an answer without credentials'
    return { kind: 'failure', failure: toFailure('answer_unreadable', { ...place, detail }) }
  }
  if (!isSessionOf(arn, call.input)) {
    const detail = withoutSecrets(arn, [])
    return { kind: 'failure', failure: toFailure('unexpected_identity', { ...place, detail }) }
  }
  const expiresAtMs = toExpiry(Expiration, call, startedAtMs)
  if (expiresAtMs <= Date.now()) {
    const detail = 'the session that STS gave has expired already'
    return { kind: 'failure', failure: toFailure('clock_wrong', { ...place, detail }) }
  }
  const session: Session = {
    roleArn: call.input.RoleArn,
    accountId: accountIdOf(arn),
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiration: new Date(expiresAtMs).toISOString().replace(/\.\d+Z$/, 'Z'),
    expiresAtMs,
    acquiredAtMs: startedAtMs,
  }
  return { kind: 'session', session }
}

/**
 * When a session ends by this machine's clock. With a slow clock STS's own moment would be reached too late: no session lasts longer than was asked for. It
 * may be shorter, and with a fast clock it seems so, which is only early.
 */
function toExpiry(expiration: Date, call: StsCall, startedAtMs: number): number {
  const askedForMs = startedAtMs + call.input.DurationSeconds * 1000
  const saidMs = expiration.getTime()
  return saidMs > askedForMs + CLOCK_TOLERANCE_MS ? askedForMs : saidMs
}

/** Makes a failure of whatever was thrown, without any secret of the call in it. */
export function toCallFailure(error: unknown, call: StsCall): StsOutcome {
  const facts = factsOf(error)
  const code = classify(facts, call.hop)
  const message = withoutSecrets(facts.message, secretsOf(call))
  // A name that cannot be resolved tells the mistake best.
  const what = [facts.systemCode, facts.hostname].filter((part) => part !== undefined).join(' ')
  const detail = isQuoted(code) ? message : withoutSecrets(what, secretsOf(call))
  const failure = toFailure(code, {
    ...placeOf(call, facts.requestId),
    awsErrorCode: facts.awsErrorCode,
    detail,
  })
  const retryAfterMs = parseRetryAfter(facts.retryAfter)
  return { kind: 'failure', failure, ...(retryAfterMs !== undefined && { retryAfterMs }) }
}

/** Whether the SDK has corrected its idea of AWS's time by this refusal, so that the same call may now pass. */
export function isClockCorrected(error: unknown): boolean {
  return asSdkError(error).$metadata?.clockSkewCorrected === true
}

interface ErrorFacts extends CallError {
  readonly awsErrorCode: string | undefined
  /** That could not be resolved. */
  readonly hostname: string | undefined
  readonly requestId: string | undefined
  readonly retryAfter: string | undefined
}

/** What the SDK and Node put on errors, as far as it is of use here. */
interface SdkError {
  readonly name?: unknown
  readonly message?: unknown
  readonly code?: unknown
  readonly hostname?: unknown
  readonly Error?: { readonly Code?: unknown }
  readonly $metadata?: {
    readonly httpStatusCode?: number
    readonly requestId?: string
    readonly clockSkewCorrected?: boolean
  }
  readonly $response?: { readonly statusCode?: number; readonly headers?: Record<string, string> }
}

function asSdkError(error: unknown): SdkError {
  return typeof error === 'object' && error !== null ? error : { message: String(error) }
}

function factsOf(thrown: unknown): ErrorFacts {
  const error = asSdkError(thrown)
  const awsErrorCode = toText(error.Error?.Code)
  return {
    name: awsErrorCode ?? toText(error.name) ?? '',
    message: toText(error.message) ?? '',
    awsErrorCode,
    systemCode: toText(error.code),
    hostname: toText(error.hostname),
    ...replyOf(error),
  }
}

function replyOf({ $metadata: metadata, $response: response }: SdkError) {
  return {
    httpStatus: metadata?.httpStatusCode ?? response?.statusCode,
    requestId: metadata?.requestId,
    retryAfter: response?.headers?.['retry-after'],
  }
}

function placeOf(call: StsCall, requestId: string | undefined) {
  return { hop: call.hop, roleArn: call.input.RoleArn, requestId }
}

function secretsOf({ identity }: StsCall): string[] {
  return typeof identity === 'string'
    ? [identity]
    : [identity.secretAccessKey, identity.sessionToken]
}

function toText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function isMoment(value: Date | undefined): value is Date {
  return value !== undefined && Number.isFinite(value.getTime())
}
