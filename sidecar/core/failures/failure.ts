/** What is known of a chain that could not be walked: the other outcome beside a session. */
import type { FailureCode } from './failures.ts'

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
