/**
 * Evaluates statements: does a policy allow an action on a resource, deny it, or say nothing?
 * Source: IAM User Guide, "Policy evaluation logic": an explicit deny overrides any allow; no allow is a deny.
 */
import { holds } from './conditions.ts'
import { likeArn, matchesAction, type ConditionContext } from './pattern.ts'
import type { Patterns, Statement } from './policy-document.ts'

/** What one permission is asked for. */
export interface PermissionRequest {
  readonly action: string
  readonly resource: string
  readonly context: ConditionContext
}

/** `silent` is the implicit deny: no statement is about the request. */
export type PolicyAnswer = 'allow' | 'deny' | 'silent'

function means({ patterns, isNegated }: Patterns, matches: (pattern: string) => boolean): boolean {
  return patterns.some(matches) !== isNegated
}

/** Whether a statement is about the request, its principal aside. */
export function isAbout(statement: Statement, request: PermissionRequest): boolean {
  return (
    means(statement.actions, (pattern) => matchesAction(pattern, request.action)) &&
    means(statement.resources, (pattern) => likeArn(pattern, request.resource, request.context)) &&
    statement.conditions.every((condition) => holds(condition, request.context))
  )
}

/** What a set of statements says about a request, in whatever order they stand. */
export function evaluate(
  statements: readonly Statement[],
  request: PermissionRequest,
): PolicyAnswer {
  const effects = new Set(
    statements.filter((statement) => isAbout(statement, request)).map(({ effect }) => effect),
  )
  if (effects.has('Deny')) return 'deny'
  return effects.has('Allow') ? 'allow' : 'silent'
}
