/**
 * One line of a `Condition` block against a request. Source: IAM User Guide, "IAM JSON policy elements: Condition
 * operators" (…IfExists, Null, absent keys) and "Single-valued vs. multivalued context keys" (ForAllValues,
 * ForAnyValue).
 */
import { isKnownKey, isMultivalued, type RequestContext } from './condition-keys.ts'
import { findOperator, type Operator } from './operators.ts'
import { allOf, anyOf, not, toTruth, type Truth } from './truth.ts'

/** One line of a `Condition` block, as it is written: all of them have to hold. */
export interface Condition {
  readonly operator: string
  readonly key: string
  readonly values: readonly string[]
}

/** Why nobody can say here whether something holds; `name` is what the doubt is about. */
export interface Doubt {
  readonly why:
    | 'operator_not_known'
    | 'key_not_told'
    | 'value_not_readable'
    | 'set_operator_missing'
    | 'variable_without_value'
    | 'everyone_and_service'
    | 'everyone_and_web_identity'
  readonly name: string
}

type SetOperator = 'ForAllValues' | 'ForAnyValue'

interface ReadOperator {
  readonly name: string
  readonly setOperator: SetOperator | undefined
  readonly ifExists: boolean
}

const OPERATOR = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/

function readOperator(written: string): ReadOperator {
  const [, setOperator, name = '', ifExists] = OPERATOR.exec(written) ?? []
  return {
    name,
    setOperator: setOperator as SetOperator | undefined,
    ifExists: ifExists !== undefined,
  }
}

/**
 * "You can add IfExists to the end of any condition operator name except the Null condition"; a set of it is not
 * documented.
 */
function isNull(operator: string): boolean {
  return operator === 'Null'
}

function isReadable(operator: string, value: string): boolean {
  return isNull(operator)
    ? value === 'true' || value === 'false'
    : findOperator(readOperator(operator).name)?.isReadable(value) === true
}

/** What of a condition cannot be judged for any request, or undefined. */
export function findDoubt({ operator, key, values }: Condition): Doubt | undefined {
  const { name, setOperator } = readOperator(operator)
  if (!isNull(operator) && findOperator(name) === undefined)
    return { why: 'operator_not_known', name: operator }
  if (!isNull(operator) && setOperator === undefined && isMultivalued(key))
    return { why: 'set_operator_missing', name: key }
  const unreadable = values.find((value) => !isReadable(operator, value))
  return unreadable === undefined ? undefined : { why: 'value_not_readable', name: unreadable }
}

/** Whether a condition holds, what the request has under its key (nothing: the key is absent), and what is in doubt. */
export interface ConditionJudgement {
  readonly truth: Truth
  readonly seen: readonly string[]
  readonly doubt?: Doubt
}

function holdsWhenAbsent({ setOperator, ifExists }: ReadOperator, isNegated: boolean): boolean {
  if (ifExists) return true
  return setOperator === undefined ? isNegated : setOperator === 'ForAllValues'
}

function compareAll(
  operator: Operator,
  { values, variables }: { values: readonly string[]; variables: RequestContext | undefined },
  seen: string,
): Truth {
  const matched = anyOf(values.map((wanted) => operator.compare(wanted, seen, variables)))
  return operator.isNegated ? not(matched) : matched
}

/** How a condition is read: what the request has, and whether `${` begins a variable. */
export interface ConditionReading {
  readonly context: RequestContext
  readonly hasVariables: boolean
}

/** Why a comparison that could be made has no answer: a variable, or a value of the request that is of another type. */
function findComparisonDoubt(values: readonly string[], seen: readonly string[]): Doubt {
  const variable = values.find((value) => value.includes('${'))
  return variable === undefined
    ? { why: 'value_not_readable', name: seen.join(', ') }
    : { why: 'variable_without_value', name: variable }
}

function judgeKnown(condition: Condition, { context, hasVariables }: ConditionReading) {
  const read = readOperator(condition.operator)
  const operator = findOperator(read.name)
  const seen = context.get(condition.key.toLowerCase()) ?? []
  if (operator === undefined)
    return { truth: toTruth(condition.values.includes(String(seen.length === 0))), seen }
  // "The key values resolve to an empty data set, such as an empty string": then there is nothing to compare.
  const compared = read.setOperator === undefined ? seen : seen.filter((value) => value !== '')
  if (compared.length === 0)
    return { truth: toTruth(holdsWhenAbsent(read, operator.isNegated)), seen }
  const wanted = { values: condition.values, variables: hasVariables ? context : undefined }
  const truths = compared.map((value) => compareAll(operator, wanted, value))
  return { truth: read.setOperator === 'ForAllValues' ? allOf(truths) : anyOf(truths), seen }
}

/**
 * Whether one condition holds. Its values are alternatives (for a negated operator: none of them may match).
 *
 *   key      | operator            | holds
 *   -------- | ------------------- | -----
 *   not told | any                 | unknown
 *   absent   | Null                | when its value is true
 *   absent   | …IfExists           | yes
 *   absent   | ForAllValues:…      | yes
 *   absent   | ForAnyValue:…       | no
 *   absent   | negated (…Not…)     | yes
 *   absent   | any other           | no
 *   present  | Null                | when its value is false
 *   present  | ForAllValues:…      | when it holds for every value of the request
 *   present  | any other           | when it holds for a value of the request
 *   any      | not known           | unknown
 */
export function judgeCondition(
  condition: Condition,
  reading: ConditionReading,
): ConditionJudgement {
  const doubt = findDoubt(condition)
  const seen = reading.context.get(condition.key.toLowerCase())
  if (doubt !== undefined) return { truth: 'unknown', seen: seen ?? [], doubt }
  if (seen === undefined && !isKnownKey(condition.key))
    return { truth: 'unknown', seen: [], doubt: { why: 'key_not_told', name: condition.key } }
  const judged = judgeKnown(condition, reading)
  if (judged.truth !== 'unknown') return judged
  return { ...judged, doubt: findComparisonDoubt(condition.values, judged.seen) }
}
