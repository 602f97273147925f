/**
 * The record of every call, in the words of CloudTrail. Secrets (secret keys, session tokens, web identity tokens) are
 * not in it. Source: AWS CloudTrail User Guide, "CloudTrail record contents" and "CloudTrail userIdentity element"; IAM
 * User Guide, "Logging IAM and AWS STS API calls with AWS CloudTrail".
 */
import type { Call, Caller } from './call.ts'
import type { RoleSession } from './session-store.ts'

/** Who called; `Unknown` when the call ended before that was clear. */
export interface UserIdentity {
  readonly type: 'AssumedRole' | 'IAMUser' | 'WebIdentityUser' | 'AWSService' | 'Unknown'
  readonly arn?: string
  readonly principalId?: string
  readonly accountId?: string
  readonly accessKeyId?: string
  readonly userName?: string
  readonly identityProvider?: string
  /** The service of AWS that called. */
  readonly invokedBy?: string
  readonly sessionContext?: {
    readonly sessionIssuer: {
      readonly type: 'Role'
      readonly arn: string
      readonly principalId: string
      readonly accountId: string
      readonly userName: string
    }
    readonly sourceIdentity?: string
    /** Session tags of the caller, inherited ones included; CloudTrail shows them with the call that set them only. */
    readonly tags?: Readonly<Record<string, string>>
  }
}

/** One call, refused ones included. Calls that a fault reset before they were judged are not recorded. */
export interface TrailEntry {
  readonly eventTime: string
  readonly eventSource: string
  readonly eventName: string
  readonly awsRegion: string
  readonly sourceIPAddress: string
  readonly userAgent: string
  readonly userIdentity: UserIdentity
  /** For STS `roleArn`, `roleSessionName`, `durationSeconds`, `externalId`, `sourceIdentity`, `principalTags`, …. */
  readonly requestParameters: Readonly<Record<string, unknown>>
  readonly responseElements: Readonly<Record<string, unknown>> | null
  /** Absent when the call succeeded. */
  readonly errorCode?: string
  readonly errorMessage?: string
  /** Where permission was refused. AWS does not tell why; here, for whoever looks for the reason, it does. */
  readonly additionalEventData?: { readonly why: readonly string[] }
  readonly requestID: string
}

function toUserOwnIdentity({ arn, principalId, accessKeyId, role }: RoleSession): UserIdentity {
  const { accountId, name: userName } = role
  return { type: 'IAMUser', arn, principalId, accountId, accessKeyId, userName }
}

function toSessionIdentity(session: RoleSession): UserIdentity {
  if (session.isUser === true) return toUserOwnIdentity(session)
  const { arn, principalId, accessKeyId, role, sourceIdentity, tags } = session
  return {
    type: 'AssumedRole',
    arn,
    principalId,
    accountId: role.accountId,
    accessKeyId,
    sessionContext: {
      sessionIssuer: {
        type: 'Role',
        arn: role.arn,
        principalId: role.id,
        accountId: role.accountId,
        userName: role.name,
      },
      ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
      ...(tags.size === 0 ? {} : { tags: Object.fromEntries(tags) }),
    },
  }
}

function toUserIdentity(caller: Caller): UserIdentity {
  if (caller.kind === 'unknown') return { type: 'Unknown' }
  if (caller.kind === 'session') return toSessionIdentity(caller.session)
  if (caller.kind === 'service') return { type: 'AWSService', invokedBy: caller.name }
  return {
    type: 'WebIdentityUser',
    principalId: `${caller.providerArn}:${caller.subject}`,
    userName: caller.subject,
    identityProvider: caller.providerArn,
  }
}

/** How a call ended. */
export interface Outcome {
  readonly eventSource: string
  readonly error: { readonly code: string; readonly message: string } | undefined
}

/** The record of one call that has been judged. */
export function toTrailEntry(call: Call, { eventSource, error }: Outcome): TrailEntry {
  const { request, operation, nowMs, requestId, notes } = call
  return {
    eventTime: new Date(nowMs).toISOString(),
    eventSource,
    eventName: operation,
    awsRegion: notes.region,
    sourceIPAddress: request.sourceIp,
    userAgent: request.headers.get('user-agent') ?? '',
    userIdentity: toUserIdentity(notes.caller),
    requestParameters: notes.requestParameters,
    responseElements: notes.responseElements,
    ...(error === undefined ? {} : { errorCode: error.code, errorMessage: error.message }),
    ...(notes.why === undefined ? {} : { additionalEventData: { why: notes.why } }),
    requestID: requestId,
  }
}
