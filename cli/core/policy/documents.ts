/**
 * What each side of the chains has to allow, as documents of IAM: the OIDC provider, and for each role its trust policy
 * and, where it is a caller, its permission policy. Nothing is allowed that the chains do not need.
 */
import { accountOf, parseRoleArn } from '../../../iam/arn.ts'
import type { AssumeRoleStep, Step, WebIdentityStep } from './walk.ts'

/** One statement as IAM's grammar has it. */
export interface StatementDocument {
  readonly Sid: string
  readonly Effect: 'Allow'
  readonly Principal?: Readonly<Partial<Record<'AWS' | 'Federated', OneOrMore>>>
  readonly Action: string
  readonly Resource?: OneOrMore
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, OneOrMore>>>>
}

/** A value, or several. */
export type OneOrMore = string | readonly string[]

/** One document as IAM's grammar has it. */
export interface PolicyDocument {
  readonly Version: '2012-10-17'
  readonly Statement: readonly StatementDocument[]
}

/** An OIDC provider that an AWS account has to have. */
export interface ProviderDocument {
  readonly arn: string
  readonly url: string
  readonly clientIds: readonly string[]
}

/** What one role has to have. */
export interface RoleDocuments {
  readonly roleArn: string
  readonly name: string
  /** Begins and ends with a slash. */
  readonly path: string
  readonly trust: PolicyDocument
  /** Undefined: the role needs no permission of its own for the chains. */
  readonly permissions: PolicyDocument | undefined
  /** Undefined: IAM's default, an hour, is enough. */
  readonly maxSessionDurationSeconds: number | undefined
}

/** What one AWS account has to have. */
export interface AccountDocuments {
  readonly accountId: string
  readonly partition: string
  readonly providers: readonly ProviderDocument[]
  /** In the order in which IAM can make them: who is named as a principal has to exist before. */
  readonly roles: readonly RoleDocuments[]
}

/** Name of the inline policy that a calling role gets. */
export const PERMISSION_POLICY_NAME = 'rolechain'

/** An hour: "MaxSessionDuration … the default value of one hour". */
const DEFAULT_MAX_SESSION_SECONDS = 3600

function toOneOrMore(values: readonly string[]): OneOrMore {
  const unique = [...new Set(values)]
  return unique.length === 1 && unique[0] !== undefined ? unique[0] : unique
}

/** The values by what is equal of them, in the order of their first. */
function groupBy<Value>(
  values: readonly Value[],
  keyOf: (value: Value) => string,
): readonly (readonly Value[])[] {
  return [...Map.groupBy(values, keyOf).values()]
}

/** "Sid: … must be unique within a JSON policy"; the first of several keeps the plain name. */
function toDocument(statements: readonly StatementDocument[]): PolicyDocument {
  const seen = new Map<string, number>()
  return {
    Version: '2012-10-17',
    Statement: statements.map((statement) => {
      const count = (seen.get(statement.Sid) ?? 0) + 1
      seen.set(statement.Sid, count)
      return count === 1 ? statement : { ...statement, Sid: `${statement.Sid}${count}` }
    }),
  }
}

/** A statement's name says what it is for: `sts:TagSession` is `TagSession`. */
function toSid(action: string): string {
  return action.slice(action.indexOf(':') + 1)
}

function tokenKey({ provider, audience }: WebIdentityStep): string {
  return `${provider.arn} ${audience}`
}

function trustWebIdentity(steps: readonly WebIdentityStep[]): StatementDocument[] {
  return groupBy(steps, tokenKey).flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    const { provider, audience } = first
    return {
      Sid: 'AssumeRoleWithWebIdentity',
      Effect: 'Allow',
      Principal: { Federated: provider.arn },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {
        StringEquals: {
          [`${provider.name}:aud`]: audience,
          [`${provider.name}:sub`]: toOneOrMore(group.map(({ subject }) => subject)),
        },
      },
    }
  })
}

interface Grant {
  readonly action: string
  readonly step: AssumeRoleStep
  /** Only the action of AssumeRole has the key. */
  readonly externalId: string | undefined
}

function toGrants(steps: readonly AssumeRoleStep[]): readonly Grant[] {
  return steps.flatMap((step) =>
    step.actions.map((action) => ({
      action,
      step,
      externalId: action === 'sts:AssumeRole' ? step.request.externalId : undefined,
    })),
  )
}

function grantKey({ action, externalId }: Grant): string {
  return JSON.stringify([action, externalId])
}

function trustCallers(steps: readonly AssumeRoleStep[]): StatementDocument[] {
  return groupBy(toGrants(steps), grantKey).flatMap((group): StatementDocument[] => {
    const [first] = group
    if (first === undefined) return []
    const { action, externalId } = first
    return [
      {
        Sid: toSid(action),
        Effect: 'Allow',
        Principal: { AWS: toOneOrMore(group.map(({ step }) => step.caller.roleArn)) },
        Action: action,
        ...(externalId !== undefined && {
          Condition: { StringEquals: { 'sts:ExternalId': externalId } },
        }),
      },
    ]
  })
}

/**
 * Within an AWS account a trust policy that names the caller's role is enough, but for sts:SetSourceIdentity: see the
 * table of `neededSides` in iam/evaluate.ts.
 */
function isNeededOfCaller({ action, step }: Grant): boolean {
  return (
    accountOf(step.caller.roleArn) !== accountOf(step.roleArn) || action === 'sts:SetSourceIdentity'
  )
}

function permissionsOf(steps: readonly AssumeRoleStep[]): PolicyDocument | undefined {
  const grants = toGrants(steps).filter(isNeededOfCaller)
  if (grants.length === 0) return undefined
  return toDocument(
    groupBy(grants, ({ action }) => action).map((group) => ({
      Sid: toSid(group[0]?.action ?? ''),
      Effect: 'Allow',
      Action: group[0]?.action ?? '',
      Resource: toOneOrMore(group.map(({ step }) => step.roleArn)),
    })),
  )
}

/** Only a chain of one hop may ask for more than an hour. */
function maxDurationOf(steps: readonly Step[]): number | undefined {
  const longest = Math.max(0, ...steps.map(({ durationSeconds }) => durationSeconds))
  return longest > DEFAULT_MAX_SESSION_SECONDS ? longest : undefined
}

function isWebIdentity(step: Step): step is WebIdentityStep {
  return step.kind === 'web_identity'
}

function isAssumeRole(step: Step): step is AssumeRoleStep {
  return step.kind === 'assume_role'
}

function toRole(roleArn: string, steps: readonly Step[]): RoleDocuments {
  const asked = steps.filter((step) => step.roleArn === roleArn)
  const calls = steps.filter(isAssumeRole).filter(({ caller }) => caller.roleArn === roleArn)
  const { name, path } = parseRoleArn(roleArn) ?? { name: roleArn, path: '/' }
  return {
    roleArn,
    name,
    path,
    trust: toDocument([
      ...trustWebIdentity(asked.filter(isWebIdentity)),
      ...trustCallers(asked.filter(isAssumeRole)),
    ]),
    permissions: permissionsOf(calls),
    maxSessionDurationSeconds: maxDurationOf(asked),
  }
}

function toProviders(steps: readonly WebIdentityStep[]): readonly ProviderDocument[] {
  return groupBy(steps, ({ provider }) => provider.arn).flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    const clientIds = [...new Set(group.map(({ audience }) => audience))]
    return { arn: first.provider.arn, url: first.provider.url, clientIds }
  })
}

/** The documents of every AWS account of some chains, the AWS account of the first hop first. */
export function toAccountDocuments(
  chains: readonly (readonly Step[])[],
): readonly AccountDocuments[] {
  const steps = chains.flat()
  // By the depth in its chain, so that a caller stands before the role that names it.
  const inOrder = steps.toSorted((one, other) => one.hop - other.hop)
  const roleArns = [...new Set(inOrder.map(({ roleArn }) => roleArn))]
  return groupBy(roleArns, accountOf).map((group) => {
    const [first = ''] = group
    const accountId = accountOf(first)
    return {
      accountId,
      partition: first.split(':')[1] ?? 'aws',
      providers: toProviders(
        steps.filter(isWebIdentity).filter(({ roleArn }) => accountOf(roleArn) === accountId),
      ),
      roles: group.map((roleArn) => toRole(roleArn, steps)),
    }
  })
}
