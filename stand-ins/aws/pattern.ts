/**
 * Compares strings with the patterns of IAM policies: wildcards and policy variables.
 * Source: IAM User Guide, "IAM policy elements: Variables and tags" and "IAM JSON policy elements: Resource".
 */

/** Values of condition keys by lower-case key ("condition key names are not case-sensitive"). A key with no entry is absent. */
export type ConditionContext = ReadonlyMap<string, readonly string[]>

const TOKEN = /\$\{([^}]*)\}|[*?]|[^$*?]+|\$/g
const ESCAPES = ['*', '?', '$']

function quote(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)
}

/** The value of `${name}`, or undefined where it has none: a multivalued or absent key cannot be a variable. */
function readVariable(name: string, context: ConditionContext): string | undefined {
  if (ESCAPES.includes(name)) return name
  const values = context.get(name.trim().toLowerCase())
  return values?.length === 1 ? values[0] : undefined
}

function toSource(pattern: string, context: ConditionContext, hasWildcards: boolean) {
  let source = ''
  for (const [token, variable] of pattern.matchAll(TOKEN)) {
    if (variable !== undefined) {
      const value = readVariable(variable, context)
      if (value === undefined) return undefined
      source += quote(value)
    } else if (hasWildcards && token === '*') source += '.*'
    else if (hasWildcards && token === '?') source += '.'
    else source += quote(token)
  }
  return source
}

function matches(source: string | undefined, text: string, flags = 's'): boolean {
  return source !== undefined && new RegExp(`^${source}$`, flags).test(text)
}

/** Whether `text` equals the pattern once its variables are filled; a variable without a value matches nothing. */
export function equalsPattern(pattern: string, text: string, context: ConditionContext): boolean {
  return matches(toSource(pattern, context, false), text)
}

/** As {@link equalsPattern}, with `*` for any characters and `?` for one. */
export function likePattern(pattern: string, text: string, context: ConditionContext): boolean {
  return matches(toSource(pattern, context, true), text)
}

/** Whether an action such as `sts:AssumeRole` is meant: wildcards, no regard to case, no variables ("Action" element). */
export function matchesAction(pattern: string, action: string): boolean {
  return matches(toSource(pattern, new Map(), true), action, 'i')
}

const ARN_PARTS = 6

/** The six parts of an ARN. A colon inside a variable does not separate, nor does one in the last part. */
function splitArn(arn: string): readonly string[] {
  const parts = arn.match(/(?:\$\{[^}]*\}|[^:])*(?::|$)/g) ?? []
  const head = parts.slice(0, ARN_PARTS - 1)
  const rest = arn.slice(head.join('').length)
  return [...head.map((part) => part.replace(/:$/, '')), rest]
}

/**
 * Whether an ARN is meant by a pattern: each of the six parts is compared by itself, so that a wildcard does not reach over a
 * colon. A bare `*` means every ARN. Source: IAM User Guide, "IAM JSON policy elements: Condition operators" (ARN operators).
 */
export function likeArn(pattern: string, arn: string, context: ConditionContext): boolean {
  if (pattern === '*') return true
  const patternParts = splitArn(pattern)
  const arnParts = splitArn(arn)
  if (patternParts.length !== ARN_PARTS || arnParts.length !== ARN_PARTS) return false
  return patternParts.every((part, index) => likePattern(part, arnParts[index] ?? '', context))
}
