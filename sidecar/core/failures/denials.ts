/**
 * What to do when a policy does not allow a call, by the policy that decided. The words are those of the IAM User
 * Guide, "Troubleshoot access denied error messages". Policies that do not decide are not named, so that nobody looks
 * there.
 */
import type { FailureCode } from './failures.ts'

/** What the choice needs to know of a call that failed. */
export interface AdviceFacts {
  /** STS's error code, without `Exception` at its end. */
  readonly name: string
  readonly message: string
  /** Of Node: `CERT_HAS_EXPIRED` and the like. */
  readonly systemCode?: string | undefined
  /** What a proxy answered to CONNECT. */
  readonly proxyStatus?: number | undefined
  /** Whether the name that cannot be resolved is that of the proxy. */
  readonly isNameOfProxy: boolean
  /** Of the role that was asked for. */
  readonly accountId: string
  /** Whether the role was asked for from a session of the same role. */
  readonly isOfItself: boolean
  /** Whether the chain has one hop: then there is no base role. */
  readonly isOnlyHop: boolean
  /** Whether EKS Pod Identity gave the first session: all hops then inherit its session tags. */
  readonly isOfPodIdentity: boolean
}

/** One cause of some codes, and what to do about it. */
export interface AdviceRow {
  readonly codes: readonly FailureCode[]
  readonly holds: (facts: AdviceFacts) => boolean
  /** `{awsAccount}` becomes the number of the role's AWS account. */
  readonly advice: string
}

/** Whether the other side said something like this. */
export const says =
  (words: RegExp) =>
  ({ message }: AdviceFacts): boolean =>
    words.test(message)

const DENIED: readonly FailureCode[] = ['web_identity_denied', 'role_denied']

/** The first row that holds is taken. */
export const DENIALS: readonly AdviceRow[] = [
  {
    codes: ['role_denied'],
    holds: ({ isOfItself }) => isOfItself,
    advice:
      'The role of this hop is that of the hop before, so that it would assume itself. The base role is the target, or a role stands twice in a row in the chain: remove one of the two.',
  },
  {
    codes: DENIED,
    holds: says(/service control policy/i),
    advice:
      'A service control policy (SCP) of the AWS organization decides this. Let it allow the call; no other policy can.',
  },
  {
    codes: DENIED,
    holds: says(/resource control policy/i),
    advice:
      "A resource control policy (RCP) of the AWS organization of AWS account {awsAccount} decides this. Let it allow the call, from outside of the organization too if the caller's AWS account is.",
  },
  {
    codes: DENIED,
    holds: says(/VPC endpoint policy/i),
    advice:
      'The policy of the VPC endpoint of STS decides this. Let it allow the action on this role. Calls by web identity have no principal: a condition on aws:Principal keys does not hold for them.',
  },
  {
    codes: DENIED,
    holds: says(/permissions boundary/i),
    advice:
      'The permissions boundary of the role of the hop before decides this. Let it allow the call.',
  },
  {
    codes: DENIED,
    holds: says(/session policy/i),
    advice:
      'The session policy of the hop before decides this. Let it allow the call on this role (session-policy of that hop).',
  },
  {
    codes: DENIED,
    holds: says(/explicit deny in (?:an|the) identity-based policy/i),
    advice:
      "A statement with Deny in a policy of the role of the hop before decides this. Remove it. IAM's button to revoke sessions makes such a policy (AWSRevokeOlderSessions).",
  },
  {
    codes: DENIED,
    holds: says(/explicit deny in (?:a|the) (?:role trust|resource-based) policy/i),
    advice:
      "A statement with Deny in the role's trust policy decides this. Remove it, or let its conditions spare this caller.",
  },
  {
    codes: DENIED,
    holds: says(/explicit(?:ly)? den/i),
    advice:
      'A statement with Deny decides this. No Allow can override it. Look for it in the policies of the AWS organization, of the VPC endpoint, and of both roles.',
  },
  {
    codes: DENIED,
    holds: (facts) => facts.isOfPodIdentity && says(/sts:TagSession/)(facts),
    advice:
      "EKS Pod Identity tags the session, and every hop inherits these tags. Let the role's trust policy and the policies of the role of the hop before allow sts:TagSession too, or turn session tags off on the association.",
  },
  {
    codes: DENIED,
    holds: says(/sts:TagSession/),
    advice:
      "This hop sends session tags, or inherits transitive ones. Let the role's trust policy and the policies of the role of the hop before allow sts:TagSession too.",
  },
  {
    codes: DENIED,
    holds: says(/sts:SetSourceIdentity/),
    advice:
      "The chain has a source identity. Let the role's trust policy and the policies of the role of the hop before allow sts:SetSourceIdentity too, on this hop and each after it.",
  },
  {
    codes: DENIED,
    holds: says(/no identity-based policy allows/i),
    advice: 'Let the policies of the role of the hop before allow the call on this role.',
  },
  {
    codes: ['web_identity_denied'],
    holds: ({ isOnlyHop }) => isOnlyHop,
    advice:
      "Let the role's trust policy allow sts:AssumeRoleWithWebIdentity to the OIDC provider of the token's issuer in AWS account {awsAccount}, for the token's subject and audience. The chain has no base role: " +
      'if it should begin with one, annotate the service account with it. STS says the same of a role that does not exist.',
  },
]
