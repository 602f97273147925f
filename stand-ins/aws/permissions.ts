/**
 * What the sessions and web identities of the strict AWS may do, by IAM's rules (`iam/`). Tokens and signatures have
 * been verified before.
 */
import {
  toAssumeRoleContext,
  toPrincipalContext,
  toServiceContext,
  type ServiceSource,
  type SessionPrincipal,
  type SessionRequest,
} from '../../iam/assume-role.ts'
import type { RequestContext } from '../../iam/condition-keys.ts'
import type { Decision } from '../../iam/decision.ts'
import { evaluate } from '../../iam/evaluate.ts'
import type { Caller } from '../../iam/principal.ts'
import type { Role } from './configuration.ts'
import type { RoleSession } from './session-store.ts'

/** What conditions can ask of a session. */
function toPrincipal({ role, tags, sourceIdentity }: RoleSession): SessionPrincipal {
  return {
    roleArn: role.arn,
    sourceIdentity,
    // Session tags "override existing assumed role tags with the same tag key, regardless of case".
    tags: [...Object.entries(role.tags), ...tags],
  }
}

function toCaller({ role, arn, isUser }: RoleSession): Caller {
  if (isUser === true) return { kind: 'user', userArn: arn }
  return { kind: 'session', roleArn: role.arn, sessionArn: arn }
}

function policiesOf({ role, sessionPolicy }: RoleSession) {
  return {
    identity: role.permissions,
    session: sessionPolicy,
    boundary: role.boundary && { ...role.boundary.policy, name: role.boundary.arn },
  }
}

/** What a session asks for when it assumes a role. */
export interface AssumeRequest {
  readonly action: string
  readonly role: Role
  readonly request: SessionRequest
  /** Where a service of AWS asks, for what. */
  readonly source?: ServiceSource
}

/** Whether a session may take an action (AssumeRole, TagSession, SetSourceIdentity) on a role. */
export function decideAssumeRole(caller: RoleSession, asked: AssumeRequest): Decision {
  const { action, role, request } = asked
  const context = toAssumeRoleContext(toPrincipal(caller), request)
  return evaluate(
    { caller: toCaller(caller), action, resource: role.arn, context },
    { trust: role.trust, ...policiesOf(caller) },
  )
}

/** Whether a service of AWS may take an action (AssumeRole, TagSession) on a role. */
export function decideForService(name: string, asked: AssumeRequest): Decision {
  const { action, role, request, source } = asked
  const caller = { kind: 'service', name } as const
  const context = toServiceContext(request, source)
  return evaluate(
    { caller, action, resource: role.arn, context },
    { trust: role.trust, identity: [] },
  )
}

/** Whether a web identity whose claims are in the context may assume a role. */
export function decideWebIdentity(
  providerArn: string,
  { role, context }: { readonly role: Role; readonly context: RequestContext },
): Decision {
  const caller = { kind: 'web_identity', providerArn } as const
  const action = 'sts:AssumeRoleWithWebIdentity'
  return evaluate(
    { caller, action, resource: role.arn, context },
    { trust: role.trust, identity: [] },
  )
}

/** One action on a resource that has no policy of its own, with the condition keys of the service. */
export interface Permission {
  readonly action: string
  readonly resource: string
  readonly keys?: Readonly<Record<string, string>>
}

/** Whether a session may do something in its own AWS account. */
export function decidePermission(caller: RoleSession, permission: Permission): Decision {
  const { action, resource, keys } = permission
  const context = toPrincipalContext(toPrincipal(caller), keys)
  return evaluate({ caller: toCaller(caller), action, resource, context }, policiesOf(caller))
}
