/**
 * Policy documents as the strict AWS takes them: what `iam/` cannot judge for its requests is a problem where the
 * policy is read, since a world that hides one would make a refusal an allowance, or hide it.
 */
import type { z } from 'zod'
import { isKnownKey } from '../../iam/condition-keys.ts'
import { findDoubt, type Condition, type Doubt } from '../../iam/conditions.ts'
import * as iam from '../../iam/policy.ts'
import type { PrincipalKind } from '../../iam/principal.ts'

const DOUBTS: Readonly<Record<Doubt['why'], string>> = {
  operator_not_known: 'is not known to the strict AWS',
  set_operator_missing: 'has several values; use ForAllValues: or ForAnyValue:',
  value_not_readable: 'is not a value that its operator can compare',
  key_not_told: 'is not known to the strict AWS',
  variable_without_value: 'has no value',
  everyone_and_service: 'is not clear',
  everyone_and_web_identity: 'is not clear',
}

/** No key that the strict AWS fills is a number, a moment, a boolean or an address. */
const OPERATORS = /^(?:ForAllValues:|ForAnyValue:)?(?:String|Arn)|^Null$/

function findConditionProblem(condition: Condition): string | undefined {
  const { operator, key } = condition
  if (!OPERATORS.test(operator))
    return `condition operator ${operator} is not known to the strict AWS: none of its keys has such values`
  const doubt = findDoubt(condition)
  if (doubt !== undefined) return `in a condition on ${key}, ${doubt.name} ${DOUBTS[doubt.why]}`
  return isKnownKey(key)
    ? undefined
    : `condition key ${key.toLowerCase()} is not known to the strict AWS; fill it where contexts are made, then list it in condition-keys.ts`
}

/** Who calls the strict AWS, and whom else a policy may name. */
const PRINCIPALS: readonly PrincipalKind[] = [
  'everyone',
  'account',
  'role',
  'session',
  'user',
  'oidc_provider',
  'service',
]

function findProblems({ hasVariables, statements }: iam.Policy | iam.TrustPolicy): string[] {
  const problems = statements.flatMap((statement) => [
    ...statement.conditions.flatMap((condition) => findConditionProblem(condition) ?? []),
    ...('principals' in statement ? statement.principals : [])
      .filter(({ kind }) => !PRINCIPALS.includes(kind))
      .map(({ value }) => `Principal: the strict AWS knows no caller such as ${value}`),
  ])
  return hasVariables
    ? problems
    : ['Version must be 2012-10-17: older documents have no policy variables', ...problems]
}

function strictly<One extends iam.Policy>(policy: One, check: z.RefinementCtx<One>): void {
  for (const message of findProblems(policy)) check.addIssue({ code: 'custom', message })
}

/** A permission or session policy. */
export const permissionPolicy = iam.permissionPolicy.superRefine(strictly)

/** The policy of a role that says who may assume it. */
export const trustPolicy = iam.trustPolicy.superRefine(strictly)
