/** The two outcomes of walking a chain: a session, or a failure that says what to do about it. */
import type { FailureCode } from './failures/failures.ts'

/** Temporary credentials of one hop, all from one STS answer. Secret: never logged, never in argv or env. */
export interface Session {
  /** The role that STS says these credentials are of. */
  readonly roleArn: string
  readonly accountId: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  /** `YYYY-MM-DDTHH:MM:SSZ`, as STS said it. */
  readonly expiration: string
  readonly expiresAtMs: number
  /** When the answer arrived, by this machine's clock. */
  readonly acquiredAtMs: number
}

/** Why a chain could not be walked. Free of secrets; `sentence` is stable, so that equal failures give equal events. */
export interface Failure {
  readonly code: FailureCode
  /** One sentence with the fix, e.g. `hop 2, arn:…: AccessDenied: …`. No time, request id or countdown. */
  readonly sentence: string
  /** Whether somebody has to change something (a role, a policy, a configuration) before it can succeed. */
  readonly isPermanent: boolean
  /** 1 for the web identity hop. Absent when no hop was reached. */
  readonly hop?: number
  readonly roleArn?: string
  readonly awsErrorCode?: string
  readonly requestId?: string
}
