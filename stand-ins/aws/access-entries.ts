/**
 * Access entries of EKS clusters: which IAM user or role is which user of the cluster, in which groups. Source: Amazon
 * EKS API Reference, "CreateAccessEntry", "AccessEntry"; Amazon EKS User Guide, "Create access entries", "Set a custom
 * username for EKS access entries"; for the sentences of refusals what users report
 * (terraform-aws-modules/terraform-aws-eks#2915, #2969, #3024, #3293).
 */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { toSessionArn } from '../../iam/arn.ts'
import { AwsError } from './aws-error.ts'
import type { World } from './configuration.ts'
import type { EksCluster } from './eks-clusters.ts'

/** As DescribeAccessEntry shows it. */
export interface AccessEntry {
  readonly clusterName: string
  readonly principalArn: string
  readonly accessEntryArn: string
  readonly username: string
  readonly kubernetesGroups: readonly string[]
  readonly type: 'STANDARD'
  readonly tags: Readonly<Record<string, string>>
  /** Seconds, as of `modifiedAt`. */
  readonly createdAt: number
  readonly modifiedAt: number
}

const input = z.strictObject({
  principalArn: z.string(),
  kubernetesGroups: z.array(z.string().min(1)).default([]),
  username: z.string().min(1).optional(),
  // The other types are for nodes.
  type: z.literal('STANDARD').default('STANDARD'),
  tags: z.record(z.string(), z.string()).default({}),
  clientRequestToken: z.string().optional(),
})

/** What CreateAccessEntry is asked for. */
export type AccessEntryInput = z.output<typeof input>

function invalid(message: string): AwsError {
  return new AwsError('InvalidParameterException', message)
}

/** The body of CreateAccessEntry. */
export function parseAccessEntry(body: Buffer): AccessEntryInput {
  let given: unknown
  try {
    given = JSON.parse(body.toString('utf8'))
  } catch {
    throw invalid('The body is not JSON.')
  }
  const parsed = input.safeParse(given)
  if (!parsed.success)
    throw invalid(`Not an access entry of the strict AWS: ${z.prettifyError(parsed.error)}`)
  return parsed.data
}

/** "The username can't start with system:, eks:, aws:, amazon:, or iam:." */
const RESERVED_FOR_USERS = ['system:', 'eks:', 'aws:', 'amazon:', 'iam:']

/** "If you add either {{SessionName}} or {{SessionNameRaw}} to your username, you must include a colon before it." */
function isSessionWithoutColon(username: string): boolean {
  const at = username.search(/\{\{SessionName(?:Raw)?\}\}/)
  return at !== -1 && !username.slice(0, at).includes(':')
}

function checkNames({ username = '', kubernetesGroups }: AccessEntryInput): void {
  const group = kubernetesGroups.find((name) => name.startsWith('system:'))
  if (group !== undefined)
    throw invalid(`The kubernetes group name ${group} is invalid, it cannot start with system:`)
  const prefix = RESERVED_FOR_USERS.find((one) => username.startsWith(one))
  if (prefix !== undefined)
    throw invalid(`The username ${username} is invalid, it cannot start with ${prefix}`)
  if (isSessionWithoutColon(username))
    throw invalid(`The username ${username} is invalid, it needs a colon before the session name.`)
}

/** An IAM user or role, of any AWS account, as access entries name it. */
interface Principal {
  readonly kind: 'user' | 'role'
  readonly accountId: string
  readonly name: string
  /** Of a user its ARN; of a role that of its sessions, without the role's path. */
  readonly username: string
}

function findPrincipal({ accounts }: World, arn: string): Principal {
  const all = [...accounts.values()]
  const user = all.flatMap(({ users }) => users).find((one) => one.arn === arn)?.role
  if (user !== undefined) return { ...user, kind: 'user', username: arn }
  const role = all.flatMap(({ roles }) => roles).find((one) => one.arn === arn)
  if (role === undefined) throw invalid('The specified principalArn is invalid: invalid principal.')
  return { ...role, kind: 'role', username: toSessionArn(role, '{{SessionName}}') }
}

/** `arn:…:access-entry/cluster/user/222222222222/ana/uuid`; the UUID is the same in every run. */
function toAccessEntryArn(cluster: EksCluster, { kind, accountId, name }: Principal): string {
  const hash = createHash('sha256').update(`${cluster.arn} ${kind} ${accountId} ${name}`)
  const uuid = hash.digest('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, '$1-$2-$3-$4-$5')
  const place = cluster.arn.replace(':cluster/', ':access-entry/')
  return `${place}/${kind}/${accountId}/${name}/${uuid}`
}

/** Adds an entry for an IAM user or role that is there and has none. */
export function createAccessEntry(
  cluster: EksCluster,
  asked: AccessEntryInput,
  { world, nowMs }: { readonly world: World; readonly nowMs: number },
): AccessEntry {
  const principal = findPrincipal(world, asked.principalArn)
  checkNames(asked)
  if (cluster.accessEntries.some(({ principalArn }) => principalArn === asked.principalArn))
    throw new AwsError(
      'ResourceInUseException',
      'The specified access entry resource is already in use on this cluster.',
      { status: 409 },
    )
  const { principalArn, kubernetesGroups, type, tags, username = principal.username } = asked
  const entry = {
    clusterName: cluster.name,
    principalArn,
    accessEntryArn: toAccessEntryArn(cluster, principal),
    username,
    kubernetesGroups,
    type,
    tags,
    createdAt: nowMs / 1000,
    modifiedAt: nowMs / 1000,
  }
  cluster.accessEntries = [...cluster.accessEntries, entry]
  return entry
}

/** The entry of an IAM user or role. */
export function findAccessEntry(cluster: EksCluster, principalArn: string): AccessEntry {
  const entry = cluster.accessEntries.find((one) => one.principalArn === principalArn)
  if (entry !== undefined) return entry
  throw new AwsError(
    'ResourceNotFoundException',
    "The specified principalArn could not be found. You can view your available access entries with 'list-access-entries'.",
    { status: 404 },
  )
}

/** Takes the entry of an IAM user or role away. */
export function deleteAccessEntry(cluster: EksCluster, principalArn: string): void {
  const entry = findAccessEntry(cluster, principalArn)
  cluster.accessEntries = cluster.accessEntries.filter((one) => one !== entry)
}

/**
 * What permissions on the entry of a principal are asked about, whether it is there or not: "arn:…:access-entry/
 * ${ClusterName}/${IamIdentityType}/${IamIdentityAccountID}/${IamIdentityName}/${UUID}".
 */
export function toAccessEntryResource(
  clusterArn: string,
  entries: readonly AccessEntry[],
  principalArn: string,
): string {
  const found = entries.find((one) => one.principalArn === principalArn)
  if (found !== undefined) return found.accessEntryArn
  const [, accountId = '', kind = '', name = ''] =
    /^arn:[^:]+:iam::(\d+):(user|role)\/(?:.*\/)?(.+)$/.exec(principalArn) ?? []
  return `${clusterArn.replace(':cluster/', ':access-entry/')}/${kind}/${accountId}/${name}/none`
}
