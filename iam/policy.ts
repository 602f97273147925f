/**
 * Reads policy documents (trust, permission and session policies) into statements. What IAM would not save is refused
 * by these schemas. What IAM saves and iam/ cannot judge stays in the statement, and is in doubt when it is evaluated.
 * Source: IAM User Guide, "Grammar of the IAM JSON policy language" and "IAM JSON policy elements reference".
 */
import { z } from 'zod'
import type { Condition } from './conditions.ts'
import { parsePrincipal, type Principal, type PrincipalType } from './principal.ts'

/** Patterns that a statement means, or (`NotAction`, `NotResource`) does not mean. */
export interface Patterns {
  readonly patterns: readonly string[]
  readonly isNegated: boolean
}

/** One statement that can be evaluated; of a trust policy it is about every resource. */
export interface Statement {
  readonly sid: string | undefined
  readonly effect: 'Allow' | 'Deny'
  readonly actions: Patterns
  readonly resources: Patterns
  readonly conditions: readonly Condition[]
}

/** A statement of a trust policy: whom it is about. */
export interface TrustStatement extends Statement {
  readonly principals: readonly Principal[]
}

/** One document. `hasVariables`: its Version knows policy variables. */
export interface Policy<One extends Statement = Statement> {
  /** To tell several policies of one role apart. */
  readonly name?: string
  readonly hasVariables: boolean
  readonly statements: readonly One[]
}

/** The policy of a role that says who may assume it. */
export type TrustPolicy = Policy<TrustStatement>

const oneOrMore = z
  .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
  .transform((value) => (typeof value === 'string' ? [value] : value))

/** "Quotation marks are optional for numeric and Boolean values." */
const conditionValue = z.union([z.string(), z.number(), z.boolean()]).transform(String)
const conditionValues = z
  .union([conditionValue, z.array(conditionValue).min(1)])
  .transform((value) => (typeof value === 'string' ? [value] : value))

const conditionBlock = z
  .record(z.string(), z.record(z.string(), conditionValues))
  .transform((block): readonly Condition[] =>
    Object.entries(block).flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, values]) => ({ operator, key, values })),
    ),
  )

const common = {
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Action: oneOrMore.optional(),
  NotAction: oneOrMore.optional(),
  Condition: conditionBlock.default([]),
}

/** Both or neither of `X` and `NotX` is a mistake. */
function toPatterns(positive: string[] | undefined, negative: string[] | undefined) {
  if ((positive === undefined) === (negative === undefined)) return undefined
  return { patterns: positive ?? negative ?? [], isNegated: positive === undefined }
}

const permissionStatement = z
  .strictObject({ ...common, Resource: oneOrMore.optional(), NotResource: oneOrMore.optional() })
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
    const { Sid: sid, Effect: effect, Condition: conditions } = statement
    return { sid, effect, actions, resources, conditions }
  })

/** What may stand under each key of `Principal`. */
const PRINCIPALS = {
  AWS: 'AWS principals are *, an AWS account ID, or the full ARN of an account root, role, role session or user; wildcards in an ARN are not allowed',
  Federated:
    'Federated principals are full ARNs of OIDC or SAML providers, or names such as accounts.google.com',
  Service: 'Service principals are names such as ec2.amazonaws.com',
  CanonicalUser: 'canonical user IDs have 64 hexadecimal digits',
} as const satisfies Record<PrincipalType, string>

function principalsOf(type: PrincipalType) {
  return oneOrMore
    .refine((values) => values.every((value) => parsePrincipal(type, value)), PRINCIPALS[type])
    .transform((values) => values.flatMap((value) => parsePrincipal(type, value) ?? []))
    .default([])
}

const principalMap = z
  .strictObject({
    AWS: principalsOf('AWS'),
    Federated: principalsOf('Federated'),
    Service: principalsOf('Service'),
    CanonicalUser: principalsOf('CanonicalUser'),
  })
  .transform((map): readonly Principal[] => Object.values(map).flat())

/** `"*"` alone and `{"AWS": "*"}` mean the same. */
const principals = z
  .custom<'*' | z.input<typeof principalMap>>()
  .transform((value) => (value === '*' ? { AWS: value } : value))
  .pipe(principalMap)

const trustStatement = z
  // "You cannot use the NotPrincipal element in an IAM role trust policy."
  .strictObject({ ...common, Principal: principals })
  .transform((statement, check): TrustStatement => {
    const actions = toPatterns(statement.Action, statement.NotAction)
    if (actions === undefined) {
      check.addIssue({ code: 'custom', message: 'a statement has one of Action and NotAction' })
      return z.NEVER
    }
    return {
      sid: statement.Sid,
      effect: statement.Effect,
      actions,
      // "Role trust policies have no Resource element: the role itself is the resource."
      resources: { patterns: ['*'], isNegated: false },
      conditions: statement.Condition,
      principals: statement.Principal,
    }
  })

/**
 * "The Statement element can contain a single statement or an array." One schema for both keeps each problem's own
 * words.
 */
function policyOf<Schema extends z.ZodType<Statement>>(statement: Schema) {
  type Input = z.input<Schema>
  return z
    .strictObject({
      // "If you do not include a Version element, the value defaults to 2008-10-17", which has no policy variables.
      Version: z.enum(['2012-10-17', '2008-10-17']).default('2008-10-17'),
      Id: z.string().optional(),
      Statement: z
        .custom<Input | readonly Input[]>()
        .transform((value): readonly Input[] => (Array.isArray(value) ? value : [value as Input]))
        .pipe(z.array(statement)),
    })
    .refine(
      ({ Statement }) => {
        const sids = Statement.flatMap(({ sid }) => sid ?? [])
        return new Set(sids).size === sids.length
      },
      { path: ['Statement'], message: 'Statement IDs (Sid) in a single policy must be unique' },
    )
    .transform(({ Version, Statement }): Policy<z.output<Schema>> => ({
      hasVariables: Version === '2012-10-17',
      statements: Statement,
    }))
}

/** A permission policy, session policy or permissions boundary as its author writes it. */
export const permissionPolicy = policyOf(permissionStatement)

/** A trust policy as its author writes it. */
export const trustPolicy = policyOf(trustStatement)
