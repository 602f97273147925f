/**
 * Fills the condition keys of a request. A key that has no value is absent, never empty.
 * Source: IAM User Guide, "AWS global condition context keys" and "IAM and AWS STS condition context keys".
 */
import type { ConditionContext } from './pattern.ts'
import type { RoleSession } from './session-store.ts'

/** What a caller asks to have attached to the session that it wants. */
export interface SessionRequest {
  readonly sessionName: string
  readonly externalId: string | undefined
  readonly sourceIdentity: string | undefined
  readonly tags: readonly (readonly [key: string, value: string])[]
  readonly transitiveTagKeys: readonly string[]
}

function toContext(entries: readonly (readonly [string, readonly string[]])[]): ConditionContext {
  return new Map(
    entries
      .filter(([, values]) => values.length > 0)
      .map(([key, values]) => [key.toLowerCase(), values]),
  )
}

function present(value: string | undefined): readonly string[] {
  return value === undefined ? [] : [value]
}

/**
 * Tags of a session's principal by lower-case key: session tags "override existing assumed role tags with the same tag key,
 * regardless of case".
 */
function principalTags({ role, tags }: RoleSession): (readonly [string, readonly string[]])[] {
  return [...Object.entries(role.tags), ...tags].map(
    ([key, value]) => [`aws:PrincipalTag/${key}`, [value]] as const,
  )
}

function principalEntries(session: RoleSession) {
  return [
    // "For IAM roles, the request context returns the ARN of the role, not the ARN of the user that assumed the role."
    ['aws:PrincipalArn', [session.role.arn]] as const,
    ['aws:PrincipalAccount', [session.role.accountId]] as const,
    ['aws:SourceIdentity', present(session.sourceIdentity)] as const,
    ...principalTags(session),
  ]
}

/** Keys of a request that a session makes, with those of the service beside them. */
export function toPrincipalContext(
  session: RoleSession,
  further: Readonly<Record<string, string>> = {},
): ConditionContext {
  return toContext([
    ...principalEntries(session),
    ...Object.entries(further).map(([key, value]) => [key, [value]] as const),
  ])
}

function requestEntries(request: SessionRequest) {
  return [
    ['sts:RoleSessionName', [request.sessionName]] as const,
    ['sts:ExternalId', present(request.externalId)] as const,
    ['sts:SourceIdentity', present(request.sourceIdentity)] as const,
    ['sts:TransitiveTagKeys', request.transitiveTagKeys] as const,
    ['aws:TagKeys', request.tags.map(([key]) => key)] as const,
    ...request.tags.map(([key, value]) => [`aws:RequestTag/${key}`, [value]] as const),
  ]
}

/** Keys of an AssumeRole. */
export function toAssumeRoleContext(
  caller: RoleSession,
  request: SessionRequest,
): ConditionContext {
  return toContext([...principalEntries(caller), ...requestEntries(request)])
}

/** A verified token's claims as conditions see them. */
export interface WebIdentity {
  /** The provider's URL without its scheme: condition keys begin with it. */
  readonly providerName: string
  readonly subject: string
  readonly audience: string
}

/** Keys of an AssumeRoleWithWebIdentity. */
export function toWebIdentityContext(
  { providerName, subject, audience }: WebIdentity,
  request: SessionRequest,
): ConditionContext {
  return toContext([
    [`${providerName}:sub`, [subject]],
    [`${providerName}:aud`, [audience]],
    ...requestEntries(request),
  ])
}
