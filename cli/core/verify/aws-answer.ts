/** What AWS itself says of a chain that was really walked. */
import type { FailureCode } from '../../../sidecar/core/failures/failures.ts'

/** What AWS says of one hop. */
export interface AwsAnswer {
  /** `not_asked`: the hop before has no session, or the chain sends what STS takes from nobody. */
  readonly answer: 'allowed' | 'refused' | 'not_asked' | 'no_answer'
  /** Of the sidecar, for whatever is no allowance. */
  readonly code?: FailureCode
  /** As it came from AWS. */
  readonly awsErrorCode?: string
  readonly requestId?: string
  /** What AWS, or the way to it, said, and what mends that in general. */
  readonly message?: string
}

/** How the walk of a chain ended. */
export interface LiveVerdict {
  readonly sessionName: string
  /** `allowed` where every hop is. */
  readonly answer: AwsAnswer['answer']
}
