/** One thing that verifying a chain has found. */
import type { Side } from '../../../iam/decision.ts'
import type { VerifyCode } from './codes.ts'

/** Which side of a hop has to be changed: the one that asks, or the one that is asked. `AWS`: what it says itself. */
export type FindingSide =
  'trust' | 'permission' | 'session policy' | 'boundary' | 'provider' | 'chain' | 'AWS'

/** As {@link FindingSide} of the sides that the evaluator knows. */
export const SIDE_NAMES = {
  trust_policy: 'trust',
  identity_policy: 'permission',
  session_policy: 'session policy',
  permissions_boundary: 'boundary',
} as const satisfies Record<Side, FindingSide>

export interface VerifyFinding {
  readonly code: VerifyCode
  readonly level: 'problem' | 'warning'
  /** From 1. */
  readonly hop: number
  readonly side: FindingSide
  /** The role, or provider, whose documents it is about. */
  readonly subject: string
  /** What is refused, such as `sts:TagSession`. */
  readonly action?: string
  /** Sid, or place within its policy. */
  readonly statement?: string
  readonly policy?: string
  /** What is so, with the value seen and the value needed. */
  readonly message: string
  /** Exactly what mends it. */
  readonly hint?: string
}
