/** Policies for tests of `iam/`: read from documents as their authors write them. */
import { toAssumeRoleContext, type SessionRequest } from '../../iam/assume-role.ts'
import type { RequestContext } from '../../iam/condition-keys.ts'
import type { Decision } from '../../iam/decision.ts'
import { evaluate } from '../../iam/evaluate.ts'
import { permissionPolicy, trustPolicy } from '../../iam/policy.ts'

/** The role whose session asks. */
export const CALLER = 'arn:aws:iam::111111111111:role/team/caller'
/** Its session. */
export const SESSION = 'arn:aws:sts::111111111111:assumed-role/caller/pod'
/** Its AWS account. */
export const ACCOUNT = 'arn:aws:iam::111111111111:root'
/** A role in the caller's AWS account. */
export const NEAR = 'arn:aws:iam::111111111111:role/target'
/** A role in another AWS account. */
export const FAR = 'arn:aws:iam::222222222222:role/target'

/** Statements as their authors write them; of other versions: a whole document. */
export type Statements = object | readonly object[]

/** A document around statements. */
export function toDocument(Statement: Statements, Version = '2012-10-17') {
  return { Version, Statement }
}

/** What may a caller do, and by which policies. */
export interface Situation {
  readonly trust?: Statements
  readonly identity?: Statements
  readonly session?: Statements
  readonly boundary?: Statements
  readonly version?: string
  readonly role?: string
  readonly action?: string
  readonly request?: Partial<SessionRequest>
  readonly tags?: readonly (readonly [string, string])[]
  /** Further keys that are told, in lower case. */
  readonly told?: Readonly<Record<string, readonly string[]>>
}

function toContext({ request, tags = [], told = {} }: Situation): RequestContext {
  const nothing = {
    sessionName: 'pod',
    externalId: undefined,
    sourceIdentity: undefined,
    tags: [],
    transitiveTagKeys: [],
  }
  const principal = { roleArn: CALLER, sourceIdentity: undefined, tags }
  return new Map([
    ...toAssumeRoleContext(principal, { ...nothing, ...request }),
    ...Object.entries(told),
  ])
}

/** The decision about a session that assumes a role. */
export function decide(situation: Situation): Decision {
  const { trust = [], identity = [], session, boundary, version } = situation
  const permission = (statements: Statements) =>
    permissionPolicy.parse(toDocument(statements, version))
  return evaluate(
    {
      caller: { kind: 'session', roleArn: CALLER, sessionArn: SESSION },
      action: situation.action ?? 'sts:AssumeRole',
      resource: situation.role ?? FAR,
      context: toContext(situation),
    },
    {
      trust: trustPolicy.parse(toDocument(trust, version)),
      identity: [permission(identity)],
      session: session && permission(session),
      boundary: boundary && permission(boundary),
    },
  )
}

/** A statement of a trust policy. */
export function trusts(principal: object | string, more: object = {}): object {
  return { Effect: 'Allow', Principal: principal, Action: 'sts:*', ...more }
}

/** A statement of a permission policy. */
export function permits(more: object = {}): object {
  return { Effect: 'Allow', Action: 'sts:*', Resource: '*', ...more }
}
