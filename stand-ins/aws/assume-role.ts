/**
 * The two ways to assume a role: judges the request in the order parameters, identity, permission, limits, and issues the
 * session.
 * Source: AWS STS API Reference, "AssumeRole" and "AssumeRoleWithWebIdentity"; IAM User Guide, "Passing session tags in AWS STS"
 * ("Chaining roles with session tags") and "Monitor and control actions taken with assumed roles".
 */
import { authenticate } from './authenticate.ts'
import { AwsError } from './aws-error.ts'
import type { Call } from './call.ts'
import { toAssumeRoleContext, toWebIdentityContext, type SessionRequest } from './context.ts'
import { issueSession } from './issue-session.ts'
import {
  checkParameters,
  checkTags,
  decideDuration,
  decidePackedSize,
  parseSessionPolicy,
} from './limits.ts'
import { findRole, toRequestParameters, toSessionRequest, type Parameters } from './role-request.ts'
import type { RoleSession } from './session-store.ts'
import { mayAssume, mayAssumeWithWebIdentity } from './trust.ts'
import { verifyToken } from './web-identity.ts'
import type { XmlElements } from './xml.ts'

/**
 * Tags of the new session: "If you pass a session tag with the same key as an inherited tag, the operation fails." The inherited
 * ones stay transitive.
 */
function decideTags(caller: RoleSession, { tags, transitiveTagKeys }: SessionRequest) {
  const inherited = [...caller.tags].filter(([key]) =>
    caller.transitiveTagKeys.some((one) => one.toLowerCase() === key.toLowerCase()),
  )
  const inheritedKeys = new Set(inherited.map(([key]) => key.toLowerCase()))
  if (tags.some(([key]) => inheritedKeys.has(key.toLowerCase())))
    throw new AwsError(
      'InvalidParameterValue',
      "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
    )
  return {
    hasTags: tags.length + inherited.length > 0,
    tags: new Map([...inherited, ...tags]),
    transitiveTagKeys: [...caller.transitiveTagKeys, ...transitiveTagKeys],
  }
}

function accessDenied(message: string): AwsError {
  return new AwsError('AccessDenied', message, { status: 403 })
}

/**
 * Which permissions an AssumeRole takes: `sts:TagSession` where the new session has session tags, its own or inherited ones;
 * `sts:SetSourceIdentity` where it has a source identity, its own or an inherited one.
 */
function neededActions(hasTags: boolean, sourceIdentity: string | undefined): string[] {
  return [
    'sts:AssumeRole',
    ...(hasTags ? ['sts:TagSession'] : []),
    ...(sourceIdentity === undefined ? [] : ['sts:SetSourceIdentity']),
  ]
}

/** AssumeRole: signed by a session, so always role chaining. */
export function answerAssumeRole(call: Call, parameters: Parameters): XmlElements {
  const { values } = parameters
  call.notes.requestParameters = toRequestParameters(parameters)
  const caller = authenticate(call, 'sts')
  checkParameters(['roleArn', 'roleSessionName', 'externalId', 'sourceIdentity', 'policy'], values)
  checkTags(parameters.tags, parameters.transitiveTagKeys)
  const sessionPolicy = parseSessionPolicy(values.get('policy'))
  const { arn, role } = findRole(call, values.get('roleArn') ?? '', caller.role.partition)
  const asked = toSessionRequest(parameters)
  const decided = decideTags(caller, asked)
  const sourceIdentity = asked.sourceIdentity ?? caller.sourceIdentity
  const context = toAssumeRoleContext(caller, { ...asked, sourceIdentity })
  // A role that does not exist is refused with the words for one that does not trust the caller.
  const refused = neededActions(decided.hasTags, sourceIdentity).find(
    (action) => role === undefined || !mayAssume(caller, { action, role, context }),
  )
  if (role === undefined || refused !== undefined)
    throw accessDenied(
      `User: ${caller.arn} is not authorized to perform: ${refused ?? 'sts:AssumeRole'} on resource: ${arn}`,
    )
  // "If the user attempts to set a source identity that is different from the value set [before], the request will be denied."
  if (caller.sourceIdentity !== undefined && caller.sourceIdentity !== sourceIdentity)
    throw accessDenied(
      `User: ${caller.arn} is not authorized to perform: sts:SetSourceIdentity on resource: ${arn}`,
    )
  const durationSeconds = decideDuration(values.get('durationSeconds'), { role, isChained: true })
  const packedPolicySize = decidePackedSize(values.get('policy'), decided.tags)
  const facts = {
    role,
    sessionName: asked.sessionName,
    sourceIdentity,
    tags: decided.tags,
    transitiveTagKeys: decided.transitiveTagKeys,
    sessionPolicy,
    webIdentity: undefined,
  }
  return issueSession(call, { facts, durationSeconds, packedPolicySize })
}

/** AssumeRoleWithWebIdentity: not signed; the token is the caller. */
export async function answerAssumeRoleWithWebIdentity(
  call: Call,
  parameters: Parameters,
): Promise<XmlElements> {
  const { values } = parameters
  call.notes.requestParameters = toRequestParameters(parameters)
  checkParameters(['roleArn', 'roleSessionName', 'webIdentityToken', 'policy'], values)
  const sessionPolicy = parseSessionPolicy(values.get('policy'))
  const { accountId, role } = findRole(call, values.get('roleArn') ?? '')
  const { provider, subject, audience } = await verifyToken(values.get('webIdentityToken') ?? '', {
    account: call.environment.world.accounts.get(accountId),
    issuerLocations: call.environment.issuerLocations,
    nowMs: call.nowMs,
  })
  call.notes.caller = { kind: 'web_identity', providerArn: provider.arn, subject }
  const asked = toSessionRequest(parameters)
  const context = toWebIdentityContext({ providerName: provider.name, subject, audience }, asked)
  const action = 'sts:AssumeRoleWithWebIdentity'
  if (role === undefined || !mayAssumeWithWebIdentity(provider.arn, { action, role, context }))
    throw accessDenied(`Not authorized to perform ${action}`)
  const durationSeconds = decideDuration(values.get('durationSeconds'), { role, isChained: false })
  const packedPolicySize = decidePackedSize(values.get('policy'), new Map())
  const facts = {
    role,
    sessionName: asked.sessionName,
    sourceIdentity: undefined,
    tags: new Map<string, string>(),
    transitiveTagKeys: [],
    sessionPolicy,
    webIdentity: { providerArn: provider.arn, subject },
  }
  return {
    SubjectFromWebIdentityToken: subject,
    Audience: audience,
    ...issueSession(call, { facts, durationSeconds, packedPolicySize }),
    // "For OpenID Connect ID tokens, this contains the value of the iss field."
    Provider: provider.url,
  }
}
