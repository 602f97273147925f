/** Sessions for tests, whole but without a meaning of their own. */
import type { Session } from '../../sidecar/core/session.ts'

export const BASE_ROLE = 'arn:aws:iam::111111111111:role/cluster-base'
export const TARGET_ROLE = 'arn:aws:iam::222222222222:role/reports-reader'

/** A session of an hour from 1970 on; what is given takes the place of the usual. */
export function session(given: Partial<Session>): Session {
  const expiresAtMs = given.expiresAtMs ?? 3_600_000
  return {
    roleArn: TARGET_ROLE,
    accountId: '222222222222',
    accessKeyId: 'ASIAEXAMPLE',
    secretAccessKey: 'secret-of-a-test',
    sessionToken: 'token-of-a-test',
    expiration: new Date(expiresAtMs).toISOString().replace(/\.\d+Z$/, 'Z'),
    expiresAtMs,
    acquiredAtMs: 0,
    ...given,
  }
}
