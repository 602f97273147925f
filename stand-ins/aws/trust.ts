/**
 * Who may assume a role: the trust policy of the role beside the policies of the caller. It says nothing of tokens and
 * signatures, which have been verified before.
 * Source: IAM User Guide, "Determining whether a request is allowed or denied within an account", "Cross-account policy
 * evaluation logic", "AWS JSON policy elements: Principal".
 */
import type { Role } from './configuration.ts'
import type { ConditionContext } from './pattern.ts'
import { evaluate, isAbout } from './policy.ts'
import type { TrustStatement } from './policy-document.ts'
import type { RoleSession } from './session-store.ts'

/** One action on one role, with the condition keys of the call. */
export interface TrustRequest {
  readonly action: string
  readonly role: Role
  readonly context: ConditionContext
}

/** How a trust policy allows a caller; the order is that of strength. */
type TrustAnswer = 'deny' | 'silent' | 'account' | 'role' | 'session'
const STRENGTH: readonly TrustAnswer[] = ['silent', 'account', 'role', 'session']

/**
 * "Specifying an AWS account delegates authority to the account"; a role's ARN means all its sessions; a session's ARN only that
 * one. `*` grants to every session, as an allowance for that session would.
 */
function matchPrincipal(principal: string, caller: RoleSession): TrustAnswer {
  const { accountId, arn, partition } = caller.role
  if (principal === accountId || principal === `arn:${partition}:iam::${accountId}:root`)
    return 'account'
  if (principal === arn) return 'role'
  return principal === '*' || principal === caller.arn ? 'session' : 'silent'
}

function readTrust(caller: RoleSession, { action, role, context }: TrustRequest): TrustAnswer {
  const request = { action, resource: role.arn, context }
  let strongest: TrustAnswer = 'silent'
  for (const statement of role.trust) {
    if (!isAbout(statement, request)) continue
    for (const answer of statement.awsPrincipals.map((one) => matchPrincipal(one, caller))) {
      if (answer === 'silent') continue
      if (statement.effect === 'Deny') return 'deny'
      if (STRENGTH.indexOf(answer) > STRENGTH.indexOf(strongest)) strongest = answer
    }
  }
  return strongest
}

/**
 * "When you assume a role with another role, permissions for sts:SetSourceIdentity are required in both the permissions policy
 * of the principal and in the role trust policy" ("Monitor and control actions taken with assumed roles").
 */
const NEEDS_BOTH = ['sts:SetSourceIdentity']

/**
 * Whether a session may take an action (AssumeRole, TagSession, SetSourceIdentity) on a role.
 *
 *   trust policy allows | same AWS account                        | another AWS account
 *   ------------------- | --------------------------------------- | ---------------------------------------
 *   nobody              | no                                      | no
 *   the caller's account| permission and session policy must, too | permission and session policy must, too
 *   the caller's role   | session policy must, too                | permission and session policy must, too
 *   the session, or `*` | yes                                     | permission and session policy must, too
 *
 * A deny anywhere wins. Without a session policy, it counts as allowing.
 */
export function mayAssume(caller: RoleSession, request: TrustRequest): boolean {
  const permission = {
    action: request.action,
    resource: request.role.arn,
    context: request.context,
  }
  const trust = readTrust(caller, request)
  const identity = evaluate(caller.role.permissions, permission)
  const narrowed =
    caller.sessionPolicy === undefined ? 'allow' : evaluate(caller.sessionPolicy, permission)
  if ([trust, identity, narrowed].includes('deny') || trust === 'silent') return false
  const isWithinAccount =
    caller.role.accountId === request.role.accountId && !NEEDS_BOTH.includes(request.action)
  if (isWithinAccount && trust === 'session') return true
  if (isWithinAccount && trust === 'role') return narrowed === 'allow'
  return identity === 'allow' && narrowed === 'allow'
}

/** Whether a verified web identity may assume a role: only the trust policy speaks, since the caller has no policies. */
export function mayAssumeWithWebIdentity(providerArn: string, request: TrustRequest): boolean {
  const permission = {
    action: request.action,
    resource: request.role.arn,
    context: request.context,
  }
  const aboutProvider = (statement: TrustStatement) =>
    statement.federatedPrincipals.includes(providerArn)
  return evaluate(request.role.trust.filter(aboutProvider), permission) === 'allow'
}
