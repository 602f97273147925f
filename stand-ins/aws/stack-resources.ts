/**
 * What CloudFormation makes of one resource of a template, with the permissions of its caller: roles, OIDC providers
 * and buckets. They really exist then. Source: CloudFormation Template Reference, "AWS::IAM::Role",
 * "AWS::IAM::OIDCProvider", "AWS::S3::Bucket"; the actions that each needs, from the handlers in the schemas of these
 * types.
 */
import { z } from 'zod'
import { toProviderArn, toRoleArn } from '../../iam/arn.ts'
import { AwsError } from './aws-error.ts'
import type { Call } from './call.ts'
import { BUCKET_NAME, oidcProvider, toOidcProvider, type AwsAccount } from './configuration.ts'
import { decidePermission } from './permissions.ts'
import { ROLE_NAME, roleSchema, toRole } from './roles.ts'
import type { RoleSession } from './session-store.ts'

/** Who makes or deletes resources, where. */
export interface Maker {
  readonly call: Call
  readonly caller: RoleSession
  readonly account: AwsAccount
  /** Of the stack: "AWS CloudFormation propagates these tags to supported resources." */
  readonly tags: Readonly<Record<string, string>>
}

/** One kind of resource. */
export interface ResourceType {
  /** Throws a ZodError where the properties are not such. */
  readonly check: (properties: unknown) => void
  /** Makes it and gives its physical ID. Throws an AwsError, the words of which become the stack's reason. */
  readonly create: (properties: unknown, maker: Maker) => string
  readonly remove: (physicalId: string, maker: Maker) => void
}

/** "The resource handler returned message": what the service refused, in its words. */
function need({ caller }: Maker, actions: readonly string[], resource: string): void {
  for (const action of actions) {
    if (decidePermission(caller, { action, resource }).outcome === 'allowed') continue
    throw new AwsError(
      'AccessDenied',
      `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource}`,
      { status: 403 },
    )
  }
}

function alreadyExists(type: string, name: string): AwsError {
  return new AwsError(
    'AlreadyExists',
    `Resource of type '${type}' with identifier '${name}' already exists.`,
  )
}

function removeFrom(all: { readonly arn: string }[], arn: string): void {
  const at = all.findIndex((one) => one.arn === arn)
  if (at !== -1) all.splice(at, 1)
}

const role = z.strictObject({
  RoleName: z.string().regex(ROLE_NAME),
  AssumeRolePolicyDocument: z.unknown(),
  Description: z.string().optional(),
  Policies: z
    .array(z.strictObject({ PolicyName: z.string(), PolicyDocument: z.unknown() }))
    .default([]),
})

/** "MalformedPolicyDocument: Invalid principal in policy": IAM saves no trust in a role that does not exist. */
function checkPrincipals(
  { call }: Maker,
  principals: readonly { kind: string; value: string }[],
): void {
  const known = [...call.environment.world.accounts.values()].flatMap(({ roles }) => roles)
  for (const { kind, value } of principals)
    if (kind === 'role' && !known.some(({ arn }) => arn === value))
      throw new AwsError('MalformedPolicyDocument', `Invalid principal in policy: "AWS":"${value}"`)
}

function createRole(properties: unknown, maker: Maker): string {
  const { RoleName: name, AssumeRolePolicyDocument: trustPolicy, Policies } = role.parse(properties)
  const { account, tags } = maker
  const place = { partition: account.partition, accountId: account.id }
  const arn = toRoleArn({ ...place, path: '/', name })
  const tagged = Object.keys(tags).length === 0 ? [] : ['iam:TagRole']
  const policed = Policies.length === 0 ? [] : ['iam:PutRolePolicy', 'iam:GetRolePolicy']
  need(maker, ['iam:CreateRole', ...tagged, ...policed, 'iam:GetRole'], arn)
  if (account.roles.some((one) => one.name === name)) throw alreadyExists('AWS::IAM::Role', name)
  const written = { trustPolicy, permissionPolicies: Policies.map((one) => one.PolicyDocument) }
  const parsed = roleSchema.safeParse({ ...written, tags })
  if (!parsed.success) throw new AwsError('MalformedPolicyDocument', z.prettifyError(parsed.error))
  checkPrincipals(
    maker,
    parsed.data.trustPolicy.statements.flatMap(({ principals }) => principals),
  )
  account.roles.push(toRole({ ...place, name, parsed: parsed.data, written }, []))
  return name
}

function removeRole(name: string, maker: Maker): void {
  const { account } = maker
  const arn = toRoleArn({ partition: account.partition, accountId: account.id, path: '/', name })
  const look = ['iam:GetRole', 'iam:ListRolePolicies', 'iam:ListAttachedRolePolicies']
  need(maker, [...look, 'iam:DeleteRolePolicy', 'iam:DeleteRole'], arn)
  removeFrom(account.roles, arn)
}

const provider = z.strictObject({ Url: z.string(), ClientIdList: z.array(z.string()) })

function createProvider(properties: unknown, maker: Maker): string {
  const { Url: url, ClientIdList: clientIds } = provider.parse(properties)
  const { account } = maker
  const place = { partition: account.partition, accountId: account.id }
  const arn = toProviderArn({ ...place, name: url.replace('https://', '') })
  const actions = ['Create', 'Tag', 'Get'].map((verb) => `iam:${verb}OpenIDConnectProvider`)
  need(maker, actions, arn)
  if (account.oidcProviders.some((one) => one.arn === arn))
    throw alreadyExists('AWS::IAM::OIDCProvider', arn)
  account.oidcProviders.push(toOidcProvider(place, oidcProvider.parse({ url, clientIds })))
  return arn
}

function removeProvider(arn: string, maker: Maker): void {
  need(maker, ['iam:GetOpenIDConnectProvider', 'iam:DeleteOpenIDConnectProvider'], arn)
  removeFrom(maker.account.oidcProviders, arn)
}

const bucket = z.strictObject({ BucketName: z.string().regex(BUCKET_NAME) })

function createBucket(properties: unknown, maker: Maker): string {
  const { BucketName: name } = bucket.parse(properties)
  const { account, call } = maker
  need(maker, ['s3:CreateBucket', 's3:PutBucketTagging'], `arn:${account.partition}:s3:::${name}`)
  const { buckets } = call.environment.world
  if (buckets.has(name)) throw alreadyExists('AWS::S3::Bucket', name)
  const { partition, id: ownerId } = account
  buckets.set(name, { name, ownerId, partition, region: call.notes.region, objects: new Map() })
  return name
}

function removeBucket(name: string, maker: Maker): void {
  const { account, call } = maker
  need(maker, ['s3:DeleteBucket'], `arn:${account.partition}:s3:::${name}`)
  const { buckets } = call.environment.world
  if ((buckets.get(name)?.objects.size ?? 0) > 0)
    throw new AwsError('BucketNotEmpty', 'The bucket you tried to delete is not empty')
  buckets.delete(name)
}

/** By the name of the type; any other is refused. */
export const RESOURCE_TYPES: Readonly<Record<string, ResourceType>> = {
  'AWS::IAM::Role': {
    check: (properties) => void role.parse(properties),
    create: createRole,
    remove: removeRole,
  },
  'AWS::IAM::OIDCProvider': {
    check: (properties) => void provider.parse(properties),
    create: createProvider,
    remove: removeProvider,
  },
  'AWS::S3::Bucket': {
    check: (properties) => void bucket.parse(properties),
    create: createBucket,
    remove: removeBucket,
  },
}
