/**
 * The two ways to assume a role: judges the request in the order parameters, identity, permission, limits, and issues
 * the session. Source: AWS STS API Reference, "AssumeRole" and "AssumeRoleWithWebIdentity"; IAM User Guide, "Passing
 * session tags in AWS STS" ("Chaining roles with session tags") and "Monitor and control actions taken with assumed
 * roles".
 */
import { neededActions, toWebIdentityContext, type SessionRequest } from '../../iam/assume-role.ts'
import type { Decision } from '../../iam/decision.ts'
import { explain } from '../../iam/explain.ts'
import { authenticate } from './authenticate.ts'
import { AwsError } from './aws-error.ts'
import type { Call } from './call.ts'
import { answerSession } from './issue-session.ts'
import { checkParameters, checkTags, decideDuration, parseSessionPolicy } from './limits.ts'
import { decidePackedSize } from './packed-size.ts'
import { decideAssumeRole, decideWebIdentity } from './permissions.ts'
import { findRole, toRequestParameters, toSessionRequest, type Parameters } from './role-request.ts'
import type { RoleSession } from './session-store.ts'
import { verifyToken } from './web-identity.ts'
import type { XmlElements } from './xml.ts'

/**
 * Tags of the new session: "If you pass a session tag with the same key as an inherited tag, the operation fails." The
 * inherited ones stay transitive.
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

/** Refuses, and notes why for the trail. The caller is told no more than AWS tells. */
function refuse(call: Call, message: string, decision: Decision | string): never {
  call.notes.why = typeof decision === 'string' ? [decision] : explain(decision)
  throw accessDenied(message)
}

/** AssumeRole: signed by a session, which is role chaining, or by a user. */
export function answerAssumeRole(call: Call, parameters: Parameters): XmlElements {
  call.notes.requestParameters = toRequestParameters(parameters)
  return assumeRoleAs(authenticate(call, 'sts'), call, parameters)
}

/** AssumeRole of a caller whose signature has been verified. */
export function assumeRoleAs(caller: RoleSession, call: Call, parameters: Parameters): XmlElements {
  const { values } = parameters
  checkParameters(['roleArn', 'roleSessionName', 'externalId', 'sourceIdentity', 'policy'], values)
  checkTags(parameters.tags, parameters.transitiveTagKeys)
  const sessionPolicy = parseSessionPolicy(values.get('policy'))
  const { arn, role } = findRole(call, values.get('roleArn') ?? '', caller.role.partition)
  const asked = toSessionRequest(parameters)
  const decided = decideTags(caller, asked)
  const sourceIdentity = asked.sourceIdentity ?? caller.sourceIdentity
  const request = { ...asked, sourceIdentity }
  const message = (action: string) =>
    `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${arn}`
  // A role that does not exist is refused with the words for one that does not trust the caller.
  if (role === undefined) return refuse(call, message('sts:AssumeRole'), `There is no role ${arn}.`)
  const refusal = neededActions({
    hasTags: decided.hasTags,
    hasSourceIdentity: sourceIdentity !== undefined,
  })
    .map((action) => decideAssumeRole(caller, { action, role, request }))
    .find(({ outcome }) => outcome !== 'allowed')
  if (refusal !== undefined) return refuse(call, message(refusal.action), refusal)
  // "If the user attempts to set a source identity that is different from the value set [before], the request will be
  // denied."
  if (caller.sourceIdentity !== undefined && caller.sourceIdentity !== sourceIdentity)
    return refuse(
      call,
      message('sts:SetSourceIdentity'),
      `The session has the source identity ${caller.sourceIdentity}, which no later session can change.`,
    )
  const durationSeconds = decideDuration(values.get('durationSeconds'), {
    role,
    isChained: caller.isUser !== true,
  })
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
  return answerSession(call, { facts, durationSeconds, packedPolicySize })
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
  const message = 'Not authorized to perform sts:AssumeRoleWithWebIdentity'
  if (role === undefined)
    return refuse(call, message, `There is no role ${values.get('roleArn') ?? ''}.`)
  const decision = decideWebIdentity(provider.arn, { role, context })
  if (decision.outcome !== 'allowed') return refuse(call, message, decision)
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
    ...answerSession(call, { facts, durationSeconds, packedPolicySize }),
    // "For OpenID Connect ID tokens, this contains the value of the iss field."
    Provider: provider.url,
  }
}
