/** Finds out who signed a call, the same for every service, and notes it for the trail. */
import type { Call } from './call.ts'
import type { RoleSession } from './session-store.ts'
import { readClaim } from './signature-claim.ts'
import { verifySignature } from './sigv4.ts'

/** The session that signed the call for `service` (`sts`, `s3`). Throws a SignatureError otherwise. */
export function authenticate(call: Call, service: string): RoleSession {
  const { request, environment, nowMs, notes } = call
  const claim = readClaim(request)
  notes.region = claim?.region ?? notes.region
  const { sessions } = environment
  const session = verifySignature(request, { claim, service, sessions, nowMs })
  notes.caller = { kind: 'session', session }
  return session
}
