/**
 * Assuming a role as IAM sees it: the actions that have to be allowed, and the condition keys of the request. A key
 * that has no value is absent, never empty. Source: IAM User Guide, "Passing session tags in AWS STS", "Monitor and
 * control actions taken with assumed roles", "AWS global condition context keys", "IAM and AWS STS condition context
 * keys".
 */
import { accountOf } from './arn.ts'
import type { RequestContext } from './condition-keys.ts'

/** What a caller asks to have attached to the session that it wants. */
export interface SessionRequest {
  readonly sessionName: string
  readonly externalId: string | undefined
  readonly sourceIdentity: string | undefined
  readonly tags: readonly (readonly [key: string, value: string])[]
  readonly transitiveTagKeys: readonly string[]
}

/** What conditions can ask of a session that calls. */
export interface SessionPrincipal {
  readonly roleArn: string
  readonly sourceIdentity: string | undefined
  /** Tags of its role, then its own; of two with the same key "regardless of case", the later one counts. */
  readonly tags: readonly (readonly [key: string, value: string])[]
}

/**
 * The actions that an AssumeRole takes, each of which has to be allowed: `sts:TagSession` where the new session has
 * session tags, its own or inherited ones; `sts:SetSourceIdentity` where it has a source identity, its own or an
 * inherited one.
 */
export function neededActions(session: {
  readonly hasTags: boolean
  readonly hasSourceIdentity: boolean
}): readonly string[] {
  return [
    'sts:AssumeRole',
    ...(session.hasTags ? ['sts:TagSession'] : []),
    ...(session.hasSourceIdentity ? ['sts:SetSourceIdentity'] : []),
  ]
}

type Entry = readonly [key: string, values: readonly string[]]

function toContext(entries: readonly Entry[]): RequestContext {
  return new Map(
    entries
      .filter(([, values]) => values.length > 0)
      .map(([key, values]) => [key.toLowerCase(), values]),
  )
}

function present(value: string | undefined): readonly string[] {
  return value === undefined ? [] : [value]
}

function principalEntries({ roleArn, sourceIdentity, tags }: SessionPrincipal): readonly Entry[] {
  return [
    // "For IAM roles, the request context returns the ARN of the role, not the ARN of the user that assumed the role."
    ['aws:PrincipalArn', [roleArn]],
    ['aws:PrincipalAccount', [accountOf(roleArn)]],
    ['aws:SourceIdentity', present(sourceIdentity)],
    ...tags.map(([key, value]): Entry => [`aws:PrincipalTag/${key}`, [value]]),
  ]
}

function requestEntries(request: SessionRequest): readonly Entry[] {
  return [
    ['sts:RoleSessionName', [request.sessionName]],
    ['sts:ExternalId', present(request.externalId)],
    ['sts:SourceIdentity', present(request.sourceIdentity)],
    ['sts:TransitiveTagKeys', request.transitiveTagKeys],
    ['aws:TagKeys', request.tags.map(([key]) => key)],
    ...request.tags.map(([key, value]): Entry => [`aws:RequestTag/${key}`, [value]]),
  ]
}

/** Keys of any request that a session makes, with those of the service beside them. */
export function toPrincipalContext(
  principal: SessionPrincipal,
  further: Readonly<Record<string, string>> = {},
): RequestContext {
  return toContext([
    ...principalEntries(principal),
    ...Object.entries(further).map(([key, value]): Entry => [key, [value]]),
  ])
}

/** Keys of an AssumeRole. */
export function toAssumeRoleContext(
  principal: SessionPrincipal,
  request: SessionRequest,
): RequestContext {
  return toContext([...principalEntries(principal), ...requestEntries(request)])
}

/** For which resource, of which AWS account, a service of AWS calls. */
export interface ServiceSource {
  readonly arn: string
  readonly accountId: string
}

/** Keys of an AssumeRole by a service of AWS. Where it does not say for what it calls, `source` is left out. */
export function toServiceContext(request: SessionRequest, source?: ServiceSource): RequestContext {
  return toContext([
    ['aws:SourceArn', present(source?.arn)],
    ['aws:SourceAccount', present(source?.accountId)],
    ...requestEntries(request),
  ])
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
): RequestContext {
  return toContext([
    [`${providerName}:sub`, [subject]],
    [`${providerName}:aud`, [audience]],
    ...requestEntries(request),
  ])
}
