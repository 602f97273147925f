/**
 * Reads what the AWS CLI prints of IAM: `get-account-authorization-details`, `get-role`,
 * `get-open-id-connect-provider` and `list-open-id-connect-providers`. Documents come as JSON from the CLI, and as
 * URL-encoded text from the API; both are read.
 */
import { z } from 'zod'
import { accountOf } from '../../../iam/arn.ts'
import type { Tag } from '../policy/steps.ts'
import type { IamDocuments, IamProvider, IamRole, NamedDocument } from './iam-documents.ts'

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** A document as the CLI or the API gives it. What is not JSON stays text, and is found not to be understood. */
export function readDocument(value: unknown): unknown {
  if (typeof value !== 'string') return value
  return parseJson(value) ?? parseJson(decode(value)) ?? value
}

const document = z.unknown().transform(readDocument)
const tags = z
  .array(z.object({ Key: z.string(), Value: z.string() }))
  .transform((all): readonly Tag[] => all.map(({ Key, Value }) => [Key, Value]))
  .default([])
const boundary = z.object({ PermissionsBoundaryArn: z.string() }).nullish()

const roleDetail = z.object({
  Arn: z.string(),
  AssumeRolePolicyDocument: document,
  RolePolicyList: z
    .array(z.object({ PolicyName: z.string(), PolicyDocument: document }))
    .default([]),
  AttachedManagedPolicies: z
    .array(z.object({ PolicyName: z.string(), PolicyArn: z.string() }))
    .default([]),
  PermissionsBoundary: boundary,
  Tags: tags,
  // Not in what the AWS CLI prints, but in what `policy` writes.
  MaxSessionDuration: z.number().optional(),
})

const managedPolicy = z.object({
  Arn: z.string(),
  PolicyVersionList: z
    .array(z.object({ Document: document, IsDefaultVersion: z.boolean() }))
    .default([]),
})

const accountDetails = z.object({
  RoleDetailList: z.array(roleDetail),
  Policies: z.array(managedPolicy).default([]),
  IsTruncated: z.boolean().default(false),
  // The same.
  OpenIDConnectProviderList: z
    .array(z.object({ Arn: z.string(), Url: z.string(), ClientIDList: z.array(z.string()) }))
    .default([]),
})

const oneRole = z.object({
  Role: z.object({
    Arn: z.string(),
    MaxSessionDuration: z.number().optional(),
  }),
})

const provider = z.object({ Url: z.string(), ClientIDList: z.array(z.string()).default([]) })

const providerList = z.object({
  OpenIDConnectProviderList: z.array(z.object({ Arn: z.string() })),
})

/** What one dump says, before all dumps are put together. */
export interface Dump {
  readonly roles: readonly IamRole[]
  /** A dump of a whole AWS account, with the accounts that its roles are of. */
  readonly wholeAccounts: readonly string[]
  readonly maxSessionDurations: readonly (readonly [roleArn: string, seconds: number])[]
  readonly providers: readonly IamProvider[]
}

const NOTHING: Dump = {
  roles: [],
  wholeAccounts: [],
  maxSessionDurations: [],
  providers: [],
}

type RoleDetail = z.output<typeof roleDetail>

function toRole(detail: RoleDetail, managed: ReadonlyMap<string, unknown>): IamRole {
  const ofArn = (arn: string): NamedDocument => ({ name: arn, document: managed.get(arn) })
  return {
    arn: detail.Arn,
    trust: detail.AssumeRolePolicyDocument,
    permissions: [
      ...detail.RolePolicyList.map(({ PolicyName, PolicyDocument }) => ({
        name: PolicyName,
        document: PolicyDocument,
      })),
      ...detail.AttachedManagedPolicies.map(({ PolicyArn }) => ofArn(PolicyArn)),
    ],
    boundary: detail.PermissionsBoundary
      ? ofArn(detail.PermissionsBoundary.PermissionsBoundaryArn)
      : undefined,
    maxSessionDurationSeconds: detail.MaxSessionDuration,
    tags: detail.Tags,
  }
}

function fromAccount({
  RoleDetailList,
  Policies,
  IsTruncated,
  OpenIDConnectProviderList,
}: z.output<typeof accountDetails>): Dump {
  const managed = new Map(
    Policies.map(({ Arn, PolicyVersionList }) => [
      Arn,
      PolicyVersionList.find(({ IsDefaultVersion }) => IsDefaultVersion)?.Document,
    ]),
  )
  const roles = RoleDetailList.map((detail) => toRole(detail, managed))
  const accounts = [...new Set(roles.map(({ arn }) => accountOf(arn)))]
  // A page of several has not all roles, so that nothing follows from one that is not there.
  return {
    ...NOTHING,
    roles,
    wholeAccounts: IsTruncated ? [] : accounts,
    providers: OpenIDConnectProviderList.map(({ Arn: arn, Url: url, ClientIDList: clientIds }) => ({
      arn,
      url,
      clientIds,
    })),
  }
}

/** What `policy -o json` prints of several AWS accounts. */
const printedAccounts = z.object({ awsAccounts: z.array(accountDetails) })

function mergeDumps(dumps: readonly Dump[]): Dump {
  return {
    roles: dumps.flatMap(({ roles }) => roles),
    wholeAccounts: dumps.flatMap(({ wholeAccounts }) => wholeAccounts),
    maxSessionDurations: dumps.flatMap(({ maxSessionDurations }) => maxSessionDurations),
    providers: dumps.flatMap(({ providers }) => providers),
  }
}

/** What one dump says, or undefined where it is none of those that are read. */
export function readDump(value: unknown): Dump | undefined {
  const whole = accountDetails.safeParse(value)
  if (whole.success) return fromAccount(whole.data)
  const printed = printedAccounts.safeParse(value)
  if (printed.success) return mergeDumps(printed.data.awsAccounts.map(fromAccount))
  const one = oneRole.safeParse(value)
  if (one.success) {
    const { Arn, MaxSessionDuration } = one.data.Role
    const seconds = MaxSessionDuration
    return { ...NOTHING, maxSessionDurations: seconds === undefined ? [] : [[Arn, seconds]] }
  }
  const oidc = provider.safeParse(value)
  if (oidc.success) {
    const { Url: url, ClientIDList: clientIds } = oidc.data
    return { ...NOTHING, providers: [{ arn: undefined, url, clientIds }] }
  }
  const listed = providerList.safeParse(value)
  if (!listed.success) return undefined
  return {
    ...NOTHING,
    providers: listed.data.OpenIDConnectProviderList.map(({ Arn: arn }) => ({
      arn,
      url: arn.slice(arn.indexOf('/') + 1),
      clientIds: undefined,
    })),
  }
}

/** All dumps as one. */
export function joinDumps(dumps: readonly Dump[]): IamDocuments {
  const { roles, wholeAccounts, maxSessionDurations, providers } = mergeDumps(dumps)
  const durations = new Map(maxSessionDurations)
  return {
    roles: new Map(
      roles.map((role) => {
        const { maxSessionDurationSeconds = durations.get(role.arn) } = role
        return [role.arn, { ...role, maxSessionDurationSeconds }]
      }),
    ),
    wholeAccounts: new Set(wholeAccounts),
    providers,
    accountsWithProviders: new Set(providers.flatMap(({ arn }) => (arn ? [accountOf(arn)] : []))),
  }
}
