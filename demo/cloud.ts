/**
 * The AWS that a manifest expects: every role that it names, in its AWS account, with a trust policy that lets in the
 * one before it and nobody else, and a bucket in the AWS account of the role that the pod ends as. Where several
 * targets are named, what each chain is is the webhook's to know: there, each role lets in the others.
 */
import { toRoleArn } from '../iam/arn.ts'
import type { PartitionName } from '../iam/partition.ts'
import type { Configuration } from '../stand-ins/aws/configuration.ts'
import type { Manifest } from './manifest.ts'

/** What AWS knows of the cluster. */
export interface Cluster {
  /** URL of the cluster's OIDC issuer, without a port. */
  readonly issuer: string
  readonly region: string
}

/** A role that a manifest names. */
export interface NamedRole {
  readonly arn: string
  readonly partition: PartitionName
  readonly accountId: string
  readonly path: string
  readonly name: string
  /** The service account that may assume it by web identity, as `sub` says it. */
  readonly subject?: string
  /** Roles that may assume it. */
  readonly callers: readonly string[]
  /** That callers have to send. */
  readonly externalId?: string
  /** Roles that it may assume. */
  readonly reaches: readonly string[]
  /** Whether a pod may end as this role: then it may read its AWS account's bucket. */
  readonly isTarget: boolean
}

type AwsAccount = Configuration['awsAccounts'][string]
type Role = NonNullable<AwsAccount['roles']>[string]

const BASE_ROLE_KEY = 'eks.amazonaws.com/role-arn'
const TARGETS_KEY = 'rolechain.io/targets'
const EXTERNAL_ID_KEY = 'rolechain.io/external-id'
const AUDIENCE = 'sts.amazonaws.com'

/** Role names may contain commas; a list of ARNs is separated by commas before `arn:`. */
const ROLE_ARN =
  /arn:(aws|aws-cn|aws-us-gov):iam::(\d{12}):role(\/(?:[\w+=.@-]+\/)*)((?:(?!,\s*arn:)[\w+=,.@-])+)/gu

/**
 * The roles that a manifest's pod and service account name, the base role first, with whom each should trust.
 *
 *   role              | one chain               | several targets
 *   ----------------- | ----------------------- | ---------------------------------------------
 *   base role         | the service account     | the service account
 *   with a base role  | the role before         | every other role
 *   without, first    | the service account     | the service account, every other role
 *   without, later    | the role before         | the service account, every other role
 */
export function readRoles(manifest: Manifest): NamedRole[] {
  const { namespace, serviceAccountName } = manifest
  const found = manifest.serviceAccounts.find(
    (one) => one.namespace === namespace && one.name === serviceAccountName,
  )
  const { [BASE_ROLE_KEY]: base = '', ...annotations } = {
    ...manifest.pod.metadata.annotations,
    ...found?.annotations,
  }
  const arns = readArns([base, ...Object.values(annotations)])
  const hasBase = arns[0]?.arn === base
  const trustOf = TARGETS_KEY in annotations ? amongTargets : inOneChain
  const externalId = annotations[EXTERNAL_ID_KEY]
  return arns.map((own, index) => {
    const { takesToken, ...trust } = trustOf(
      arns.map(({ arn }) => arn),
      index,
      hasBase,
    )
    return {
      ...own,
      ...trust,
      ...(takesToken && { subject: `system:serviceaccount:${namespace}:${serviceAccountName}` }),
      ...(externalId !== undefined && index === arns.length - 1 && { externalId }),
    }
  })
}

type Trust = Pick<NamedRole, 'callers' | 'reaches' | 'isTarget'> & { readonly takesToken: boolean }

function inOneChain(arns: readonly string[], index: number): Trust {
  return {
    takesToken: index === 0,
    callers: arns.slice(0, index).slice(-1),
    reaches: arns.slice(index + 1, index + 2),
    isTarget: index === arns.length - 1,
  }
}

function amongTargets(arns: readonly string[], index: number, hasBase: boolean): Trust {
  const others = arns.filter((arn) => arn !== arns[index])
  const isBase = hasBase && index === 0
  return {
    takesToken: isBase || !hasBase,
    callers: isBase ? [] : others,
    reaches: others,
    isTarget: !isBase,
  }
}

function readArns(texts: readonly string[]) {
  const found = texts.flatMap((text) =>
    [...text.matchAll(ROLE_ARN)].map(([, partition, accountId = '', path = '/', rest = '']) => {
      const name = rest.replace(/,+$/u, '')
      const role = { partition: partition as PartitionName, accountId, path, name }
      return {
        ...role,
        arn: toRoleArn(role),
      }
    }),
  )
  return [...new Map(found.map((role) => [role.arn, role])).values()]
}

/** The bucket of an AWS account; bucket names are unique in all of AWS. */
export function bucketOf(accountId: string): string {
  return `reports-${accountId}`
}

/** The strict AWS in which these roles exist, and nothing else. */
export function toCloud(roles: readonly NamedRole[], { issuer, region }: Cluster): Configuration {
  const accountIds = [...new Set(roles.map(({ accountId }) => accountId))]
  const objects = { 'report.txt': 'Revenue of the third quarter: 4.2 million' }
  const awsAccounts = accountIds.map((accountId): [string, AwsAccount] => {
    const own = roles.filter((role) => role.accountId === accountId)
    return [
      accountId,
      {
        partition: own[0]?.partition ?? 'aws',
        oidcProviders: own.some(({ subject }) => subject !== undefined)
          ? [{ url: issuer, clientIds: [AUDIENCE] }]
          : [],
        roles: Object.fromEntries(own.map((role) => [role.name, toRole(role, issuer)])),
        buckets: own.some(({ isTarget }) => isTarget)
          ? { [bucketOf(accountId)]: { region, objects } }
          : {},
      },
    ]
  })
  return { awsAccounts: Object.fromEntries(awsAccounts) }
}

const ASSUME = ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity']
const Version = '2012-10-17'
const Effect = 'Allow'

interface Statement {
  Effect: typeof Effect
  Action: string | string[]
}

interface PermissionStatement extends Statement {
  Resource: string | string[]
}

interface TrustStatement extends Statement {
  Principal: { Federated: string } | { AWS: string[] }
  Condition: Record<string, Record<string, string>>
}

function toRole(role: NamedRole, issuer: string): Role {
  const bucket = `arn:${role.partition}:s3:::${bucketOf(role.accountId)}/*`
  const mayAssume: PermissionStatement = { Effect, Action: ASSUME, Resource: [...role.reaches] }
  const mayRead: PermissionStatement[] = [
    { Effect, Action: 's3:ListAllMyBuckets', Resource: '*' },
    { Effect, Action: 's3:GetObject', Resource: bucket },
  ]
  return {
    path: role.path,
    maxSessionDurationSeconds: 43_200,
    trustPolicy: { Version, Statement: toTrust(role, issuer.replace('https://', '')) },
    permissionPolicies: [
      {
        Version,
        Statement: [
          ...(role.reaches.length > 0 ? [mayAssume] : []),
          ...(role.isTarget ? mayRead : []),
        ],
      },
    ],
  }
}

function toTrust({ subject, callers, externalId, ...role }: NamedRole, provider: string) {
  const federated = `arn:${role.partition}:iam::${role.accountId}:oidc-provider/${provider}`
  const token = { [`${provider}:sub`]: subject ?? '', [`${provider}:aud`]: AUDIENCE }
  const byWebIdentity: TrustStatement = {
    Effect,
    Principal: { Federated: federated },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { StringEquals: token },
  }
  const byRole: TrustStatement = {
    Effect,
    Principal: { AWS: [...callers] },
    Action: ASSUME,
    Condition: externalId === undefined ? {} : { StringEquals: { 'sts:ExternalId': externalId } },
  }
  return [
    ...(subject === undefined ? [] : [byWebIdentity]),
    ...(callers.length === 0 ? [] : [byRole]),
  ]
}
