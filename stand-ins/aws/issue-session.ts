/** Issues the session of a request that has been allowed, and words the answer. */
import type { Call } from './call.ts'
import type { SessionFacts } from './session-store.ts'
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

/** Makes the session, notes it for the trail, and gives what both operations answer. */
export function issueSession(
  call: Call,
  { facts, durationSeconds, packedPolicySize }: Issue,
): XmlElements {
  const expiresAtMs = toExpiry(call, durationSeconds)
  const session = call.environment.sessions.issue({ ...facts, expiresAtMs }, call.nowMs)
  const expiration = toIsoSeconds(session.expiresAtMs)
  const assumedRoleUser = { AssumedRoleId: session.principalId, Arn: session.arn }
  call.notes.responseElements = {
    assumedRoleUser: { assumedRoleId: session.principalId, arn: session.arn },
    credentials: { accessKeyId: session.accessKeyId, expiration },
    ...(session.sourceIdentity === undefined ? {} : { sourceIdentity: session.sourceIdentity }),
    packedPolicySize,
  }
  return {
    AssumedRoleUser: assumedRoleUser,
    Credentials: {
      AccessKeyId: session.accessKeyId,
      SecretAccessKey: session.secretAccessKey,
      SessionToken: session.sessionToken,
      Expiration: expiration,
    },
    SourceIdentity: session.sourceIdentity,
    // "A percentage value that indicates the packed size": left out where nothing was packed.
    PackedPolicySize: packedPolicySize === 0 ? undefined : packedPolicySize,
  }
}
