/**
 * Builds small worlds for tests of trust: roles with policies in two AWS accounts, and sessions of them without any
 * call.
 */
import { toWorld, type Role, type World } from '../../../stand-ins/aws/configuration.ts'
import {
  createSessionStore,
  type RoleSession,
  type SessionFacts,
} from '../../../stand-ins/aws/session-store.ts'

/** One statement as its author writes it, or several. */
export type Statements = object | readonly object[]

/** A policy document around statements. */
export function toPolicy(Statement: Statements): { Version: '2012-10-17'; Statement: Statements } {
  return { Version: '2012-10-17', Statement }
}

/** A role in short: statements instead of documents. */
export interface RoleSource {
  readonly trust: Statements
  readonly permissions?: Statements
  readonly tags?: Record<string, string>
  readonly maxSessionDurationSeconds?: number
}

/** Roles by AWS account ID and name, as the input of `toWorld`. The OIDC provider of the tests is in 111111111111. */
export function toConfiguration(accounts: Record<string, Record<string, RoleSource>>): unknown {
  const awsAccounts = Object.entries(accounts).map(([id, roles]) => [
    id,
    {
      ...(id === '111111111111' && {
        oidcProviders: [{ url: 'https://oidc.cluster.example', clientIds: ['sts.amazonaws.com'] }],
      }),
      roles: Object.fromEntries(
        Object.entries(roles).map(([name, { trust, permissions = [], ...further }]) => [
          name,
          { ...further, trustPolicy: toPolicy(trust), permissionPolicies: [toPolicy(permissions)] },
        ]),
      ),
    },
  ])
  return { awsAccounts: Object.fromEntries(awsAccounts) }
}

/** A role that has to be there. */
export function roleOf(world: World, arn: string): Role {
  const role = [...world.accounts.values()]
    .flatMap(({ roles }) => roles)
    .find((candidate) => candidate.arn === arn)
  if (role === undefined) throw new Error(`The test's world has no role ${arn}.`)
  return role
}

/** The world of {@link toConfiguration}. */
export function createWorld(accounts: Record<string, Record<string, RoleSource>>): World {
  return toWorld(toConfiguration(accounts))
}

/** A session of a role, as if STS had issued it. */
export function createSession(role: Role, facts: Partial<SessionFacts> = {}): RoleSession {
  return createSessionStore().issue(
    {
      role,
      sessionName: 'pod',
      expiresAtMs: Number.POSITIVE_INFINITY,
      sourceIdentity: undefined,
      tags: new Map(),
      transitiveTagKeys: [],
      sessionPolicy: undefined,
      webIdentity: undefined,
      ...facts,
    },
    0,
  )
}
