/**
 * What JSON Schema can say of values that `limits.ts` checks, so that the chart's schema refuses what the webhook
 * would. Patterns are those that JavaScript and Go read alike: without look-around, without `\u`, with at most 1000
 * repetitions.
 */
import { PLACEHOLDERS, ROLE_ARN_PATTERN } from '../../../sidecar/contract.ts'

/** Keywords of JSON Schema, as zod takes them for `meta`. */
export type Form = Readonly<Record<string, unknown>>

const placeholder = `(?:${Object.keys(PLACEHOLDERS)
  .map((name) => name.replace(/[{}]/g, '\\$&'))
  .join('|')})`

/** Any number of placeholders, and at most so many characters beside them. */
function template(character: string, limit: number): string {
  return `^(?:${placeholder}*${character}){0,${limit}}${placeholder}*$`
}

const tagCharacter = '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]'

export const FORMS = {
  region: { pattern: '^[a-z]{2,}(?:-[a-z]+)+-\\d{1,2}$' },
  roleArn: {
    pattern: ROLE_ARN_PATTERN,
    maxLength: 2048,
  },
  externalId: { pattern: '^[\\w+=,.@:/-]+$', minLength: 2, maxLength: 1224 },
  /** Of session and source identity. */
  name: { pattern: template('[\\w+=,.@-]', 64), minLength: 2 },
  /** With the `!` of a transitive tag. */
  tagKey: {
    pattern: `^${tagCharacter}{1,128}!?$`,
    not: { pattern: '^(?:[aA][wW][sS]:|[eE][kK][sS]-|[kK][uU][bB][eE][rR][nN][eE][tT][eE][sS]-)' },
  },
  tagValue: { pattern: template(tagCharacter, 256) },
  tags: { maxProperties: 50 },
  sessionPolicy: { pattern: '^[\\t\\n\\r -ÿ]+$', maxLength: 2048 },
  /** Written as a number. */
  duration: { type: 'integer', minimum: 900, maximum: 43_200 },
  /** Written as text. */
  durationText: {
    pattern: '^0*(?:9\\d\\d|[1-9]\\d{3}|[1-3]\\d{4}|4[0-2]\\d{3}|43[01]\\d\\d|43200)$',
  },
  /** Above zero. */
  quantity: {
    pattern:
      '^\\+?(?:\\d*[1-9]\\d*\\.?\\d*|\\d*\\.\\d*[1-9]\\d*)(?:[KMGTPE]i|[numkMGTPE]|[eE][+-]?\\d{1,18})?$',
  },
} as const satisfies Readonly<Record<string, Form>>
