/** Issues the session of a request that has been allowed, and words the answer of STS. */
import type { Call } from './call.ts'
import type { RoleSession, SessionFacts } from './session-store.ts'
import type { XmlElements } from './xml.ts'

/** To the whole second, as STS shows it; the session ends at just that moment. */
function toExpiry(call: Call, durationSeconds: number): number {
  const endMs = call.nowMs + (durationSeconds * 1000) / call.environment.timeScale
  return Math.floor(endMs / 1000) * 1000
}

function toIsoSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z')
}

/** A decided request. */
export interface Issue {
  readonly facts: Omit<SessionFacts, 'expiresAtMs'>
  readonly durationSeconds: number
  readonly packedPolicySize: number
}

/** Makes the session, and notes it for the trail. */
export function issueSession(
  call: Call,
  { facts, durationSeconds, packedPolicySize }: Issue,
): RoleSession {
  const expiresAtMs = toExpiry(call, durationSeconds)
  const session = call.environment.sessions.issue({ ...facts, expiresAtMs }, call.nowMs)
  call.notes.responseElements = {
    assumedRoleUser: { assumedRoleId: session.principalId, arn: session.arn },
    credentials: {
      accessKeyId: session.accessKeyId,
      expiration: toIsoSeconds(session.expiresAtMs),
    },
    ...(session.sourceIdentity === undefined ? {} : { sourceIdentity: session.sourceIdentity }),
    packedPolicySize,
  }
  return session
}

/** Issues the session, and gives what both operations of STS answer. */
export function answerSession(call: Call, issue: Issue): XmlElements {
  const session = issueSession(call, issue)
  return {
    AssumedRoleUser: { AssumedRoleId: session.principalId, Arn: session.arn },
    Credentials: {
      AccessKeyId: session.accessKeyId,
      SecretAccessKey: session.secretAccessKey,
      SessionToken: session.sessionToken,
      Expiration: toIsoSeconds(session.expiresAtMs),
    },
    SourceIdentity: session.sourceIdentity,
    // "A percentage value that indicates the packed size": left out where nothing was packed.
    PackedPolicySize: issue.packedPolicySize === 0 ? undefined : issue.packedPolicySize,
  }
}
