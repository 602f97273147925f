/** What IAM's documents say about one hop: each action that it takes, by the evaluator. */
import { accountOf } from '../../../iam/arn.ts'
import {
  toAssumeRoleContext,
  toServiceContext,
  toWebIdentityContext,
} from '../../../iam/assume-role.ts'
import type { Decision, Policies } from '../../../iam/decision.ts'
import { evaluate } from '../../../iam/evaluate.ts'
import type { Policy } from '../../../iam/policy.ts'
import { EKS_PRINCIPAL } from '../policy/source.ts'
import type {
  AssumeRoleStep,
  ChainSession,
  PodIdentityStep,
  Step,
  WebIdentityStep,
} from '../policy/steps.ts'
import {
  findRole,
  readPolicy,
  readTrust,
  unreadPolicy,
  unreadTrust,
  type IamDocuments,
} from './iam-documents.ts'

function trustOf(documents: IamDocuments, arn: string) {
  const found = findRole(documents, arn)
  return found.kind === 'role' ? readTrust(found.role) : unreadTrust(`${arn} was not read`)
}

function toSessionPolicy(text: string): Policy {
  try {
    return readPolicy({ name: 'session policy', document: JSON.parse(text) })
  } catch {
    return unreadPolicy('session policy', 'the session policy is not JSON')
  }
}

/** What narrows and grants on the caller's side. */
function callerPolicies(
  documents: IamDocuments,
  { roleArn, sessionPolicy }: ChainSession,
): Omit<Policies, 'trust'> {
  const session = sessionPolicy === undefined ? undefined : toSessionPolicy(sessionPolicy)
  const found = findRole(documents, roleArn)
  if (found.kind !== 'role')
    return { identity: [unreadPolicy(roleArn, `${roleArn} was not read`)], session }
  const { permissions, boundary } = found.role
  return {
    identity: permissions.map(readPolicy),
    session,
    boundary: boundary && readPolicy(boundary),
  }
}

function judgeWebIdentity(step: WebIdentityStep, documents: IamDocuments): readonly Decision[] {
  const { provider, subject, audience, roleArn, request } = step
  const context = toWebIdentityContext({ providerName: provider.name, subject, audience }, request)
  const caller = { kind: 'web_identity', providerArn: provider.arn } as const
  return step.actions.map((action) =>
    evaluate(
      { caller, action, resource: roleArn, context },
      { trust: trustOf(documents, roleArn), identity: [] },
    ),
  )
}

function judgePodIdentity(step: PodIdentityStep, documents: IamDocuments): readonly Decision[] {
  const { roleArn, request, source } = step
  const context = toServiceContext(request, {
    arn: source.cluster.arn ?? '{clusterArn}',
    // "The role must be in the same AWS account as the cluster."
    accountId: accountOf(roleArn),
  })
  const caller = { kind: 'service', name: EKS_PRINCIPAL } as const
  return step.actions.map((action) =>
    evaluate(
      { caller, action, resource: roleArn, context },
      { trust: trustOf(documents, roleArn), identity: [] },
    ),
  )
}

function judgeAssumeRole(step: AssumeRoleStep, documents: IamDocuments): readonly Decision[] {
  const { caller, roleArn, request } = step
  const found = findRole(documents, caller.roleArn)
  const roleTags = found.kind === 'role' ? found.role.tags : []
  const principal = {
    roleArn: caller.roleArn,
    sourceIdentity: caller.sourceIdentity,
    // Session tags "override existing assumed role tags with the same tag key, regardless of case".
    tags: [...roleTags, ...caller.tags],
  }
  const context = toAssumeRoleContext(principal, request)
  const policies = {
    trust: trustOf(documents, roleArn),
    ...callerPolicies(documents, caller),
  }
  return step.actions.map((action) =>
    evaluate(
      {
        caller: { kind: 'session', roleArn: caller.roleArn, sessionArn: caller.arn },
        action,
        resource: roleArn,
        context,
      },
      policies,
    ),
  )
}

/** One decision an action of the hop. */
export function judgeStep(step: Step, documents: IamDocuments): readonly Decision[] {
  if (step.kind === 'web_identity') return judgeWebIdentity(step, documents)
  return step.kind === 'pod_identity'
    ? judgePodIdentity(step, documents)
    : judgeAssumeRole(step, documents)
}
