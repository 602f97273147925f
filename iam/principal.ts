/**
 * Whom a statement of a trust policy is about, and whether that is the caller. Source: IAM User Guide, "AWS JSON policy
 * elements: Principal"; for what each kind lets a caller do without its own policies, "Determining whether a request is
 * allowed or denied within an account" (table of resource-based policies).
 */
import { accountOf, parseRoleArn, toAccountArn } from './arn.ts'
import type { Truth } from './truth.ts'

/** Who asks. A token of an OIDC provider has been verified before; its claims are in the request's context. */
export type Caller =
  | { readonly kind: 'session'; readonly roleArn: string; readonly sessionArn: string }
  | { readonly kind: 'web_identity'; readonly providerArn: string }
  | { readonly kind: 'user'; readonly userArn: string }
  /** A service of AWS, such as `pods.eks.amazonaws.com`. */
  | { readonly kind: 'service'; readonly name: string }

/** The keys of a `Principal` element. */
export type PrincipalType = 'AWS' | 'Federated' | 'Service' | 'CanonicalUser'

/** What a principal names. `deleted`: the ID that IAM shows in the place of a role or user that is no more. */
export type PrincipalKind =
  | 'everyone'
  | 'account'
  | 'role'
  | 'session'
  | 'user'
  | 'federated_user'
  | 'deleted'
  | 'oidc_provider'
  | 'saml_provider'
  | 'well_known_provider'
  | 'service'
  | 'canonical_user'

/** One principal as it is written, and what that is. */
export interface Principal {
  readonly type: PrincipalType
  readonly kind: PrincipalKind
  readonly value: string
}

const IAM_ARN = String.raw`arn:aws[-a-z]*:iam::\d{12}`
const STS_ARN = String.raw`arn:aws[-a-z]*:sts::\d{12}`
const FORMS: readonly (readonly [PrincipalType, PrincipalKind, RegExp])[] = [
  ['AWS', 'everyone', /^\*$/],
  ['AWS', 'account', new RegExp(String.raw`^(\d{12}|${IAM_ARN}:root)$`)],
  ['AWS', 'role', new RegExp(`^${IAM_ARN}:role/[^*?]+$`)],
  ['AWS', 'session', new RegExp(`^${STS_ARN}:assumed-role/[^/*?]+/[^/*?]+$`)],
  ['AWS', 'user', new RegExp(`^${IAM_ARN}:user/[^*?]+$`)],
  ['AWS', 'federated_user', new RegExp(`^${STS_ARN}:federated-user/[^*?]+$`)],
  // "IAM identifiers", unique IDs.
  ['AWS', 'deleted', /^A[A-Z]{3}[A-Z0-9]{12,124}$/],
  ['Federated', 'oidc_provider', new RegExp(`^${IAM_ARN}:oidc-provider/[^*?]+$`)],
  ['Federated', 'saml_provider', new RegExp(`^${IAM_ARN}:saml-provider/[^*?]+$`)],
  [
    'Federated',
    'well_known_provider',
    /^(cognito-identity\.amazonaws\.com|www\.amazon\.com|graph\.facebook\.com|accounts\.google\.com)$/,
  ],
  ['Service', 'service', /^[a-z0-9.-]+\.[a-z0-9-]+$/],
  ['CanonicalUser', 'canonical_user', /^[0-9a-f]{64}$/],
]

/**
 * The principal that a text names under a key of `Principal`, or undefined where it names none ("you cannot use a
 * wildcard").
 */
export function parsePrincipal(type: PrincipalType, value: string): Principal | undefined {
  const form = FORMS.find(([of, , pattern]) => of === type && pattern.test(value))
  return form && { type, kind: form[1], value }
}

/**
 * How directly a trust policy names a caller; the order is that of strength. An AWS account delegates to its own
 * policies; a role is still limited by session policies and boundaries; a session, or everyone, is not.
 */
export type Grant = 'account' | 'role' | 'session'

/** Whether a principal is the caller, and as what. */
export interface PrincipalMatch {
  readonly truth: Truth
  readonly grant: Grant
}

const NO_MATCH: PrincipalMatch = { truth: 'no', grant: 'account' }

function matchSession(principal: Principal, roleArn: string, sessionArn: string): PrincipalMatch {
  const { kind, value } = principal
  const role = parseRoleArn(roleArn)
  if (kind === 'everyone' || value === sessionArn) return { truth: 'yes', grant: 'session' }
  if (kind === 'role' && value === roleArn) return { truth: 'yes', grant: 'role' }
  const isAccount = role !== undefined && [role.accountId, toAccountArn(role)].includes(value)
  return isAccount ? { truth: 'yes', grant: 'account' } : NO_MATCH
}

function matchByName(principal: Principal, type: PrincipalType, name: string): PrincipalMatch {
  const isCaller = principal.type === type && principal.value === name
  return isCaller ? { truth: 'yes', grant: 'session' } : NO_MATCH
}

function accountRootOf(arn: string): string {
  return toAccountArn({ partition: arn.split(':')[1] ?? '', accountId: accountOf(arn) })
}

/** "IAM user": a policy that names it is enough, as with a session. */
function matchUser({ kind, value }: Principal, userArn: string): PrincipalMatch {
  if (kind === 'everyone' || value === userArn) return { truth: 'yes', grant: 'session' }
  const isAccount = [accountOf(userArn), accountRootOf(userArn)].includes(value)
  return isAccount ? { truth: 'yes', grant: 'account' } : NO_MATCH
}

/**
 * Whether a principal is the caller. A user is as a session here, with itself in the place of role and session.
 *
 *   principal                  | a session                       | a web identity                 | a service
 *   -------------------------- | ------------------------------- | ------------------------------ | ------------
 *   AWS account                | of that AWS account and partition | no                           | no
 *   role                       | of that role                    | no                             | no
 *   session                    | that one                        | no                             | no
 *   OIDC provider              | no                              | of that provider               | no
 *   service                    | no                              | no                             | of that name
 *   `*`, or `"AWS": "*"`       | yes                             | unknown: the page does not say | unknown
 *   anything else              | no                              | no                             | no
 */
export function matchPrincipal(principal: Principal, caller: Caller): PrincipalMatch {
  if (caller.kind === 'session') return matchSession(principal, caller.roleArn, caller.sessionArn)
  if (caller.kind === 'user') return matchUser(principal, caller.userArn)
  if (principal.kind === 'everyone') return { truth: 'unknown', grant: 'session' }
  return caller.kind === 'service'
    ? matchByName(principal, 'Service', caller.name)
    : matchByName(principal, 'Federated', caller.providerArn)
}

/** The names under which a trust policy could mean the caller, the most direct first. */
export function namesOf(caller: Caller): readonly string[] {
  if (caller.kind === 'web_identity') return [caller.providerArn]
  if (caller.kind === 'service') return [caller.name]
  if (caller.kind === 'user') return [caller.userArn, accountRootOf(caller.userArn)]
  const role = parseRoleArn(caller.roleArn)
  return [caller.sessionArn, caller.roleArn, ...(role === undefined ? [] : [toAccountArn(role)])]
}
