/**
 * Reads policy documents (trust, permission and session policies) into statements that can be evaluated. Strict: what the
 * strict AWS does not understand is a problem, since ignoring it would make a refusal an allowance or hide one.
 * Source: IAM User Guide, "IAM JSON policy elements reference" and "Grammar of the IAM JSON policy language".
 */
import { z } from 'zod'
import { findConditionProblem, type Condition } from './conditions.ts'

/** Patterns that a statement means, or (`NotAction`, `NotResource`) does not mean. */
export interface Patterns {
  readonly patterns: readonly string[]
  readonly isNegated: boolean
}

/** One statement that can be evaluated; of a trust policy it is about every resource. */
export interface Statement {
  readonly effect: 'Allow' | 'Deny'
  readonly actions: Patterns
  readonly resources: Patterns
  readonly conditions: readonly Condition[]
}

/** A statement of a trust policy: whom it is about. */
export interface TrustStatement extends Statement {
  readonly awsPrincipals: readonly string[]
  readonly federatedPrincipals: readonly string[]
}

const oneOrMore = z
  .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
  .transform((value) => (typeof value === 'string' ? [value] : value))

const version = z.literal('2012-10-17', {
  error: 'Version must be 2012-10-17: older documents have no policy variables',
})

const conditionBlock = z
  .record(z.string(), z.record(z.string(), oneOrMore))
  .transform((block, check) => {
    const conditions = Object.entries(block).flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, values]) => ({ operator, key: key.toLowerCase(), values })),
    )
    for (const problem of conditions.map(findConditionProblem))
      if (problem !== undefined) check.addIssue({ code: 'custom', message: problem })
    return conditions
  })

const common = {
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Condition: conditionBlock.default([]),
}

/** Both or neither of `X` and `NotX` is a mistake. */
function toPatterns(positive: string[] | undefined, negative: string[] | undefined) {
  if ((positive === undefined) === (negative === undefined)) return undefined
  return { patterns: positive ?? negative ?? [], isNegated: positive === undefined }
}

const permissionStatement = z
  .strictObject({
    ...common,
    Action: oneOrMore.optional(),
    NotAction: oneOrMore.optional(),
    Resource: oneOrMore.optional(),
    NotResource: oneOrMore.optional(),
  })
  .transform((statement, check): Statement => {
    const actions = toPatterns(statement.Action, statement.NotAction)
    const resources = toPatterns(statement.Resource, statement.NotResource)
    if (actions === undefined || resources === undefined) {
      check.addIssue({
        code: 'custom',
        message: 'a statement has one of Action and NotAction, and one of Resource and NotResource',
      })
      return z.NEVER
    }
    return { effect: statement.Effect, actions, resources, conditions: statement.Condition }
  })

const AWS_PRINCIPAL =
  /^(\*|\d{12}|arn:aws[-a-z]*:iam::\d{12}:(root|role\/[^*?]+)|arn:aws[-a-z]*:sts::\d{12}:assumed-role\/[^/*?]+\/[^/*?]+)$/
const FEDERATED_PRINCIPAL = /^arn:aws[-a-z]*:iam::\d{12}:oidc-provider\/[^*?]+$/

const awsPrincipals = oneOrMore.refine(
  (values) => values.every((value) => AWS_PRINCIPAL.test(value)),
  'AWS principals are *, an AWS account ID, or the full ARN of an account root, role or role session; wildcards in an ARN are not allowed',
)
const federatedPrincipals = oneOrMore.refine(
  (values) => values.every((value) => FEDERATED_PRINCIPAL.test(value)),
  'Federated principals are full ARNs of OIDC providers; the strict AWS knows no other',
)

const principals = z.strictObject({
  AWS: awsPrincipals.default([]),
  Federated: federatedPrincipals.default([]),
})
/** `"*"` alone and `{"AWS": "*"}` mean the same; neither lets in web identities here. */
const principal = z
  .custom<'*' | z.input<typeof principals>>()
  .transform((value) => (value === '*' ? { AWS: value } : value))
  .pipe(principals)

const trustStatement = z
  .strictObject({
    ...common,
    Principal: principal,
    Action: oneOrMore,
  })
  .transform((statement): TrustStatement => ({
    effect: statement.Effect,
    actions: { patterns: statement.Action, isNegated: false },
    // "Role trust policies have no Resource element: the role itself is the resource."
    resources: { patterns: ['*'], isNegated: false },
    conditions: statement.Condition,
    awsPrincipals: statement.Principal.AWS,
    federatedPrincipals: statement.Principal.Federated,
  }))

/** "The Statement element can contain a single statement or an array." One schema for both keeps each problem's own words. */
function statements<Schema extends z.ZodType>(schema: Schema) {
  type Input = z.input<Schema>
  return z
    .custom<Input | readonly Input[]>()
    .transform((value): readonly Input[] => (Array.isArray(value) ? value : [value as Input]))
    .pipe(z.array(schema))
}

/** A permission or session policy: its statements. */
export const permissionPolicy = z
  .strictObject({
    Version: version,
    Id: z.string().optional(),
    Statement: statements(permissionStatement),
  })
  .transform((document): readonly Statement[] => document.Statement)

/** The policy of a role that says who may assume it: its statements. */
export const trustPolicy = z
  .strictObject({
    Version: version,
    Id: z.string().optional(),
    Statement: statements(trustStatement),
  })
  .transform((document): readonly TrustStatement[] => document.Statement)
