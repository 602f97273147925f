/** What the API server is told about one pod, as a plain value. `review.ts` turns it into an AdmissionReview. */
import type { Operation } from 'fast-json-patch'
import type { Reason } from '../vocabulary/reasons.ts'

/** What happened to the pod: the label of metrics and logs. */
export type Mode = 'skip' | 'parity' | 'chain' | 'reject'

/** What goes with every verdict: why, in codes and in sentences. */
export interface Explanation {
  readonly mode: Mode
  /** Codes of why, at least one. */
  readonly reasons: readonly Reason[]
  /** Shown to the author of the pod. Each has at most 256 characters, because the API server cuts longer ones. */
  readonly warnings: readonly string[]
  /** Keys without prefix: the API server puts the webhook's name before them. */
  readonly auditAnnotations: Readonly<Record<string, string>>
}

export type Verdict =
  | ({ readonly kind: 'allowed' } & Explanation)
  | ({ readonly kind: 'patched'; readonly patch: readonly Operation[] } & Explanation)
  | ({
      readonly kind: 'denied'
      readonly message: string
      /** What the message lists, a sentence each. */
      readonly problems: readonly string[]
    } & Explanation)
