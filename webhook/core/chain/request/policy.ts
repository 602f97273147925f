/**
 * Who may name what: named chains and role ARNs. A guard rail against mistakes; whoever may create pods can project a
 * token for STS themselves, so the boundary is the trust policy in IAM.
 */
import type { Hop } from '../../../../sidecar/contract.ts'
import { type Annotation } from '../../annotations/annotations.ts'
import type { Policy, UserMatcher } from '../../configuration/configuration.ts'
import type { Matcher } from '../../formats/name-patterns.ts'
import { toNameList, shorten } from '../../formats/name-list.ts'
import type { Finding } from '../../vocabulary/reasons.ts'
import { holdsRoleArn } from '../../formats/limits.ts'

/** Who asks. */
export interface Requester {
  readonly namespace: string
  readonly serviceAccount: string
}

function isUser(
  { matchesNamespace, matchesServiceAccount }: UserMatcher,
  { namespace, serviceAccount }: Requester,
): boolean {
  return matchesNamespace(namespace) && matchesServiceAccount(serviceAccount)
}

/** What speaks against the use of a named chain. */
export function judgeChainName(
  annotation: Annotation,
  requester: Requester,
  { namedChains }: Policy,
): readonly Finding[] {
  const users = namedChains.get(annotation.value)
  const usable = [...namedChains]
    .filter(([, matcher]) => isUser(matcher, requester))
    .map(([name]) => name)
  const fix =
    usable.length === 0
      ? 'none is defined for this service account'
      : `use one of ${toNameList(usable)}`
  const subject = `${annotation.label}: '${shorten(annotation.value)}'`
  if (users === undefined) {
    const isArn = holdsRoleArn(annotation.value)
    const advice = isArn ? 'write ARNs of roles in target-role-arn' : fix
    return [
      {
        reason: 'unknown_chain',
        message: `${subject} is no chain of the cluster's configuration; ${advice}`,
      },
    ]
  }
  if (isUser(users, requester)) return []
  return [
    {
      reason: 'chain_not_allowed',
      message: `${subject} is not for service account ${requester.serviceAccount} of namespace ${requester.namespace}; ${fix}`,
    },
  ]
}

/**
 * What speaks against the role ARNs that a pod or its service account names, apart from the base role.
 *
 *   rules that fit the requester | one of them lists the ARN | default | allowed
 *   ---------------------------- | ------------------------- | ------- | -------
 *   some                         | yes                       | any     | yes
 *   some                         | no                        | any     | no
 *   none                         | -                         | allow   | yes
 *   none                         | -                         | deny    | no
 */
export function judgeRoles(
  roleArns: readonly string[],
  {
    label,
    requester,
    configuration,
  }: {
    readonly label: string
    readonly requester: Requester
    readonly configuration: Policy
  },
): readonly Finding[] {
  const mayName = toRoleMatcher(requester, configuration)
  return roleArns
    .filter((arn) => !mayName(arn))
    .map((arn) => ({
      reason: 'role_not_allowed',
      message: `${label}: '${shorten(arn)}' is not among the roles that the policy of this cluster lets service account ${requester.serviceAccount} of namespace ${requester.namespace} name; ask for a rule, or use another service account`,
    }))
}

function toRoleMatcher(requester: Requester, { policyRules, isAllowedByDefault }: Policy): Matcher {
  const rules = policyRules.filter((rule) => isUser(rule, requester))
  return rules.length === 0
    ? () => isAllowedByDefault
    : (arn) => rules.some(({ matchesRoleArn }) => matchesRoleArn(arn))
}

/**
 * Whether a pod in the boundary may have a chain, given as all of its roles in order. What its service account says is
 * not known there, and whoever makes pods may change it; so the base role is a role as any other, and only what follows
 * it can be a named chain. With EKS Pod Identity {@link ASSOCIATION} is the first. The chart renders the same into CEL
 * (`rolechain.roleVariables`).
 */
export function mayHaveChain(
  roleArns: readonly string[],
  requester: Requester,
  configuration: Policy,
): boolean {
  const mayName = toRoleMatcher(requester, configuration)
  const usable = [...configuration.namedChains.values()].filter((users) => isUser(users, requester))
  const isNamed = (roles: readonly string[]) => usable.some(({ hops }) => hasRoles(hops, roles))
  const [first = '', ...rest] = roleArns
  return roleArns.every(mayName) || isNamed(roleArns) || (mayName(first) && isNamed(rest))
}

function hasRoles(hops: readonly Hop[], roleArns: readonly string[]): boolean {
  return (
    hops.length === roleArns.length && hops.every(({ roleArn }, hop) => roleArn === roleArns[hop])
  )
}

/**
 * Stands for the role of an association of EKS Pod Identity where the policy lists roles: which role that is stands in
 * EKS, and nobody here can know it.
 */
export const ASSOCIATION = 'pod-identity'

/**
 * What speaks against the role of the service account, where the configuration wants that judged. By default nothing
 * does: who comes from the upstream webhook keeps all roles.
 */
export function judgeBaseRole(
  roleArn: string,
  context: { readonly requester: Requester; readonly configuration: Policy },
): readonly Finding[] {
  return context.configuration.judgesBaseRoles
    ? judgeRoles([roleArn], { label: "the service account's role-arn", ...context })
    : []
}

/** The same of EKS Pod Identity: whoever makes its associations decides, unless the configuration wants to. */
export function judgeAssociation(context: {
  readonly requester: Requester
  readonly configuration: Policy
}): readonly Finding[] {
  return context.configuration.judgesBaseRoles
    ? judgeRoles([ASSOCIATION], { label: 'the source of the chain', ...context })
    : []
}
