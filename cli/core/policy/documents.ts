/**
 * What each side of the chains has to allow, as documents of IAM: the OIDC provider, and for each role its trust policy
 * and, where it is a caller, its permission policy. Nothing is allowed that the chains do not need.
 */
import { accountOf, parseClusterArn, parseRoleArn } from '../../../iam/arn.ts'
import { toCreationOrder, type CreationStep } from './creation-order.ts'
import {
  groupBy,
  permissionsOf,
  toDocument,
  trustCallers,
  trustEks,
  trustWebIdentity,
  type PolicyDocument,
} from './statements.ts'
import type { AssumeRoleStep, PodIdentityStep, Step, WebIdentityStep } from './steps.ts'

/** An OIDC provider that an AWS account has to have. */
export interface ProviderDocument {
  readonly arn: string
  readonly url: string
  readonly clientIds: readonly string[]
}

/** What one role has to have. */
export interface RoleDocuments {
  readonly roleArn: string
  readonly name: string
  /** Begins and ends with a slash. */
  readonly path: string
  readonly trust: PolicyDocument
  /** Undefined: the role needs no permission of its own for the chains. */
  readonly permissions: PolicyDocument | undefined
  /** Undefined: IAM's default, an hour, is enough. */
  readonly maxSessionDurationSeconds: number | undefined
}

/** What one AWS account has to have. */
export interface AccountDocuments {
  readonly accountId: string
  readonly partition: string
  readonly providers: readonly ProviderDocument[]
  /** In the order in which IAM can make them. */
  readonly roles: readonly RoleDocuments[]
  /** Those whose tokens are taken, each with the role that it begins with. */
  readonly serviceAccounts: readonly ServiceAccountRole[]
  /** Those to which EKS gives a role. */
  readonly associations: readonly AssociationDocument[]
}

/** An association of EKS Pod Identity. */
export interface AssociationDocument extends ServiceAccountRole {
  readonly clusterName: string
  /** Of the cluster; undefined: not known. */
  readonly region: string | undefined
  readonly hasTags: boolean
}

/** A service account and the role that its token leads to. */
export interface ServiceAccountRole {
  readonly namespace: string
  readonly name: string
  readonly roleArn: string
}

/** Name of the inline policy that a calling role gets. */
export const PERMISSION_POLICY_NAME = 'rolechain'

/** An hour: "MaxSessionDuration … the default value of one hour". */
const DEFAULT_MAX_SESSION_SECONDS = 3600

/** Only a chain of one hop may ask for more than an hour. */
function maxDurationOf(steps: readonly Step[]): number | undefined {
  const longest = Math.max(0, ...steps.map(({ durationSeconds }) => durationSeconds))
  return longest > DEFAULT_MAX_SESSION_SECONDS ? longest : undefined
}

function isWebIdentity(step: Step): step is WebIdentityStep {
  return step.kind === 'web_identity'
}

function isPodIdentity(step: Step): step is PodIdentityStep {
  return step.kind === 'pod_identity'
}

/** Whether a role asks for the hop, and not a token. */
export function isAssumeRole(step: Step): step is AssumeRoleStep {
  return step.kind === 'assume_role'
}

/** What one role has to have for some steps. */
export function toRole(roleArn: string, steps: readonly Step[]): RoleDocuments {
  const asked = steps.filter((step) => step.roleArn === roleArn)
  const calls = steps.filter(isAssumeRole).filter(({ caller }) => caller.roleArn === roleArn)
  const { name, path } = parseRoleArn(roleArn) ?? { name: roleArn, path: '/' }
  return {
    roleArn,
    name,
    path,
    trust: toDocument([
      ...trustWebIdentity(asked.filter(isWebIdentity)),
      ...trustEks(asked.filter(isPodIdentity)),
      ...trustCallers(asked.filter(isAssumeRole)),
    ]),
    permissions: permissionsOf(calls),
    maxSessionDurationSeconds: maxDurationOf(asked),
  }
}

function toProviders(steps: readonly WebIdentityStep[]): readonly ProviderDocument[] {
  return groupBy(steps, ({ provider }) => provider.arn).flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    const clientIds = [...new Set(group.map(({ audience }) => audience))]
    return { arn: first.provider.arn, url: first.provider.url, clientIds }
  })
}

function toServiceAccounts(steps: readonly WebIdentityStep[]): readonly ServiceAccountRole[] {
  const pairs = groupBy(steps, ({ subject, roleArn }) => `${subject} ${roleArn}`)
  return pairs.flatMap(([first]) => {
    if (first === undefined) return []
    const [, , namespace = '', name = ''] = first.subject.split(':')
    return [{ namespace, name, roleArn: first.roleArn }]
  })
}

function toAssociations(steps: readonly PodIdentityStep[]): readonly AssociationDocument[] {
  const associations = steps.map(({ source, roleArn }) => ({
    namespace: source.namespace,
    name: source.serviceAccount,
    roleArn,
    clusterName: source.cluster.name ?? '{cluster}',
    region: parseClusterArn(source.cluster.arn ?? '')?.region,
    hasTags: source.hasTags,
  }))
  return groupBy(associations, (one) => JSON.stringify(one)).flatMap(([first]) => first ?? [])
}

/** The order in which the roles of some steps can be made. */
export function toOrder(steps: readonly Step[]): readonly CreationStep[] {
  // By the depth in its chain, so that the order of equals is that of the chains.
  const inOrder = steps.toSorted((one, other) => one.hop - other.hop)
  return toCreationOrder(
    groupBy(inOrder, ({ roleArn }) => roleArn).map((group) => ({
      roleArn: group[0]?.roleArn ?? '',
      callers: [...new Set(group.filter(isAssumeRole).map(({ caller }) => caller.roleArn))],
      takesTokens: group.some((step) => !isAssumeRole(step)),
    })),
  )
}

/** What some roles of one AWS account have to have, with its OIDC providers. */
export function toAccount(roleArns: readonly string[], steps: readonly Step[]): AccountDocuments {
  const [first = ''] = roleArns
  const accountId = accountOf(first)
  const ofAccount = steps.filter(({ roleArn }) => accountOf(roleArn) === accountId)
  const byToken = ofAccount.filter(isWebIdentity)
  const byEks = ofAccount.filter(isPodIdentity).filter(({ roleArn }) => roleArns.includes(roleArn))
  return {
    accountId,
    partition: first.split(':')[1] ?? 'aws',
    providers: toProviders(byToken),
    serviceAccounts: toServiceAccounts(byToken),
    associations: toAssociations(byEks),
    roles: roleArns.map((roleArn) => toRole(roleArn, steps)),
  }
}

/** The documents of every AWS account of some chains, the AWS account of the first hop first. */
export function toAccountDocuments(
  chains: readonly (readonly Step[])[],
): readonly AccountDocuments[] {
  const steps = chains.flat()
  const made = toOrder(steps).flatMap((step) => step.made.map(({ roleArn }) => roleArn))
  return groupBy(made, accountOf).map((roleArns) => toAccount(roleArns, steps))
}
