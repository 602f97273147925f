/** One hop as IAM sees it: who calls, which role is asked for, which actions that takes, and what is sent along. */
import type { SessionRequest } from '../../../iam/assume-role.ts'
import { EKS_PRINCIPAL, type PodIdentitySource } from './source.ts'

/** Key and value. */
export type Tag = readonly [key: string, value: string]

/** A session of the chain as it calls for the hop after it. */
export interface ChainSession {
  readonly roleArn: string
  readonly arn: string
  readonly sourceIdentity: string | undefined
  /** Inherited ones, then its own. */
  readonly tags: readonly Tag[]
  readonly transitiveTagKeys: readonly string[]
  readonly sessionPolicy: string | undefined
}

interface CommonStep {
  /** From 1; 0 where EKS gives the first session. */
  readonly hop: number
  readonly roleArn: string
  /** Each has to be allowed. */
  readonly actions: readonly string[]
  readonly request: SessionRequest
  readonly durationSeconds: number
  readonly session: ChainSession
}

/** The first hop: the token is the caller. */
export interface WebIdentityStep extends CommonStep {
  readonly kind: 'web_identity'
  readonly provider: { readonly url: string; readonly name: string; readonly arn: string }
  readonly audience: string
  readonly subject: string
}

/** The hop before the first: EKS is the caller, for a pod. */
export interface PodIdentityStep extends CommonStep {
  readonly kind: 'pod_identity'
  readonly source: PodIdentitySource
}

/** A later hop: the session of the hop before is the caller. */
export interface AssumeRoleStep extends CommonStep {
  readonly kind: 'assume_role'
  readonly caller: ChainSession
}

/** One hop as IAM sees it. */
export type Step = WebIdentityStep | PodIdentityStep | AssumeRoleStep

/** How the caller of a hop is called: an OIDC provider, EKS, or the role of the hop before. */
export function callerOf(step: Step): string {
  if (step.kind === 'web_identity') return step.provider.arn
  return step.kind === 'pod_identity' ? EKS_PRINCIPAL : step.caller.roleArn
}
