/** The operations of IAM that only read: which resource each is about, and what it answers. */
import { AwsError } from './aws-error.ts'
import type { AwsAccount, OidcProvider, Role } from './configuration.ts'
import type { ManagedPolicy } from './role-policies.ts'
import type { XmlElements } from './xml.ts'

type Parameters = ReadonlyMap<string, string>

/** One operation. */
export interface IamOperation {
  readonly parameters: readonly string[]
  /** What the permission is asked about, before anybody is told whether it exists. */
  readonly resource: (account: AwsAccount, parameters: Parameters) => string
  readonly answer: (account: AwsAccount, parameters: Parameters) => XmlElements
}

/** When everything was made. */
const CREATED = '2026-01-01T00:00:00Z'

function noSuchEntity(message: string): AwsError {
  return new AwsError('NoSuchEntity', message, { status: 404 })
}

/** "URL-encoded compliant with RFC 3986." */
function encode(document: unknown): string {
  return encodeURIComponent(JSON.stringify(document)).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function needRole({ roles }: AwsAccount, parameters: Parameters): Role {
  const name = parameters.get('RoleName') ?? ''
  const role = roles.find((one) => one.name === name)
  if (role === undefined) throw noSuchEntity(`The role with name ${name} cannot be found.`)
  return role
}

function roleResource(account: AwsAccount, parameters: Parameters): string {
  const name = parameters.get('RoleName') ?? ''
  const role = account.roles.find((one) => one.name === name)
  return role?.arn ?? `arn:${account.partition}:iam::${account.id}:role/${name}`
}

function needPolicy({ managedPolicies }: AwsAccount, parameters: Parameters): ManagedPolicy {
  const arn = parameters.get('PolicyArn') ?? ''
  const policy = managedPolicies.find((one) => one.arn === arn)
  if (policy === undefined) throw noSuchEntity(`Policy ${arn} was not found.`)
  return policy
}

function needProvider({ oidcProviders }: AwsAccount, parameters: Parameters): OidcProvider {
  const arn = parameters.get('OpenIDConnectProviderArn') ?? ''
  const provider = oidcProviders.find((one) => one.arn === arn)
  if (provider === undefined) throw noSuchEntity(`OpenIDConnect Provider not found for arn ${arn}`)
  return provider
}

/** "MaxItems … IAM might return fewer results, even when there are more"; the marker is the place of the next one. */
function toPage(all: readonly XmlElements[] | readonly string[], parameters: Parameters) {
  const from = Number(parameters.get('Marker') ?? '0')
  const to = from + Number(parameters.get('MaxItems') ?? '100')
  const isTruncated = to < all.length
  return {
    member: all.slice(from, to),
    more: { IsTruncated: String(isTruncated), Marker: isTruncated ? String(to) : undefined },
  }
}

const PAGED = ['Marker', 'MaxItems']

function toTags(tags: Readonly<Record<string, string>>): XmlElements {
  return { member: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }
}

function toBoundary({ boundary }: Role): XmlElements | undefined {
  return (
    boundary && {
      PermissionsBoundaryType: 'Policy',
      PermissionsBoundaryArn: boundary.arn,
    }
  )
}

function toRole(role: Role): XmlElements {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: role.arn,
    CreateDate: CREATED,
    AssumeRolePolicyDocument: encode(role.documents.trust),
    MaxSessionDuration: role.maxSessionDurationSeconds,
    PermissionsBoundary: toBoundary(role),
    Tags: toTags(role.tags),
  }
}

function toAttached({ attached }: Role): readonly XmlElements[] {
  return attached.map(({ arn, name }) => ({ PolicyName: name, PolicyArn: arn }))
}

function toRoleDetail(role: Role): XmlElements {
  const { MaxSessionDuration: _none, ...detail } = toRole(role)
  return {
    ...detail,
    InstanceProfileList: {},
    RolePolicyList: {
      member: role.documents.inline.map(({ name, document }) => ({
        PolicyName: name,
        PolicyDocument: encode(document),
      })),
    },
    AttachedManagedPolicies: { member: toAttached(role) },
  }
}

function toVersion({ document }: ManagedPolicy): XmlElements {
  return {
    Document: encode(document),
    VersionId: 'v1',
    IsDefaultVersion: 'true',
    CreateDate: CREATED,
  }
}

/** By name. */
export const IAM_OPERATIONS: Readonly<Record<string, IamOperation>> = {
  GetRole: {
    parameters: ['RoleName'],
    resource: roleResource,
    answer: (account, parameters) => ({ Role: toRole(needRole(account, parameters)) }),
  },
  ListRolePolicies: {
    parameters: ['RoleName', ...PAGED],
    resource: roleResource,
    answer: (account, parameters) => {
      const names = needRole(account, parameters).documents.inline.map(({ name }) => name)
      const { member, more } = toPage(names, parameters)
      return { PolicyNames: { member }, ...more }
    },
  },
  GetRolePolicy: {
    parameters: ['RoleName', 'PolicyName'],
    resource: roleResource,
    answer: (account, parameters) => {
      const role = needRole(account, parameters)
      const name = parameters.get('PolicyName') ?? ''
      const found = role.documents.inline.find((one) => one.name === name)
      if (found === undefined)
        throw noSuchEntity(`The role policy with name ${name} cannot be found.`)
      return { RoleName: role.name, PolicyName: name, PolicyDocument: encode(found.document) }
    },
  },
  ListAttachedRolePolicies: {
    parameters: ['RoleName', 'PathPrefix', ...PAGED],
    resource: roleResource,
    answer: (account, parameters) => {
      const { member, more } = toPage(toAttached(needRole(account, parameters)), parameters)
      return { AttachedPolicies: { member }, ...more }
    },
  },
  GetPolicy: {
    parameters: ['PolicyArn'],
    resource: (_account, parameters) => parameters.get('PolicyArn') ?? '',
    answer: (account, parameters) => {
      const { arn, name } = needPolicy(account, parameters)
      return { Policy: { PolicyName: name, Arn: arn, Path: '/', DefaultVersionId: 'v1' } }
    },
  },
  GetPolicyVersion: {
    parameters: ['PolicyArn', 'VersionId'],
    resource: (_account, parameters) => parameters.get('PolicyArn') ?? '',
    answer: (account, parameters) => {
      const policy = needPolicy(account, parameters)
      if (parameters.get('VersionId') !== 'v1')
        throw noSuchEntity(`Policy ${policy.arn} version does not exist or is not attachable.`)
      return { PolicyVersion: toVersion(policy) }
    },
  },
  GetOpenIDConnectProvider: {
    parameters: ['OpenIDConnectProviderArn'],
    resource: (_account, parameters) => parameters.get('OpenIDConnectProviderArn') ?? '',
    answer: (account, parameters) => {
      const { name, clientIds } = needProvider(account, parameters)
      return { Url: name, ClientIDList: { member: clientIds }, CreateDate: CREATED }
    },
  },
  ListOpenIDConnectProviders: {
    parameters: [],
    resource: () => '*',
    answer: ({ oidcProviders }) => ({
      OpenIDConnectProviderList: { member: oidcProviders.map(({ arn }) => ({ Arn: arn })) },
    }),
  },
  GetAccountAuthorizationDetails: {
    parameters: ['Filter', ...PAGED],
    resource: () => '*',
    answer: ({ roles, managedPolicies }, parameters) => {
      const { member, more } = toPage(roles.map(toRoleDetail), parameters)
      return {
        RoleDetailList: { member },
        Policies: {
          member: managedPolicies.map((policy) => ({
            PolicyName: policy.name,
            Arn: policy.arn,
            DefaultVersionId: 'v1',
            PolicyVersionList: { member: [toVersion(policy)] },
          })),
        },
        ...more,
      }
    },
  },
}
