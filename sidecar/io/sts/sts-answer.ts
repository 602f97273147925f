/** Reads what a call to STS ended with: an answer of the SDK, or an error of whatever kind. It asks nothing itself. */
import { accountIdOf, isSessionOf, type StsCall, type StsOutcome } from '../../core/chain/chain.ts'
import { decideAdvice } from '../../core/failures/advice.ts'
import type { AdviceFacts } from '../../core/failures/denials.ts'
import {
  type CallError,
  classify,
  type HopKind,
  isOfToken,
  isQuoted,
  parseRetryAfter,
} from '../../core/failures/classify.ts'
import { toFailure, toForeignName, withoutSecrets } from '../../core/failures/errors.ts'
import type { Session } from '../../core/session.ts'
import { describeToken } from '../../core/failures/token-claims.ts'
import { describeAnswer, describeHost, type Passage } from './passage.ts'

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

/**
 * An answer's end may be this much later than asked for before our clock is held to be slow: rounding and the call's
 * own time.
 */
const CLOCK_TOLERANCE_MS = 60_000

/**
 * Makes a session of an answer, or the failure that it is none, or one of another role. `startedAtMs` is when it was
 * asked for.
 */
export function toOutcome(answer: StsAnswer, call: StsCall, startedAtMs: number): StsOutcome {
  const arn = answer.AssumedRoleUser?.Arn
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answer.Credentials ?? {}
  const secrets = [...secretsOf(call), SecretAccessKey, SessionToken].filter(isText)
  const place = placeOf(call, toForeignName(answer.$metadata.requestId, secrets))
  if (!arn || !AccessKeyId || !SecretAccessKey || !SessionToken || !isMoment(Expiration)) {
    const detail = 'an answer without credentials'
    return { kind: 'failure', failure: toFailure('answer_unreadable', { ...place, detail }) }
  }
  if (!isSessionOf(arn, call.input)) {
    const detail = withoutSecrets(arn, secrets)
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
 * When a session ends by this machine's clock. With a slow clock STS's own moment would be reached too late: no session
 * lasts longer than was asked for. It may be shorter, and with a fast clock it seems so, which is only early.
 */
function toExpiry(expiration: Date, call: StsCall, startedAtMs: number): number {
  const askedForMs = startedAtMs + call.input.DurationSeconds * 1000
  const saidMs = expiration.getTime()
  return saidMs > askedForMs + CLOCK_TOLERANCE_MS ? askedForMs : saidMs
}

/** Makes a failure of anything that was thrown. No secret of the call is in it, even if the other side repeated one. */
export function toCallFailure(
  thrown: unknown,
  call: StsCall,
  passage: Passage = { secrets: [] },
): StsOutcome {
  const error = asSdkError(thrown)
  const secrets = [...secretsOf(call), ...passage.secrets]
  const facts = {
    ...factsOf(error, secretsOf(call), passage),
    awsErrorCode: toForeignName(error.Error?.Code, secrets),
  }
  const code = classify(facts, kindOf(call))
  const detail = withoutSecrets(isQuoted(code) ? facts.message : describe(facts, passage), secrets)
  const failure = toFailure(code, {
    ...placeOf(call, toForeignName(error.$metadata?.requestId, secrets)),
    awsErrorCode: facts.awsErrorCode,
    detail,
    token: isOfToken(code) && call.claims ? describeToken(call.claims) : undefined,
    advice: decideAdvice(code, toAdviceFacts(facts, call, passage)),
  })
  const retryAfterMs = parseRetryAfter(error.$response?.headers?.['retry-after'])
  return { kind: 'failure', failure, ...(retryAfterMs !== undefined && { retryAfterMs }) }
}

function kindOf({ identity }: StsCall): HopKind {
  return typeof identity === 'string' ? 'web-identity' : 'session'
}

function toAdviceFacts(facts: ErrorFacts, call: StsCall, passage: Passage): AdviceFacts {
  const { RoleArn } = call.input
  return {
    ...facts,
    name: facts.name.replace(/Exception$/, ''),
    isNameOfProxy: passage.proxy?.startsWith(`${facts.hostname}:`) === true,
    accountId: accountIdOf(RoleArn),
    isOfItself: typeof call.identity !== 'string' && call.identity.roleArn === RoleArn,
    isOnlyHop: call.isOnlyHop === true,
    isOfPodIdentity: call.isOfPodIdentity === true,
  }
}

/** Who answered in place of STS, or where the way ended. STS's own answers need no description. */
function describe(
  { isSts, awsErrorCode, systemCode, hostname, proxyStatus }: ErrorFacts,
  passage: Passage,
): string {
  if (isSts === true && awsErrorCode !== undefined) return ''
  const answered = describeAnswer(passage)
  if (answered !== undefined) return answered
  // A name that cannot be resolved tells the mistake best.
  const answeredByProxy = proxyStatus === undefined ? undefined : `HTTP ${proxyStatus}`
  const what = [answeredByProxy ?? systemCode, hostname].filter(isText).join(' ')
  if (passage.host === undefined) return what
  return `${what}${what === '' ? '' : ', '}on the way to ${describeHost(passage)}`
}

/** Whether the SDK has corrected its idea of AWS's time by this refusal, so that the same call may now pass. */
export function isClockCorrected(error: unknown): boolean {
  return asSdkError(error).$metadata?.clockSkewCorrected === true
}

interface ErrorFacts extends CallError {
  readonly awsErrorCode: string | undefined
  /** That could not be resolved. */
  readonly hostname: string | undefined
}

/** What the SDK and Node put on errors, as far as it is of use here. */
interface SdkError {
  readonly name?: unknown
  readonly message?: unknown
  readonly code?: unknown
  readonly hostname?: unknown
  /** Of a proxy that does not open a tunnel. */
  readonly statusCode?: unknown
  readonly Error?: { readonly Code?: unknown }
  readonly $metadata?: {
    readonly httpStatusCode?: number
    readonly requestId?: string
    readonly clockSkewCorrected?: boolean
  }
  readonly $response?: { readonly headers?: Record<string, string> }
}

function asSdkError(error: unknown): SdkError {
  return typeof error === 'object' && error !== null ? error : { message: String(error) }
}

/** A proxy's password may be a part of any code: the code is still judged by, and only not shown. */
function factsOf(
  error: SdkError,
  secrets: readonly string[],
  passage: Passage,
): Omit<ErrorFacts, 'awsErrorCode'> {
  const { answer } = passage
  return {
    name: toForeignName(error.Error?.Code, secrets) ?? nameOf(error, passage),
    message: toText(error.message) ?? '',
    systemCode: toText(error.code),
    hostname: toText(error.hostname),
    proxyStatus: proxyStatusOf(error),
    httpStatus: answer?.status ?? error.$metadata?.httpStatusCode,
    isSts: answer?.isSts,
  }
}

/**
 * What the SDK calls an answer without a code of the known shape says nothing: it may be that code, or a mistake of its
 * parser.
 */
function nameOf(error: SdkError, { answer }: Passage): string {
  const isNamedByAnswer = answer !== undefined || error.Error?.Code !== undefined
  return (isNamedByAnswer ? undefined : toText(error.name)) ?? ''
}

function proxyStatusOf({ statusCode }: SdkError): number | undefined {
  return typeof statusCode === 'number' ? statusCode : undefined
}

function placeOf(call: StsCall, requestId: string | undefined) {
  return { hop: call.hop, roleArn: call.input.RoleArn, requestId }
}

function secretsOf({ identity }: StsCall): string[] {
  return typeof identity === 'string'
    ? [identity]
    : [identity.secretAccessKey, identity.sessionToken]
}

function isText(value: string | undefined): value is string {
  return value !== undefined
}

function toText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function isMoment(value: Date | undefined): value is Date {
  return value !== undefined && Number.isFinite(value.getTime())
}
