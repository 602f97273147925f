/**
 * The condition operators of IAM, without their qualifiers (`ForAnyValue:`, `…IfExists`) and without `Null`.
 *
 *   family  | compares                                        | wildcards    | variables
 *   ------- | ----------------------------------------------- | ------------ | ---------
 *   String… | text; with or without regard to case            | in …Like     | yes
 *   Arn…    | ARNs, part by part; …Equals and …Like are alike | yes          | yes
 *   Numeric…| numbers                                         | no           | no
 *   Date…   | moments: ISO 8601 or seconds since 1970         | no           | no
 *   Bool    | `true` and `false`                              | no           | no
 *   …Ip…    | an address with a range                         | no           | no
 *
 * `BinaryEquals` is not among them: no key of STS is binary. Source: IAM User Guide, "IAM JSON policy elements:
 * Condition operators"; on variables, "IAM policy elements: Variables and tags" ("you can't use a policy variable with
 * other operators").
 */
import type { RequestContext } from './condition-keys.ts'
import { matches, matchesArn, matchesIgnoringCase, readPattern, type Pattern } from './pattern.ts'
import { toTruth, type Truth } from './truth.ts'
import {
  includesRange,
  readAddressRange,
  readBoolean,
  readMoment,
  readNumber,
} from './typed-values.ts'

/** One operator. */
export interface Operator {
  /** None of the values may match, instead of one. */
  readonly isNegated: boolean
  /** Whether a value of a policy can be compared at all. */
  isReadable(wanted: string): boolean
  /**
   * Whether a value of the request matches one of the policy, before any negation. Without `variables`, `${` is text.
   */
  compare(wanted: string, seen: string, variables: RequestContext | undefined): Truth
}

type TextMatch = (pattern: Pattern, text: string) => boolean

/**
 * A variable without a value matches nothing. Under a negation that would make the condition hold, although "any
 * attempt to match it fails and causes the statement to be invalid": then it is unknown.
 */
function textOperator(match: TextMatch, hasWildcards: boolean, isNegated: boolean): Operator {
  return {
    isNegated,
    isReadable: () => true,
    compare(wanted, seen, variables) {
      const pattern = readPattern(wanted, { variables, hasWildcards })
      if ('variable' in pattern) return pattern.isTold && !isNegated ? 'no' : 'unknown'
      return toTruth(match(pattern, seen))
    },
  }
}

function textOperators(name: string, match: TextMatch, hasWildcards: boolean) {
  const negatedName = name.replace(/^(String|Arn)/, '$1Not')
  return [
    [name, textOperator(match, hasWildcards, false)],
    [negatedName, textOperator(match, hasWildcards, true)],
  ] as const
}

interface TypedComparison<Value> {
  read(text: string): Value | undefined
  matches(seen: Value, wanted: Value): boolean
}

function typedOperator<Value>(comparison: TypedComparison<Value>, isNegated = false): Operator {
  return {
    isNegated,
    isReadable: (wanted) => comparison.read(wanted) !== undefined,
    compare(wantedText, seenText) {
      const wanted = comparison.read(wantedText)
      const seen = comparison.read(seenText)
      if (wanted === undefined || seen === undefined) return 'unknown'
      return toTruth(comparison.matches(seen, wanted))
    },
  }
}

function orderOperators(family: string, read: (text: string) => number | undefined) {
  const order = (compare: (seen: number, wanted: number) => boolean, isNegated = false) =>
    typedOperator({ read, matches: compare }, isNegated)
  return [
    [`${family}Equals`, order((seen, wanted) => seen === wanted)],
    [`${family}NotEquals`, order((seen, wanted) => seen === wanted, true)],
    [`${family}LessThan`, order((seen, wanted) => seen < wanted)],
    [`${family}LessThanEquals`, order((seen, wanted) => seen <= wanted)],
    [`${family}GreaterThan`, order((seen, wanted) => seen > wanted)],
    [`${family}GreaterThanEquals`, order((seen, wanted) => seen >= wanted)],
  ] as const
}

const inRange: TypedComparison<NonNullable<ReturnType<typeof readAddressRange>>> = {
  read: readAddressRange,
  matches: (seen, wanted) => includesRange(wanted, seen),
}

const OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ...textOperators('StringEquals', matches, false),
  ...textOperators('StringEqualsIgnoreCase', matchesIgnoringCase, false),
  ...textOperators('StringLike', matches, true),
  ...textOperators('ArnEquals', matchesArn, true),
  ...textOperators('ArnLike', matchesArn, true),
  ...orderOperators('Numeric', readNumber),
  ...orderOperators('Date', readMoment),
  ['Bool', typedOperator({ read: readBoolean, matches: (seen, wanted) => seen === wanted })],
  ['IpAddress', typedOperator(inRange)],
  ['NotIpAddress', typedOperator(inRange, true)],
])

/** The operator of that name, which is case-sensitive, or undefined. */
export function findOperator(name: string): Operator | undefined {
  return OPERATORS.get(name)
}

/** All names, for tables. */
export const OPERATOR_NAMES: readonly string[] = [...OPERATORS.keys()]
