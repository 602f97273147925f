/**
 * The world of the strict AWS as a readable file: AWS accounts with their OIDC providers, roles and buckets. Read once,
 * all problems reported at once. `example.yaml` beside this file shows every part.
 */
import { parse } from 'yaml'
import { z } from 'zod'
import { toProviderArn } from '../../iam/arn.ts'
import { PARTITION_NAMES } from '../../iam/partition.ts'
import type { Policy, TrustPolicy } from '../../iam/policy.ts'
import { computing, toComputing, type Computing } from './computing.ts'
import { findUnknownRoles, toEksClusters, eksClusters, type EksCluster } from './eks-clusters.ts'
import { permissionPolicy } from './policy-schemas.ts'
import {
  findUnknownPolicies,
  POLICY_NAME,
  toManagedPolicies,
  type ManagedPolicy,
  type RoleDocuments,
  type WrittenAccount,
  type WrittenAccounts,
} from './role-policies.ts'
import { ROLE_NAME, roleSchema, toRole } from './roles.ts'
import type { RoleSession } from './session-store.ts'
import type { Stack } from './stacks.ts'
import { toUsers, users } from './users.ts'

/** An OIDC identity provider that an AWS account trusts. */
export interface OidcProvider {
  readonly arn: string
  /** The `iss` of its tokens, compared letter by letter. */
  readonly url: string
  /** The URL without its scheme: how ARNs and condition keys call the provider. */
  readonly name: string
  readonly clientIds: readonly string[]
}

/** A role with its policies read. */
export interface Role {
  readonly arn: string
  readonly accountId: string
  readonly partition: string
  readonly name: string
  /** `AROA…`, the same for the life of the role. */
  readonly id: string
  /** Scenarios change it. */
  trust: TrustPolicy
  /** Inline ones, then attached ones. */
  readonly permissions: readonly Policy[]
  readonly attached: readonly ManagedPolicy[]
  readonly boundary: ManagedPolicy | undefined
  /** As their author wrote them: IAM gives them back. */
  readonly documents: RoleDocuments
  /** Begins and ends with a slash. */
  readonly path: string
  readonly maxSessionDurationSeconds: number
  readonly tags: Readonly<Record<string, string>>
}

/** One AWS account; its buckets are in {@link World}, since their names are unique in all of AWS. */
export interface AwsAccount extends Computing {
  readonly id: string
  readonly partition: string
  /** CloudFormation adds to them and to the roles. */
  readonly oidcProviders: OidcProvider[]
  readonly roles: Role[]
  readonly managedPolicies: readonly ManagedPolicy[]
  readonly eksClusters: readonly EksCluster[]
  readonly users: readonly RoleSession[]
}

/** Objects are changed by PutObject and live as long as the process. */
export interface Bucket {
  readonly name: string
  readonly ownerId: string
  readonly partition: string
  readonly region: string
  readonly objects: Map<string, StoredObject>
}

/** One object of a bucket. */
export interface StoredObject {
  readonly body: Buffer
  readonly contentType: string
  readonly modifiedAtMs: number
}

/** Everything that exists in the strict AWS. */
export interface World {
  readonly accounts: ReadonlyMap<string, AwsAccount>
  /** CreateBucket adds to them. */
  readonly buckets: Map<string, Bucket>
  /** CloudFormation's, by ID. None at the start. */
  readonly stacks: Map<string, Stack>
}

/**
 * "Create an OpenID Connect identity provider in IAM": https, no query, no port; at most 100 client ids, each 1-255
 * characters.
 */
export const oidcProvider = z.strictObject({
  url: z
    .string()
    .max(255)
    .regex(
      /^https:\/\/[^/?#:]+(\/[^?#]*[^/?#])?$/,
      'an https URL without port, query and trailing slash',
    ),
  clientIds: z.array(z.string().min(1).max(255)).min(1).max(100),
})

/** "General purpose bucket naming rules". */
export const BUCKET_NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
const bucket = z.strictObject({
  region: z.string().default('us-east-1'),
  objects: z.record(z.string().min(1), z.string()).default({}),
})

const account = z.strictObject({
  partition: z.enum(PARTITION_NAMES).default('aws'),
  oidcProviders: z.array(oidcProvider).default([]),
  roles: z.record(z.string().regex(ROLE_NAME), roleSchema).default({}),
  managedPolicies: z.record(z.string().regex(POLICY_NAME), permissionPolicy).default({}),
  buckets: z.record(z.string().regex(BUCKET_NAME), bucket).default({}),
  eksClusters,
  users,
  ...computing,
})

const configuration = z.strictObject({
  awsAccounts: z.record(z.string().regex(/^\d{12}$/, 'an AWS account ID has 12 digits'), account),
})

/** The file as its author writes it. */
export type Configuration = z.input<typeof configuration>
type ParsedAccount = z.output<typeof account>

/** A provider of an AWS account. */
export function toOidcProvider(
  place: { readonly partition: string; readonly accountId: string },
  { url, clientIds }: z.output<typeof oidcProvider>,
): OidcProvider {
  const name = url.replace('https://', '')
  return { arn: toProviderArn({ ...place, name }), url, name, clientIds }
}

function toAccount(id: string, parsed: ParsedAccount, written: WrittenAccount): AwsAccount {
  const { partition, oidcProviders, roles } = parsed
  const managedPolicies = toManagedPolicies({ partition, accountId: id }, parsed, written)
  return {
    id,
    partition,
    managedPolicies,
    oidcProviders: oidcProviders.map((one) => toOidcProvider({ partition, accountId: id }, one)),
    roles: Object.entries(roles).map(([name, role]) =>
      toRole(
        { partition, accountId: id, name, parsed: role, written: written.roles?.[name] },
        managedPolicies,
      ),
    ),
    eksClusters: toEksClusters({ partition, accountId: id }, parsed.eksClusters),
    users: toUsers({ partition, accountId: id }, parsed.users),
    ...toComputing({ partition, accountId: id }, parsed),
  }
}

function toBuckets(ownerId: string, { partition, buckets }: ParsedAccount): Bucket[] {
  return Object.entries(buckets).map(([name, { region, objects }]) => ({
    name,
    ownerId,
    partition,
    region,
    objects: new Map(
      Object.entries(objects).map(([key, text]) => [
        key,
        { body: Buffer.from(text), contentType: 'text/plain', modifiedAtMs: 0 },
      ]),
    ),
  }))
}

/**
 * Role principals of trust policies that name no role of the file. IAM refuses to save such a policy ("Invalid
 * principal in policy"), so a typing mistake in a test's world is found at once instead of looking like a refusal.
 */
function findUnknownPrincipals(accounts: ReadonlyMap<string, AwsAccount>): string[] {
  const roles = [...accounts.values()].flatMap((one) => one.roles)
  const known = new Set(roles.map(({ arn }) => arn))
  return roles.flatMap(({ arn, trust }) =>
    trust.statements
      .flatMap(({ principals }) => principals)
      .filter(({ kind, value }) => kind === 'role' && !known.has(value))
      .map(({ value }) => `${arn}: invalid principal in policy: there is no role ${value}`),
  )
}

/** The world that a configuration describes. Throws one error that names every problem. */
export function toWorld(input: unknown): World {
  const parsed = configuration.safeParse(input)
  if (!parsed.success)
    throw new Error(
      `The strict AWS cannot use its configuration:\n${z.prettifyError(parsed.error)}`,
    )
  const entries = Object.entries(parsed.data.awsAccounts)
  const { awsAccounts } = input as WrittenAccounts
  const accounts = new Map(
    entries.map(([id, one]) => [id, toAccount(id, one, awsAccounts[id] ?? {})]),
  )
  const problems = [
    ...findUnknownPrincipals(accounts),
    ...findUnknownRoles(accounts),
    ...entries.flatMap(([id, one]) => findUnknownPolicies(id, one)),
  ]
  if (problems.length > 0)
    throw new Error(`The strict AWS cannot use its configuration:\n${problems.join('\n')}`)
  const buckets = entries.flatMap(([id, one]) => toBuckets(id, one))
  return { accounts, buckets: new Map(buckets.map((one) => [one.name, one])), stacks: new Map() }
}

/** A configuration file's text as data; {@link toWorld} checks it. */
export function parseConfiguration(text: string): unknown {
  return parse(text)
}
