/**
 * The condition operators of IAM policies, as far as the strict AWS knows them. One that it does not know is refused where the
 * policy is read, never ignored.
 * Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Single-valued vs. multivalued context keys".
 */
import { equalsPattern, likeArn, likePattern, type ConditionContext } from './pattern.ts'

type Comparison = (pattern: string, value: string, context: ConditionContext) => boolean

interface Operator {
  readonly compare: Comparison
  readonly isNegated: boolean
}

function ignoreCase(pattern: string, value: string, context: ConditionContext): boolean {
  return equalsPattern(pattern.toLowerCase(), value.toLowerCase(), context)
}

/** ArnEquals and ArnLike behave identically, says the reference. */
const OPERATORS: Readonly<Record<string, Operator>> = {
  StringEquals: { compare: equalsPattern, isNegated: false },
  StringNotEquals: { compare: equalsPattern, isNegated: true },
  StringEqualsIgnoreCase: { compare: ignoreCase, isNegated: false },
  StringNotEqualsIgnoreCase: { compare: ignoreCase, isNegated: true },
  StringLike: { compare: likePattern, isNegated: false },
  StringNotLike: { compare: likePattern, isNegated: true },
  ArnEquals: { compare: likeArn, isNegated: false },
  ArnNotEquals: { compare: likeArn, isNegated: true },
  ArnLike: { compare: likeArn, isNegated: false },
  ArnNotLike: { compare: likeArn, isNegated: true },
}

const OPERATOR_NAME = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/
const MULTIVALUED_KEYS = ['aws:tagkeys', 'sts:transitivetagkeys']
const KNOWN_KEYS = [
  /^aws:(principalarn|principalaccount|sourceidentity|tagkeys)$/,
  /^aws:(requesttag|principaltag)\/.+$/,
  /^sts:(externalid|rolesessionname|sourceidentity|transitivetagkeys)$/,
  /^s3:prefix$/,
  /^[^:]+(:\d+)?[^:]*:(sub|aud)$/,
]

/** One line of a `Condition` block: all of them have to hold. `key` is lower-case. */
export interface Condition {
  readonly operator: string
  readonly key: string
  readonly values: readonly string[]
}

/** What is wrong with a condition for the strict AWS, or undefined. */
export function findConditionProblem({ operator, key }: Condition): string | undefined {
  const [, setOperator, name = ''] = OPERATOR_NAME.exec(operator) ?? []
  if (name !== 'Null' && !Object.hasOwn(OPERATORS, name))
    return `condition operator ${operator} is not known to the strict AWS; add it to conditions.ts`
  if (!KNOWN_KEYS.some((known) => known.test(key)))
    return `condition key ${key} is not known to the strict AWS; fill it where contexts are made, then list it in conditions.ts`
  if (MULTIVALUED_KEYS.includes(key) && setOperator === undefined && name !== 'Null')
    return `condition key ${key} has several values; use ForAllValues: or ForAnyValue:`
  return undefined
}

function holdsWhenAbsent(setOperator: string | undefined, isNegated: boolean): boolean {
  return setOperator === undefined ? isNegated : setOperator === 'ForAllValues'
}

/**
 * Whether one condition holds. Values of a condition are alternatives (for a negated operator: none of them may match).
 *
 *   key absent | operator            | holds
 *   ---------- | ------------------- | -----
 *   yes        | Null                | when its value is true
 *   yes        | …IfExists           | yes
 *   yes        | ForAllValues:…      | yes
 *   yes        | ForAnyValue:…       | no
 *   yes        | negated (…Not…)     | yes
 *   yes        | any other           | no
 *   no         | ForAllValues:…      | when it holds for every value of the request
 *   no         | any other           | when it holds for a value of the request
 */
export function holds(condition: Condition, context: ConditionContext): boolean {
  const [, setOperator, name = '', ifExists] = OPERATOR_NAME.exec(condition.operator) ?? []
  const values = context.get(condition.key) ?? []
  if (name === 'Null') return condition.values.includes(String(values.length === 0))
  const operator = OPERATORS[name]
  if (operator === undefined) return false
  const holdsFor = (value: string) =>
    condition.values.some((pattern) => operator.compare(pattern, value, context)) !==
    operator.isNegated
  if (values.length === 0)
    return ifExists !== undefined || holdsWhenAbsent(setOperator, operator.isNegated)
  return setOperator === 'ForAllValues' ? values.every(holdsFor) : values.some(holdsFor)
}
