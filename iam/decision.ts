/** The contract of iam/: what is asked, and what a decision says of itself. All of it is plain data. */
import type { RequestContext } from './condition-keys.ts'
import type { Condition, Doubt } from './conditions.ts'
import type { Policy, TrustPolicy } from './policy.ts'
import type { Caller, Grant } from './principal.ts'

/** One action on one resource by one caller. */
export interface AccessRequest {
  readonly caller: Caller
  /** Such as `sts:AssumeRole`. */
  readonly action: string
  /** ARN of the role that is asked for, or of another resource. */
  readonly resource: string
  readonly context: RequestContext
}

/** The policies that have a say. */
export interface Policies {
  /** Of the role that is asked for; absent where the resource has no policy of its own. */
  readonly trust?: TrustPolicy
  /** The permission policies of the caller's role. A web identity has none. */
  readonly identity: readonly Policy[]
  /** Given to the caller's session when it was made; absent: does not narrow. */
  readonly session?: Policy | undefined
  /** Of the caller's role; absent: does not narrow. */
  readonly boundary?: Policy | undefined
}

/** Where a policy is from. */
export type Side = 'trust_policy' | 'identity_policy' | 'session_policy' | 'permissions_boundary'

/** Which statement. `index` counts from 0 within its policy. */
export interface StatementPlace {
  readonly policy?: string
  readonly index: number
  readonly sid?: string
}

/** An element of a statement that keeps it from being about the request, or (`truth: 'unknown'`) may do so. */
export type Mismatch = {
  readonly truth: 'no' | 'unknown'
  /** As the policy has it. */
  readonly wanted: readonly string[]
  /** As the request has it; nothing: the request has no such key. */
  readonly seen: readonly string[]
  readonly doubt?: Doubt
} & (
  | { readonly element: 'Principal' }
  | { readonly element: 'Action' | 'NotAction' | 'Resource' | 'NotResource' }
  | { readonly element: 'Condition'; readonly condition: Condition }
)

/** A condition that holds, and what the request has under its key (nothing: it has no such key). */
export interface HeldCondition {
  readonly condition: Condition
  readonly seen: readonly string[]
}

/** A statement that is nearly about the request. */
export interface NearStatement {
  readonly statement: StatementPlace
  readonly mismatches: readonly Mismatch[]
}

/** Why the caller's own policies have to allow, beside the trust policy. */
export type Need =
  'another_account' | 'trusts_account' | 'source_identity' | 'no_resource_policy' | 'narrows'

/** One part of why. */
export type Explanation =
  | {
      readonly kind: 'allowed_by'
      readonly side: Side
      readonly statement: StatementPlace
      /** How directly a trust policy names the caller. */
      readonly grant?: Grant
    }
  | {
      readonly kind: 'denied_by'
      readonly side: Side
      readonly statement: StatementPlace
      /** All conditions of the statement; none: it denies without any. */
      readonly conditions: readonly HeldCondition[]
    }
  | {
      /** The implicit deny. `closest` is absent where no statement allows anything. */
      readonly kind: 'nothing_allows'
      readonly side: Side
      readonly need?: Need
      readonly closest?: NearStatement
    }
  | ({
      /** A statement that may be about the request, for all that was told. */
      readonly kind: 'cannot_tell'
      readonly side: Side
      readonly effect: 'Allow' | 'Deny'
    } & NearStatement)

/** `undecided`: what was not told, or is not known here, could change the answer. It is never an allowance. */
export type Outcome = 'allowed' | 'refused' | 'undecided'

/** What comes of a request, and why. */
export interface Decision {
  readonly outcome: Outcome
  readonly action: string
  readonly resource: string
  readonly explanations: readonly Explanation[]
}
