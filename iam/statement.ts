/**
 * One statement against a request: is it about the request, and if not, which of its elements say no? Source: IAM User
 * Guide, "IAM JSON policy elements": Action, NotAction, Resource, NotResource, Condition; "AWS JSON policy elements:
 * Principal".
 */
import { judgeCondition } from './conditions.ts'
import type { AccessRequest, Mismatch } from './decision.ts'
import { matchesIgnoringCase, matchesResource, readPattern, type Pattern } from './pattern.ts'
import type { Patterns, Statement, TrustStatement } from './policy.ts'
import { matchPrincipal, namesOf, type Caller, type Grant } from './principal.ts'
import { anyOf, not, toTruth, type Truth } from './truth.ts'

/** Actions have wildcards, no variables, and no regard to case: `sts:assume*` means `sts:AssumeRole`. */
function matchAction(written: string, action: string): Truth {
  const pattern = readPattern(written, { variables: undefined, hasWildcards: true })
  return toTruth(matchesIgnoringCase(pattern as Pattern, action))
}

/** A variable without a value means no resource; in `NotResource` that would be every resource, so it is unknown. */
function matchResource(
  written: string,
  { resource, context }: AccessRequest,
  { isNegated, hasVariables }: { isNegated: boolean; hasVariables: boolean },
): Truth {
  const variables = hasVariables ? context : undefined
  const pattern = readPattern(written, { variables, hasWildcards: true })
  if ('variable' in pattern) return pattern.isTold && !isNegated ? 'no' : 'unknown'
  return toTruth(matchesResource(pattern, resource))
}

function means({ patterns, isNegated }: Patterns, match: (pattern: string) => Truth): Truth {
  const matched = anyOf(patterns.map(match))
  return isNegated ? not(matched) : matched
}

function unlessYes(truth: Truth, toMismatch: (truth: Mismatch['truth']) => Mismatch): Mismatch[] {
  return truth === 'yes' ? [] : [toMismatch(truth)]
}

/** How a trust policy's statement means the caller: the strongest way that is sure, else the strongest that may be. */
export function readGrant(
  { principals }: TrustStatement,
  caller: Caller,
): { readonly truth: Truth; readonly grant: Grant } {
  const strength: readonly Grant[] = ['session', 'role', 'account']
  const found = principals.map((one) => matchPrincipal(one, caller))
  for (const truth of ['yes', 'unknown'] as const) {
    const grant = strength.find((one) =>
      found.some((match) => match.grant === one && match.truth === truth),
    )
    if (grant !== undefined) return { truth, grant }
  }
  return { truth: 'no', grant: 'account' }
}

function principalMismatches(statement: TrustStatement, caller: Caller): Mismatch[] {
  const { truth } = readGrant(statement, caller)
  const why = caller.kind === 'service' ? 'everyone_and_service' : 'everyone_and_web_identity'
  const doubt = { why, name: '*' } as const
  return unlessYes(truth, (one) => ({
    truth: one,
    element: 'Principal',
    wanted: statement.principals.map(({ value }) => value),
    seen: namesOf(caller),
    ...(truth === 'unknown' && { doubt }),
  }))
}

function actionMismatches({ actions }: Statement, action: string): Mismatch[] {
  const truth = means(actions, (pattern) => matchAction(pattern, action))
  return unlessYes(truth, (one) => ({
    truth: one,
    element: actions.isNegated ? 'NotAction' : 'Action',
    wanted: actions.patterns,
    seen: [action],
  }))
}

function resourceMismatches(
  { resources }: Statement,
  request: AccessRequest,
  hasVariables: boolean,
): Mismatch[] {
  const reading = { isNegated: resources.isNegated, hasVariables }
  const truth = means(resources, (pattern) => matchResource(pattern, request, reading))
  const variable = resources.patterns.find((pattern) => pattern.includes('${')) ?? ''
  const doubt = { why: 'variable_without_value', name: variable } as const
  return unlessYes(truth, (one) => ({
    truth: one,
    element: resources.isNegated ? 'NotResource' : 'Resource',
    wanted: resources.patterns,
    seen: [request.resource],
    ...(truth === 'unknown' && { doubt }),
  }))
}

function conditionMismatches(
  { conditions }: Statement,
  { context }: AccessRequest,
  hasVariables: boolean,
): Mismatch[] {
  return conditions.flatMap((condition) => {
    const { truth, seen, doubt } = judgeCondition(condition, { context, hasVariables })
    return unlessYes(truth, (one) => ({
      truth: one,
      element: 'Condition',
      condition,
      wanted: condition.values,
      seen,
      ...(doubt !== undefined && { doubt }),
    }))
  })
}

/** The elements that keep a statement from being about the request, or may do so; none: it is about it. */
export function findMismatches(
  statement: Statement | TrustStatement,
  request: AccessRequest,
  hasVariables: boolean,
): readonly Mismatch[] {
  return [
    ...('principals' in statement ? principalMismatches(statement, request.caller) : []),
    ...actionMismatches(statement, request.action),
    ...resourceMismatches(statement, request, hasVariables),
    ...conditionMismatches(statement, request, hasVariables),
  ]
}

/** Whether a statement is about the request, by its mismatches. */
export function isAbout(mismatches: readonly Mismatch[]): Truth {
  if (mismatches.some(({ truth }) => truth === 'no')) return 'no'
  return mismatches.length > 0 ? 'unknown' : 'yes'
}
