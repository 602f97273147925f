/** AWS accounts whose documents were right for a chain, and that chance has spoiled or decorated. */
import { constantFrom, nat, record, type Arbitrary } from 'fast-check'
import type { AccountDocuments } from '../../../../cli/core/policy/documents.ts'
import { ISSUER } from '../chains.ts'

/** A role that can be changed. */
export interface Role {
  readonly arn: string
  readonly name: string
  readonly path: string
  trust: { Version: string; Statement: object[] }
  permissions: { Version: string; Statement: object[] }
  maxSessionDurationSeconds: number
  tags: Record<string, string>
}

/** An AWS account that can be changed. */
export interface Account {
  readonly accountId: string
  clientIds: string[]
  readonly hasProvider: boolean
  readonly roles: Role[]
}

/** What `policy` wrote, to be changed. */
export function toPlain(accounts: readonly AccountDocuments[]): Account[] {
  return accounts.map(({ accountId, providers, roles }) => ({
    accountId,
    clientIds: providers.flatMap(({ clientIds }) => [...clientIds]),
    hasProvider: providers.length > 0,
    roles: roles.map(({ roleArn, name, path, trust, permissions, ...role }) => ({
      arn: roleArn,
      name,
      path,
      trust: { Version: trust.Version, Statement: [...trust.Statement] },
      permissions: { Version: '2012-10-17', Statement: [...(permissions?.Statement ?? [])] },
      maxSessionDurationSeconds: role.maxSessionDurationSeconds ?? 3600,
      tags: {},
    })),
  }))
}

/** What may be wrong with one side, or only looks so. */
const CONDITIONS = [
  { StringEquals: { 'sts:ExternalId': 'id-1' } },
  { StringEquals: { 'sts:RoleSessionName': 'reports.pod' } },
  { StringLike: { 'sts:RoleSessionName': 'other.*' } },
  { StringEquals: { 'aws:PrincipalTag/team': 'reports' } },
  { StringEquals: { 'aws:PrincipalTag/Team': 'role' } },
  { StringEquals: { 'aws:RequestTag/Project': 'reports' } },
  { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['team', 'Project'] } },
  { 'ForAnyValue:StringEquals': { 'sts:TransitiveTagKeys': ['team'] } },
  { StringEquals: { 'sts:SourceIdentity': 'reporter' } },
  { StringEquals: { 'aws:SourceIdentity': 'reporter' } },
  { Null: { 'aws:SourceIdentity': 'true' } },
  { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/o*' } },
  { StringEquals: { 'sts:RoleSessionName': 'reports.*' } },
  { StringEquals: { 'aws:RequestTag/kubernetes-pod-name': 'web-0' } },
  { StringEquals: { 'aws:PrincipalTag/kubernetes-namespace': 'reports' } },
  { ArnEquals: { 'aws:SourceArn': 'arn:aws:eks:eu-west-1:111111111111:cluster/kit' } },
  { StringNotEquals: { 'aws:SourceAccount': '222222222222' } },
  { StringNotEqualsIfExists: { 'sts:ExternalId': 'id-2' } },
]

/** One thing done to one role, or to its AWS account. */
export interface Change {
  readonly kind: number
  readonly role: number
  readonly statement: number
  readonly condition: object
  readonly effect: string
  readonly isTrust: boolean
}

export const anyChange: Arbitrary<Change> = record({
  kind: nat(8),
  role: nat(10),
  statement: nat(5),
  condition: constantFrom(...CONDITIONS),
  effect: constantFrom('Allow', 'Deny'),
  isTrust: constantFrom(true, false),
})

function pick<Value>(values: readonly Value[], index: number): Value | undefined {
  return values[index % Math.max(1, values.length)]
}

function toPrincipal({ role }: Change, accountId: string): object | string {
  const choices = [
    '*',
    { AWS: '*' },
    { AWS: accountId },
    { AWS: 'arn:aws:iam::111111111111:root' },
    { AWS: ['arn:aws:sts::111111111111:assumed-role/one/reports.pod'] },
  ]
  return pick(choices, role) ?? '*'
}

type Apply = (role: Role, change: Change, account: Account) => void

function statementsOf(role: Role, { isTrust }: Change): object[] {
  return isTrust ? role.trust.Statement : role.permissions.Statement
}

const CHANGES: readonly Apply[] = [
  (role, one) => {
    statementsOf(role, one).splice(one.statement, 1)
  },
  (role, one) => {
    const statements = statementsOf(role, one)
    const index = one.statement % Math.max(1, statements.length)
    const found = statements[index]
    if (found) statements[index] = { ...found, Condition: one.condition }
  },
  (role, one, { accountId }) => {
    const side = one.isTrust ? { Principal: toPrincipal(one, accountId) } : { Resource: '*' }
    const { effect: Effect, condition } = one
    const Action = pick(
      ['sts:*', 'sts:TagSession', 'sts:Assume*', 'sts:SetSourceIdentity'],
      one.role,
    )
    statementsOf(role, one).push({
      Effect,
      Action,
      ...side,
      ...(one.statement > 1 && { Condition: condition }),
    })
  },
  (role, _one, account) => {
    const trusted = role.trust.Statement.map((statement) =>
      'Principal' in statement && JSON.stringify(statement.Principal).includes(':role/')
        ? { ...statement, Principal: { AWS: `arn:aws:iam::${account.accountId}:root` } }
        : statement,
    )
    role.trust = { ...role.trust, Statement: trusted }
  },
  (_role, one, account) => {
    if (account.hasProvider) account.clientIds = [one.isTrust ? 'kubernetes' : 'sts.amazonaws.com']
  },
  (role, one) => {
    role.maxSessionDurationSeconds = one.isTrust ? 3600 : 7200
  },
  (role, one) => {
    role.tags = one.isTrust ? { team: 'role' } : { TEAM: 'reports', other: 'x' }
  },
  (role) => {
    role.permissions.Statement.length = 0
  },
  // A condition on the caller's tag, which only its role has.
  (role, one, { roles }) => {
    for (const other of roles) other.tags = { Team: one.isTrust ? 'role' : 'other' }
    role.trust.Statement = role.trust.Statement.map((statement) => ({
      ...statement,
      ...(JSON.stringify(statement).includes(':role/') && {
        Condition: { StringEquals: { 'aws:PrincipalTag/team': 'role' } },
      }),
    }))
  },
]

/** Does them all. */
export function applyChanges(accounts: Account[], changes: readonly Change[]): void {
  for (const one of changes) {
    const all = accounts.flatMap((account) => account.roles.map((role) => ({ account, role })))
    const found = pick(all, one.role)
    if (found) CHANGES[one.kind]?.(found.role, one, found.account)
  }
}

/** As the strict AWS reads them. */
export function toConfiguration(accounts: readonly Account[]): unknown {
  const awsAccounts = accounts.map(({ accountId, clientIds, hasProvider, roles }) => [
    accountId,
    {
      oidcProviders: hasProvider ? [{ url: ISSUER, clientIds }] : [],
      roles: Object.fromEntries(
        roles.map(({ name, path, trust, permissions, maxSessionDurationSeconds, tags }) => [
          name,
          {
            path,
            trustPolicy: trust,
            permissionPolicies: [permissions],
            maxSessionDurationSeconds,
            tags,
          },
        ]),
      ),
    },
  ])
  return { awsAccounts: Object.fromEntries(awsAccounts) }
}

/** As the AWS CLI prints them. */
export function toDumps(accounts: readonly Account[]): readonly unknown[] {
  return accounts.flatMap(({ clientIds, hasProvider, roles }): readonly unknown[] => [
    {
      RoleDetailList: roles.map(({ arn, trust, permissions, tags }) => ({
        Arn: arn,
        AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify(trust)),
        RolePolicyList: [{ PolicyName: 'rolechain', PolicyDocument: permissions }],
        Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
      })),
    },
    ...(hasProvider ? [{ Url: ISSUER.replace('https://', ''), ClientIDList: clientIds }] : []),
    ...roles.map(({ arn, maxSessionDurationSeconds }) => ({
      Role: { Arn: arn, MaxSessionDuration: maxSessionDurationSeconds },
    })),
  ])
}
