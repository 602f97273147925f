/**
 * The ARNs of roles, sessions, OIDC providers and EKS clusters: read and written here and nowhere else.
 * Source: IAM User Guide, "IAM identifiers" (IAM ARNs) and "AWS JSON policy elements: Principal"; Amazon EKS
 * API Reference, "CreateCluster" (names).
 */

/** What the ARN of a role says. */
export interface RoleArn {
  readonly partition: string
  /** 12 digits. */
  readonly accountId: string
  /** Begins and ends with a slash. */
  readonly path: string
  readonly name: string
}

const ROLE_ARN = /^arn:([a-z-]+):iam::(\d{12}):role(\/(?:[!-~]*\/)?)([!-.0-~]*)$/

/** What a role ARN says, or undefined where the text is none. */
export function parseRoleArn(text: string): RoleArn | undefined {
  const [, partition, accountId = '', path = '/', name = ''] = ROLE_ARN.exec(text) ?? []
  if (partition === undefined || `${path}${name}` === '/') return undefined
  return { partition, accountId, path, name }
}

/** The ARN of a role. */
export function toRoleArn({ partition, accountId, path, name }: RoleArn): string {
  return `arn:${partition}:iam::${accountId}:role${path}${name}`
}

/** The ARN of one session of a role. The role's path is not part of it. */
export function toSessionArn(role: Omit<RoleArn, 'path'>, sessionName: string): string {
  return `arn:${role.partition}:sts::${role.accountId}:assumed-role/${role.name}/${sessionName}`
}

/** The ARN that stands for a whole AWS account. */
export function toAccountArn({ partition, accountId }: Omit<RoleArn, 'path' | 'name'>): string {
  return `arn:${partition}:iam::${accountId}:root`
}

/** The ARN of an OIDC provider; `name` is its URL without the scheme. */
export function toProviderArn({ partition, accountId, name }: Omit<RoleArn, 'path'>): string {
  return `arn:${partition}:iam::${accountId}:oidc-provider/${name}`
}

/** The ARN of a managed policy. */
export function toPolicyArn({ partition, accountId, path, name }: RoleArn): string {
  return `arn:${partition}:iam::${accountId}:policy${path}${name}`
}

/** An EKS cluster, as its ARN says it. */
export interface ClusterArn {
  readonly partition: string
  readonly region: string
  readonly accountId: string
  readonly name: string
}

const CLUSTER_ARN = /^arn:([a-z-]+):eks:([a-z0-9-]+):(\d{12}):cluster\/([0-9A-Za-z][\w-]{0,99})$/

/** What the ARN of an EKS cluster says, or undefined where the text is none. */
export function parseClusterArn(text: string): ClusterArn | undefined {
  const [, partition, region = '', accountId = '', name = ''] = CLUSTER_ARN.exec(text) ?? []
  return partition === undefined ? undefined : { partition, region, accountId, name }
}

/** The AWS account that an ARN names; empty where it names none, as ARNs of buckets. */
export function accountOf(arn: string): string {
  return arn.split(':')[4] ?? ''
}
