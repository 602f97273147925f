/**
 * One call on its way through the strict AWS: what a service gets, what it notes for the trail, and what it answers.
 */
import type { AwsError } from './aws-error.ts'
import type { World } from './configuration.ts'
import type { AwsRequest } from './request.ts'
import type { RoleSession, SessionStore } from './session-store.ts'
import type { TrailEntry } from './trail.ts'

/** All that exists while the strict AWS runs. */
export interface Environment {
  readonly world: World
  readonly sessions: SessionStore
  /** Where issuers answer, by the URL of their OIDC provider; absent: at that URL itself. */
  readonly issuerLocations: Readonly<Record<string, string>>
  /** Lifetimes of sessions are divided by it. Scenarios change it. */
  timeScale: number
  /** Every call so far, the oldest first. */
  readonly trail: () => readonly TrailEntry[]
  /** Adds to the trail what a service does on its own while it answers a call. */
  readonly record: (entry: TrailEntry) => void
}

/** Who called, as far as it is known when the call ends. */
export type Caller =
  | { readonly kind: 'session'; readonly session: RoleSession }
  | {
      readonly kind: 'web_identity'
      readonly providerArn: string
      readonly subject: string
    }
  /** A service of AWS, such as `pods.eks.amazonaws.com`. */
  | { readonly kind: 'service'; readonly name: string }
  | { readonly kind: 'unknown' }

/** Filled while the call is judged, so that a refused call shows what it asked for. No secrets. */
export interface CallNotes {
  caller: Caller
  region: string
  requestParameters: Record<string, unknown>
  responseElements: Record<string, unknown> | null
  /** Why permission was refused, in sentences. AWS tells nobody; here the trail does. */
  why?: readonly string[]
}

/** A call as a service gets it; `notes` is the only part that changes. */
export interface Call {
  readonly request: AwsRequest
  readonly operation: string
  readonly environment: Environment
  /** The clock of AWS, with the offset of a fault. */
  readonly nowMs: number
  readonly requestId: string
  readonly notes: CallNotes
}

/** What is sent back, before any fault spoils it. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer
}

/** A service behind the one port: it names the operation of a request, answers it, and words its own errors. */
export interface Service {
  readonly eventSource: string
  readOperation(request: AwsRequest): string
  /** Throws an AwsError for every refusal. */
  answer(call: Call): Promise<Answer>
  /** The error with which the service slows a caller down. */
  throttled(retryAfterSeconds: number | undefined): AwsError
  /** The service's own form of any error that `answer` throws. */
  toErrorAnswer(
    error: unknown,
    call: Call,
  ): { readonly answer: Answer; readonly code: string; readonly message: string }
}
