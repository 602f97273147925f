/** One caller, one target within its AWS account and one across, and the question whether the caller may assume it. */
import type { SessionRequest } from '../../../iam/assume-role.ts'
import { decideAssumeRole } from '../../../stand-ins/aws/permissions.ts'
import { permissionPolicy } from '../../../stand-ins/aws/policy-schemas.ts'
import { createSession, createWorld, roleOf, toPolicy, type Statements } from './world.ts'

/** The role whose session asks. */
export const CALLER = 'arn:aws:iam::111111111111:role/caller'
/** The target in the AWS account of the caller. */
export const NEAR = 'arn:aws:iam::111111111111:role/target'
/** The target in another AWS account. */
export const FAR = 'arn:aws:iam::222222222222:role/target'
/** ARN of the session that asks. */
export const SESSION = 'arn:aws:sts::111111111111:assumed-role/caller/pod'
/** The AWS account of the caller, as a principal. */
export const ROOT = 'arn:aws:iam::111111111111:root'
/** A request that asks for nothing but a session. */
export const NO_REQUEST: SessionRequest = {
  sessionName: 'pod',
  externalId: undefined,
  sourceIdentity: undefined,
  tags: [],
  transitiveTagKeys: [],
}

/** A caller and the role that it wants; the trust policy is that of a role in either AWS account. */
export interface Situation {
  readonly trust: Statements
  readonly permissions?: Statements
  readonly sessionPolicy?: Statements
  readonly targetArn?: string
  readonly action?: string
  readonly request?: Partial<SessionRequest>
  readonly sessionName?: string
}

/** Whether the caller may. */
export function decide(situation: Situation): boolean {
  const { trust, permissions = [], sessionPolicy, targetArn = FAR } = situation
  const world = createWorld({
    '111111111111': {
      caller: { trust: [], permissions },
      other: { trust: [] },
      target: { trust },
    },
    '222222222222': { target: { trust } },
  })
  const caller = createSession(roleOf(world, CALLER), {
    sessionName: situation.sessionName ?? 'pod',
    sessionPolicy: sessionPolicy && permissionPolicy.parse(toPolicy(sessionPolicy)),
  })
  const { action = 'sts:AssumeRole' } = situation
  const request = { ...NO_REQUEST, ...situation.request }
  const role = roleOf(world, targetArn)
  return decideAssumeRole(caller, { action, role, request }).outcome === 'allowed'
}

/** A statement of a trust policy that allows all of STS. */
export function trusts(principal: object | string, more: object = {}): object {
  return { Effect: 'Allow', Principal: principal, Action: 'sts:*', ...more }
}

/** A statement of a permission policy that allows all of STS. */
export function permits(more: object = {}): object {
  return { Effect: 'Allow', Action: 'sts:*', Resource: '*', ...more }
}
