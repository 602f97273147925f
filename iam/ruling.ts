/** What comes of single statements, before anybody weighs them. */
import type { AccessRequest, HeldCondition, Mismatch, Side, StatementPlace } from './decision.ts'
import type { Policy, Statement, TrustStatement } from './policy.ts'
import type { Grant } from './principal.ts'
import { findMismatches, isAbout, readGrant } from './statement.ts'
import type { Truth } from './truth.ts'

/** A statement with what came of it. */
export interface Ruling {
  readonly side: Side
  readonly statement: StatementPlace
  readonly effect: 'Allow' | 'Deny'
  readonly truth: Truth
  readonly grant?: Grant
  readonly mismatches: readonly Mismatch[]
  readonly conditions: readonly HeldCondition[]
}

/** What comes of each statement of a policy. */
export function judgePolicy(
  side: Side,
  policy: Policy<Statement | TrustStatement>,
  request: AccessRequest,
): readonly Ruling[] {
  return policy.statements.map((statement, index) => {
    const mismatches = findMismatches(statement, request, policy.hasVariables)
    return {
      side,
      statement: {
        ...(policy.name !== undefined && { policy: policy.name }),
        index,
        ...(statement.sid !== undefined && { sid: statement.sid }),
      },
      effect: statement.effect,
      truth: isAbout(mismatches),
      ...('principals' in statement && { grant: readGrant(statement, request.caller).grant }),
      mismatches,
      conditions: statement.conditions.map((condition) => ({
        condition,
        seen: request.context.get(condition.key.toLowerCase()) ?? [],
      })),
    }
  })
}

/** From the most to the least direct. */
export const GRANTS: readonly Grant[] = ['session', 'role', 'account']
