/** Owns the sessions that STS has issued: makes their keys and finds them again by access key. It decides nothing. */
import { randomBytes, randomInt } from 'node:crypto'
import type { Role } from './configuration.ts'
import { toSessionArn } from '../../iam/arn.ts'
import type { Policy } from '../../iam/policy.ts'

/** What a session is made from, decided by STS. */
export interface SessionFacts {
  readonly role: Role
  readonly sessionName: string
  readonly expiresAtMs: number
  readonly sourceIdentity: string | undefined
  /** Session tags, inherited ones included; keys as they were sent. */
  readonly tags: ReadonlyMap<string, string>
  readonly transitiveTagKeys: readonly string[]
  /** Absent means that the role's permissions are not narrowed. */
  readonly sessionPolicy: Policy | undefined
  /** Set on the first hop: the provider and the subject of the token. */
  readonly webIdentity: { readonly providerArn: string; readonly subject: string } | undefined
}

/** A session with its keys; or an IAM user with its own, which has no token and does not end. */
export interface RoleSession extends SessionFacts {
  /** An IAM user: in the place of a role it has itself; both have an ARN, an AWS account and permissions. */
  readonly isUser?: true
  readonly arn: string
  /** `AROA…:session-name`. */
  readonly principalId: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string | undefined
  readonly issuedAtMs: number
}

const BASE_32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** "IAM identifiers", unique ID prefixes: ASIA marks temporary access keys; 20 characters in all. */
function makeAccessKeyId(): string {
  return `ASIA${Array.from({ length: 16 }, () => BASE_32[randomInt(32)]).join('')}`
}

/** Bytes whose base64 has 40 characters, as secret access keys have. */
const SECRET_BYTES = 30
/**
 * "The size of the security token is not fixed": about what STS sends today, with the characters that break naive
 * parsers.
 */
const TOKEN_BYTES = 600

/** All sessions since the start. */
export interface SessionStore {
  /**
   * Makes keys for a new session and remembers it; expired sessions are kept, so that they can be told from unknown
   * keys.
   */
  issue(facts: SessionFacts, nowMs: number): RoleSession
  find(accessKeyId: string): RoleSession | undefined
}

/** A store with the users of a world, and no sessions. */
export function createSessionStore(users: readonly RoleSession[] = []): SessionStore {
  const sessions = new Map(users.map((user) => [user.accessKeyId, user]))
  return {
    issue(facts, nowMs) {
      const { role, sessionName } = facts
      const session = {
        ...facts,
        arn: toSessionArn(role, sessionName),
        principalId: `${role.id}:${sessionName}`,
        accessKeyId: makeAccessKeyId(),
        secretAccessKey: randomBytes(SECRET_BYTES).toString('base64'),
        sessionToken: randomBytes(TOKEN_BYTES).toString('base64'),
        issuedAtMs: nowMs,
      }
      sessions.set(session.accessKeyId, session)
      return session
    },
    find: (accessKeyId) => sessions.get(accessKeyId),
  }
}
