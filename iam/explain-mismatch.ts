/**
 * Words for the element of a statement that keeps it from being about a request, with a hint where the mistake is a
 * common one.
 */
import type { Doubt } from './conditions.ts'
import type { HeldCondition, Mismatch } from './decision.ts'
import { parsePrincipal } from './principal.ts'

const SHOWN = 5

/** Controls of terminals and of the direction of writing. */
const CONTROLS = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu

function escape(character: string): string {
  return String.raw`\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`
}

/** Text from a policy or a request, in quotes, without characters that would move what stands around it. */
export function quote(text: string): string {
  return `'${text.replaceAll(CONTROLS, escape)}'`
}

/** Values in quotes, the first few of many. */
export function list(values: readonly string[], word = 'or'): string {
  const shown = values.slice(0, SHOWN).map(quote)
  const rest = values.length - shown.length
  return [...shown, ...(rest > 0 ? [`${rest} more`] : [])].join(` ${word} `)
}

const DOUBTS: Readonly<Record<Doubt['why'], (name: string) => string>> = {
  operator_not_known: (name) => `the operator ${quote(name)} is not known here`,
  key_not_told: (name) => `the value of ${name} in the request is not known here`,
  value_not_readable: (name) => `${quote(name)} cannot be compared by this operator`,
  set_operator_missing: (name) =>
    `${name} has several values, so that the operator needs ForAllValues: or ForAnyValue: before it`,
  variable_without_value: (name) => `the variable in ${quote(name)} has no single value here`,
  everyone_and_service: () =>
    'the documentation of AWS does not say whether * means services of AWS',
  everyone_and_web_identity: () =>
    'the documentation of AWS does not say whether * means web identities',
}

/** What a condition wants, and what the request has. */
export function describeCondition({ condition, seen }: HeldCondition): string {
  const { operator, key, values } = condition
  const has = seen.length === 0 ? 'does not have it' : `has ${list(seen, 'and')}`
  return `${operator} ${key} wants ${describeWanted(operator, values)}, the request ${has}`
}

/** The values that a condition wants, or does not want. */
export function describeWanted(operator: string, values: readonly string[]): string {
  if (operator === 'Null')
    return values.includes('true') ? 'the key to be absent' : 'the key to be present'
  return /Not/.test(operator) ? `none of ${list(values)}` : list(values)
}

function describe(mismatch: Mismatch): string {
  const { element, wanted, seen } = mismatch
  if (element === 'Principal')
    return `its Principal is ${list(wanted)}, the caller is ${list(seen)}`
  if (element === 'Condition') return describeCondition(mismatch)
  return element === 'Action' || element === 'Resource'
    ? `its ${element} is ${list(wanted)}, the request is for ${list(seen)}`
    : `its ${element} ${list(wanted)} leaves out ${list(seen)}`
}

function isDeleted(value: string): boolean {
  return parsePrincipal('AWS', value)?.kind === 'deleted'
}

/** What the mistake probably is, where it is a common one. */
export function findHint(mismatch: Mismatch): string | undefined {
  const { wanted, seen } = mismatch
  if (mismatch.element === 'Principal' && wanted.some(isDeleted))
    return `${quote(wanted.find(isDeleted) ?? '')} is the ID of a role or user that was deleted; write its ARN again`
  if (mismatch.element !== 'Condition' || seen.length === 0) return undefined
  if (
    /String(Not)?Equals/.test(mismatch.condition.operator) &&
    wanted.some((one) => /[*?]/.test(one))
  )
    return 'only StringLike has wildcards'
  const lowerCase = new Set(wanted.map((one) => one.toLowerCase()))
  const isNearly = seen.some((one) => !wanted.includes(one) && lowerCase.has(one.toLowerCase()))
  return isNearly ? 'they differ only in upper and lower case' : undefined
}

/** What an element wants and what the request has, or why that is in doubt. */
export function describeMismatch(mismatch: Mismatch): string {
  if (mismatch.doubt !== undefined) {
    const { why, name } = mismatch.doubt
    const where =
      mismatch.element === 'Condition'
        ? `${mismatch.condition.operator} ${mismatch.condition.key}: `
        : ''
    return `${where}${DOUBTS[why](name)}`
  }
  const hint = findHint(mismatch)
  return hint === undefined ? describe(mismatch) : `${describe(mismatch)} (${hint})`
}
