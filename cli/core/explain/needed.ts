/** What each side has to allow so that a hop works, in sentences. */
import { accountOf } from '../../../iam/arn.ts'
import { EKS_PRINCIPAL } from '../policy/source.ts'
import type { Step } from '../policy/steps.ts'

/** What the agent of EKS Pod Identity gives, as people call it: its ARN is known to EKS only. */
export const ASSOCIATED_ROLE_NAME = 'the role of the association in EKS Pod Identity'

export interface Needed {
  /** The AWS account in which it has to be. */
  readonly awsAccount: string
  readonly side: 'oidc_provider' | 'trust' | 'permissions'
  /** After "AWS account … :". */
  readonly what: string
}

/** In the order in which STS looks. */
export function neededOf(step: Step): readonly Needed[] {
  const awsAccount = accountOf(step.roleArn)
  const role = roleName(step.roleArn)
  if (step.kind === 'web_identity') {
    return [
      {
        awsAccount,
        side: 'oidc_provider',
        what: `an OIDC provider for ${step.provider.url} that has the audience ${step.audience}`,
      },
      {
        awsAccount,
        side: 'trust',
        what: `the trust policy of ${role} allows sts:AssumeRoleWithWebIdentity to ${step.provider.arn}, for ${step.subject}`,
      },
    ]
  }
  const actions = step.actions.join(', ')
  if (step.kind === 'pod_identity')
    return [
      {
        awsAccount,
        side: 'trust',
        what: `the trust policy of ${role} allows ${actions} to ${EKS_PRINCIPAL}`,
      },
    ]
  const externalId = step.request.externalId
  const trust: Needed = {
    awsAccount,
    side: 'trust',
    what: `the trust policy of ${role} allows ${actions} to ${step.caller.roleArn}${externalId === undefined ? '' : `, and may ask for the external id ${externalId}`}`,
  }
  const isAssociated = step.caller.roleArn === ASSOCIATED_ROLE_NAME
  const callerAccount = isAssociated ? 'of the cluster' : accountOf(step.caller.roleArn)
  // Within one AWS account a trust policy that names the role is enough, but for this action.
  const ofCaller =
    callerAccount === awsAccount
      ? step.actions.filter((action) => action === 'sts:SetSourceIdentity')
      : step.actions
  if (ofCaller.length === 0) return [trust]
  return [
    {
      awsAccount: callerAccount,
      side: 'permissions',
      what: `the policies of ${roleName(step.caller.roleArn)} allow ${ofCaller.join(', ')} on ${step.roleArn}`,
    },
    trust,
  ]
}

function roleName(roleArn: string): string {
  return roleArn.split(':').at(-1) ?? roleArn
}
