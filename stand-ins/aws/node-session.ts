/**
 * The session that a node finds in its instance metadata: EC2 has assumed the role of the instance profile for it.
 * Source: Amazon EC2 User Guide, "Retrieve security credentials from instance metadata"; IAM User Guide, "Using an IAM
 * role to grant permissions to applications running on Amazon EC2 instances".
 */
import type { Environment } from './call.ts'
import type { Role } from './configuration.ts'
import { decideForService } from './permissions.ts'
import type { RoleSession } from './session-store.ts'

const SERVICE = 'ec2.amazonaws.com'
const INSTANCE_ID = 'i-0123456789abcdef0'
/** EC2's sessions last six hours. */
const LIFE_MS = 6 * 60 * 60 * 1000

/** The session, or undefined where the role does not trust EC2. */
export function issueNodeSession(
  role: Role,
  environment: Environment,
  nowMs: number,
): RoleSession | undefined {
  const request = {
    sessionName: INSTANCE_ID,
    externalId: undefined,
    sourceIdentity: undefined,
    tags: [],
    transitiveTagKeys: [],
  }
  const decision = decideForService(SERVICE, { action: 'sts:AssumeRole', role, request })
  if (decision.outcome !== 'allowed') return undefined
  const facts = {
    role,
    sessionName: INSTANCE_ID,
    expiresAtMs: nowMs + LIFE_MS / environment.timeScale,
    sourceIdentity: undefined,
    tags: new Map<string, string>(),
    transitiveTagKeys: [],
    sessionPolicy: undefined,
    webIdentity: undefined,
  }
  return environment.sessions.issue(facts, nowMs)
}
