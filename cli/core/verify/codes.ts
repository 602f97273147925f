import type { FailureCode } from '../../../sidecar/core/failures/failures.ts'

/** What `verify` can find, with what mends it in general; a finding's own hint names roles and values. */

export const VERIFY_CODES = {
  trust_refuses: {
    what: 'The trust policy of a role does not allow the hop.',
    hint: 'Change the trust policy of the role that is asked for.',
  },
  permission_missing: {
    what: 'The permission policies of the calling role do not allow the hop.',
    hint: 'Change a permission policy of the role of the hop before.',
  },
  session_policy_refuses: {
    what: 'The session policy that the chain sends with a hop does not allow the hop after it.',
    hint: 'Allow the next hop in the session policy, or leave the session policy out.',
  },
  boundary_refuses: {
    what: 'The permissions boundary of the calling role does not allow the hop.',
    hint: 'Allow the hop in the permissions boundary of the role of the hop before.',
  },
  statement_denies: {
    what: 'A statement denies the hop, and a deny wins over every allow.',
    hint: 'Change the statement that denies so that it is not about the chain.',
  },
  cannot_tell: {
    what: 'What was read is not enough to say whether the hop is allowed.',
    hint: 'Give what the message names, by --from or by --profile.',
  },
  role_missing: {
    what: 'A role of the chain does not exist. STS tells nobody so, and refuses as if it did not trust the caller.',
    hint: 'Create the role, or correct its ARN.',
  },
  provider_missing: {
    what: 'The AWS account of the first role has no OIDC provider for the issuer of the cluster.',
    hint: 'Create the OIDC provider in the AWS account of the first role.',
  },
  provider_audience: {
    what: 'The OIDC provider does not take the audience of the token.',
    hint: 'Add the audience to the client IDs of the OIDC provider.',
  },
  duration_too_long: {
    what: 'A hop asks for a longer session than its role, or a chain, may have.',
    hint: 'Raise MaxSessionDuration of the role, or ask for less; a chain of roles has an hour at most.',
  },
  too_many_tags: {
    what: 'A session of the chain has more tags than STS takes, inherited ones counted.',
    hint: 'Send fewer session tags, or make fewer of them transitive.',
  },
  packed_size: {
    what: 'Session tags and session policy are nearly as large together as STS takes, or larger. AWS documents no measure; this one fits what STS has answered to others.',
    hint: 'Keep session tags and session policy short. With EKS Pod Identity its six tags take about three quarters of the room; they can be turned off on the association (disableSessionTags).',
  },
  trust_policy_large: {
    what: 'The trust policy has nearly as many characters as IAM takes by default (2,048), so that little more fits.',
    hint: 'Raise the quota, or trust one base role in place of many service accounts.',
  },
  wildcard_in_string_equals: {
    what: 'A condition has a wildcard under an operator that knows none, so that it is a character like any other.',
    hint: 'Write StringLike in place of StringEquals, or the whole value.',
  },
  trusts_account: {
    what: 'The trust policy names a whole AWS account: every role there with the permission can ask for this one.',
    hint: 'Name the role of the hop before as principal, or add a condition on aws:PrincipalArn.',
  },
  trusts_everyone: {
    what: 'The trust policy names everyone, in every AWS account.',
    hint: 'Name the role of the hop before as principal.',
  },
  trusts_service_accounts: {
    what: 'The trust policy takes tokens of more service accounts than that of the chain, or of all.',
    hint: 'Add a condition on the subject (sub) of the token that names the service account.',
  },
  live_refused: {
    what: 'AWS itself refuses a hop that the documents of IAM allow, or leave open; only with --live.',
    hint: 'The documents may be older than what AWS goes by: make the dumps anew. Then look at what verify cannot see: service control policies (SCP) and resource control policies (RCP) of the organization, and policies of VPC endpoints.',
  },
  live_allowed: {
    what: 'AWS itself allows a hop that the documents of IAM refuse; only with --live.',
    hint: 'Make the dumps anew, or leave --from out: they are older than what AWS goes by. If that changes nothing, report it.',
  },
} as const

/** With those of admission and of the sidecar that mean the same here. */
export type VerifyCode = keyof typeof VERIFY_CODES | 'sent_again' | FailureCode
