/**
 * IAM's documents of some AWS accounts, as they were read: raw, with what could not be read named. They come from dumps
 * of `get-account-authorization-details` or from IAM itself.
 */
import { accountOf } from '../../../iam/arn.ts'
import {
  permissionPolicy,
  trustPolicy,
  type Policy,
  type Statement,
  type TrustPolicy,
} from '../../../iam/policy.ts'
import type { Tag } from '../policy/steps.ts'

/** A document with the name that people find it by; undefined where it was not read. */
export interface NamedDocument {
  readonly name: string
  readonly document: unknown
}

/** One role as IAM has it. */
export interface IamRole {
  readonly arn: string
  readonly trust: unknown
  /** Inline and attached ones. */
  readonly permissions: readonly NamedDocument[]
  readonly boundary: NamedDocument | undefined
  /** Undefined: not told. A dump of get-account-authorization-details does not have it. */
  readonly maxSessionDurationSeconds: number | undefined
  readonly tags: readonly Tag[]
}

/** One OIDC provider as IAM has it. */
export interface IamProvider {
  /** Undefined: nothing says whose it is, and it is taken for the one of the chain. */
  readonly arn: string | undefined
  /** With or without its scheme. */
  readonly url: string
  /** Undefined: it is there, and was not read. */
  readonly clientIds: readonly string[] | undefined
}

/** All that was read. */
export interface IamDocuments {
  /** By ARN. */
  readonly roles: ReadonlyMap<string, IamRole>
  /** AWS accounts of which all roles were read, so that a role that is not there does not exist. */
  readonly wholeAccounts: ReadonlySet<string>
  readonly providers: readonly IamProvider[]
  /** AWS accounts of which all OIDC providers were read. */
  readonly accountsWithProviders: ReadonlySet<string>
}

/** Key of a condition that nobody can judge. What it says of the document is behind it. */
const NOT_READ = 'rolechain:not-read/'

/** A statement that may do everything, for a document that was not read: nothing may be concluded from its absence. */
function unread(effect: 'Allow' | 'Deny', why: string): Statement {
  return {
    sid: undefined,
    effect,
    actions: { patterns: ['*'], isNegated: false },
    resources: { patterns: ['*'], isNegated: false },
    conditions: [{ operator: 'StringEquals', key: `${NOT_READ}${why}`, values: ['*'] }],
  }
}

/** What a doubt says of a document that was not read, or undefined where it is about something else. */
export function readNotRead(key: string): string | undefined {
  return key.startsWith(NOT_READ) ? key.slice(NOT_READ.length) : undefined
}

/** A permission policy that nobody has read. */
export function unreadPolicy(name: string, why: string): Policy {
  return { name, hasVariables: true, statements: [unread('Allow', why), unread('Deny', why)] }
}

/** A trust policy that nobody has read. */
export function unreadTrust(why: string): TrustPolicy {
  const principals = [{ type: 'AWS', kind: 'everyone', value: '*' }] as const
  const statements = [unread('Allow', why), unread('Deny', why)]
  return { hasVariables: true, statements: statements.map((one) => ({ ...one, principals })) }
}

/** A permission policy to be evaluated. */
export function readPolicy({ name, document }: NamedDocument): Policy {
  if (document === undefined) return unreadPolicy(name, `policy ${name} was not read`)
  const parsed = permissionPolicy.safeParse(document)
  if (parsed.success) return { ...parsed.data, name }
  const why = parsed.error.issues[0]?.message ?? ''
  return unreadPolicy(name, `policy ${name} is not understood here: ${why}`)
}

/** A trust policy to be evaluated. */
export function readTrust({ arn, trust }: IamRole): TrustPolicy {
  if (trust === undefined) return unreadTrust(`the trust policy of ${arn} was not read`)
  const parsed = trustPolicy.safeParse(trust)
  if (parsed.success) return parsed.data
  const why = parsed.error.issues[0]?.message ?? ''
  return unreadTrust(`the trust policy of ${arn} is not understood here: ${why}`)
}

/** What is known of a role. */
export type RoleFinding =
  | { readonly kind: 'role'; readonly role: IamRole }
  | { readonly kind: 'no_such_role' }
  | { readonly kind: 'not_read' }

/** Looks for a role. */
export function findRole({ roles, wholeAccounts }: IamDocuments, arn: string): RoleFinding {
  const role = roles.get(arn)
  if (role !== undefined) return { kind: 'role', role }
  return { kind: wholeAccounts.has(accountOf(arn)) ? 'no_such_role' : 'not_read' }
}

/** Several readings as one. */
export function joinDocuments(all: readonly IamDocuments[]): IamDocuments {
  return {
    roles: new Map(all.flatMap(({ roles }) => [...roles])),
    wholeAccounts: new Set(all.flatMap(({ wholeAccounts }) => [...wholeAccounts])),
    providers: all.flatMap(({ providers }) => providers),
    accountsWithProviders: new Set(
      all.flatMap(({ accountsWithProviders }) => [...accountsWithProviders]),
    ),
  }
}
