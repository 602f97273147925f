/**
 * What STS checks of a request's parameters before it looks at anybody's permissions. Source: AWS STS API Reference,
 * "AssumeRole" and "AssumeRoleWithWebIdentity" (lengths and patterns of each parameter), "Common Errors"
 * (ValidationError); IAM User Guide, "IAM and AWS STS quotas" and "Tagging IAM resources" (tag names).
 */
import { AwsError } from './aws-error.ts'
import type { Role } from './configuration.ts'
import type { Policy } from '../../iam/policy.ts'
import { permissionPolicy } from './policy-schemas.ts'

interface Constraint {
  readonly minLength: number
  readonly maxLength: number
  readonly pattern: RegExp
  readonly isRequired?: true
}

const NAME = /^[\w+=,.@-]*$/
const POLICY_TEXT = /^[\t\n\r\x20-\xff]+$/

/** By parameter name in lower camel case, as STS writes it in its messages. */
export const CONSTRAINTS = {
  roleArn: {
    minLength: 20,
    maxLength: 2048,
    pattern: /^[\t\n\r\x20-\x7e\x85\xa0-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]+$/u,
    isRequired: true,
  },
  roleSessionName: { minLength: 2, maxLength: 64, pattern: NAME, isRequired: true },
  webIdentityToken: { minLength: 4, maxLength: 20_000, pattern: /./s, isRequired: true },
  externalId: { minLength: 2, maxLength: 1224, pattern: /^[\w+=,.@:/-]*$/ },
  sourceIdentity: { minLength: 2, maxLength: 64, pattern: NAME },
  // The API reference counts up to 2,048 characters of plain text.
  policy: { minLength: 1, maxLength: 2048, pattern: POLICY_TEXT },
} as const satisfies Record<string, Constraint>

/** A parameter that has a constraint. */
export type ConstrainedName = keyof typeof CONSTRAINTS

function describeViolation(value: string | undefined, constraint: Constraint): string | undefined {
  const { minLength, maxLength, pattern, isRequired } = constraint
  if (value === undefined) return isRequired === true ? 'Member must not be null' : undefined
  if (value.length < minLength)
    return `Member must have length greater than or equal to ${minLength}`
  if (value.length > maxLength) return `Member must have length less than or equal to ${maxLength}`
  if (!pattern.test(value))
    return `Member must satisfy regular expression pattern: ${pattern.source}`
  return undefined
}

/** The token is a secret: STS does not repeat it either. */
function quoteValue(name: string, value: string | undefined): string {
  if (value === undefined) return 'null'
  return name === 'webIdentityToken' ? "'****'" : `'${value}'`
}

/** "The value can range from 900 seconds (15 minutes) up to the maximum session duration set for the role." */
const MIN_DURATION_SECONDS = 900
const MAX_DURATION_SECONDS = 43_200
/** "If you do not specify this parameter: 3600", and "when you use role chaining, one hour at most". */
export const HOUR_SECONDS = 3600

function describeDuration(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  if (!/^\d+$/.test(text)) return 'Member must be an integer'
  if (Number(text) < MIN_DURATION_SECONDS)
    return `Member must have value greater than or equal to ${MIN_DURATION_SECONDS}`
  return Number(text) > MAX_DURATION_SECONDS
    ? `Member must have value less than or equal to ${MAX_DURATION_SECONDS}`
    : undefined
}

/** Checks single parameters, all at once, as STS does. Throws a ValidationError that names each. */
export function checkParameters(
  names: readonly ConstrainedName[],
  values: ReadonlyMap<string, string>,
): void {
  const violations = [
    ...names.map((name) => [name, describeViolation(values.get(name), CONSTRAINTS[name])] as const),
    ['durationSeconds', describeDuration(values.get('durationSeconds'))] as const,
  ].flatMap(([name, violation]) =>
    violation === undefined
      ? []
      : [
          `Value ${quoteValue(name, values.get(name))} at '${name}' failed to satisfy constraint: ${violation}`,
        ],
  )
  if (violations.length === 0) return
  const count = `${violations.length} validation error${violations.length > 1 ? 's' : ''} detected`
  throw new AwsError('ValidationError', `${count}: ${violations.join('; ')}`)
}

/**
 * Seconds that a session may last.
 *
 *   caller                    | limit
 *   ------------------------- | -------------------------------------------------
 *   web identity              | MaxSessionDuration of the role
 *   a session (role chaining) | 3600, whatever MaxSessionDuration says
 */
export function decideDuration(
  text: string | undefined,
  { role, isChained }: { role: Role; isChained: boolean },
): number {
  const seconds = text === undefined ? HOUR_SECONDS : Number(text)
  if (isChained && seconds > HOUR_SECONDS)
    throw new AwsError(
      'ValidationError',
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    )
  if (seconds > role.maxSessionDurationSeconds)
    throw new AwsError(
      'ValidationError',
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    )
  return seconds
}

/**
 * "Passing session tags in AWS STS": 50 tags, keys to 128 characters, values to 256, keys unique regardless of case.
 */
const MAX_TAGS = 50
const TAG_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u

function describeTag(key: string, value: string): string | undefined {
  if (key.length < 1 || key.length > 128 || !TAG_TEXT.test(key))
    return `Value '${key}' at 'tags.member.key' failed to satisfy constraint: Member must have length between 1 and 128 and satisfy regular expression pattern: ${TAG_TEXT.source}`
  if (value.length > 256 || !TAG_TEXT.test(value))
    return `Value '${value}' at 'tags.member.value' failed to satisfy constraint: Member must have length less than or equal to 256 and satisfy regular expression pattern: ${TAG_TEXT.source}`
  // "You cannot use tag keys or values that begin with aws:, in any case."
  return /^aws:/i.test(key) ? `Tag keys may not begin with aws:, and '${key}' does.` : undefined
}

function lowerCase(text: string): string {
  return text.toLowerCase()
}

/** Checks session tags and which of them are to be transitive, by themselves. */
export function checkTags(
  tags: readonly (readonly [key: string, value: string])[],
  transitiveTagKeys: readonly string[],
): void {
  if (tags.length > MAX_TAGS || transitiveTagKeys.length > MAX_TAGS)
    throw new AwsError(
      'ValidationError',
      `1 validation error detected: 'tags' failed to satisfy constraint: Member must have length less than or equal to ${MAX_TAGS}`,
    )
  const problem = tags
    .map(([key, value]) => describeTag(key, value))
    .find((text) => text !== undefined)
  if (problem !== undefined)
    throw new AwsError('ValidationError', `1 validation error detected: ${problem}`)
  const keys = new Set(tags.map(([key]) => lowerCase(key)))
  if (keys.size !== tags.length)
    throw new AwsError(
      'InvalidParameterValue',
      'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
    )
  if (!transitiveTagKeys.every((key) => keys.has(lowerCase(key))))
    throw new AwsError(
      'InvalidParameterValue',
      'The specified transitive tag key must be included in the requested tags.',
    )
}

/** A session policy, or undefined where there is none. */
export function parseSessionPolicy(text: string | undefined): Policy | undefined {
  if (text === undefined) return undefined
  try {
    return permissionPolicy.parse(JSON.parse(text))
  } catch (error) {
    throw new AwsError(
      'MalformedPolicyDocument',
      `The session policy is not valid JSON of the policy grammar: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}
