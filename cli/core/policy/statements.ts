/** The statements that chains need, on the side of the role that is asked for and on that of the role that asks. */
import { accountOf } from '../../../iam/arn.ts'
import { EKS_PRINCIPAL } from './source.ts'
import type { AssumeRoleStep, PodIdentityStep, WebIdentityStep } from './steps.ts'

/** One statement as IAM's grammar has it. */
export interface StatementDocument {
  readonly Sid: string
  readonly Effect: 'Allow'
  readonly Principal?: Readonly<Partial<Record<'AWS' | 'Federated' | 'Service', OneOrMore>>>
  readonly Action: OneOrMore
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

function toOneOrMore(values: readonly string[]): OneOrMore {
  const unique = [...new Set(values)]
  return unique.length === 1 && unique[0] !== undefined ? unique[0] : unique
}

/** The values by what is equal of them, in the order of their first. */
export function groupBy<Value>(
  values: readonly Value[],
  keyOf: (value: Value) => string,
): readonly (readonly Value[])[] {
  return [...Map.groupBy(values, keyOf).values()]
}

/** "Sid: … must be unique within a JSON policy"; the first of several keeps the plain name. */
export function toDocument(statements: readonly StatementDocument[]): PolicyDocument {
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

/** Whose tokens a role takes. */
export function trustWebIdentity(steps: readonly WebIdentityStep[]): StatementDocument[] {
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

function associationKey({ source }: PodIdentityStep): string {
  const { cluster, namespace, hasTags } = source
  return JSON.stringify([cluster.arn, namespace, hasTags])
}

/**
 * Whose pods EKS may assume a role for. The session tags are what "Create IAM role with trust policy required by EKS
 * Pod Identity" narrows a role by. An association without them leaves only the resource that EKS calls for.
 */
function ofPods(roleArn: string, steps: readonly PodIdentityStep[]): Record<string, OneOrMore> {
  const source = steps[0]?.source
  const { arn } = source?.cluster ?? {}
  const ofAccount = { 'aws:SourceAccount': accountOf(roleArn) }
  if (source?.hasTags !== true)
    return { ...ofAccount, ...(arn !== undefined && { 'aws:SourceArn': arn }) }
  return {
    ...ofAccount,
    ...(arn !== undefined && { 'aws:RequestTag/eks-cluster-arn': arn }),
    'aws:RequestTag/kubernetes-namespace': source.namespace,
    'aws:RequestTag/kubernetes-service-account': toOneOrMore(
      steps.map((step) => step.source.serviceAccount),
    ),
  }
}

/** What EKS Pod Identity needs of the role of an association. */
export function trustEks(steps: readonly PodIdentityStep[]): StatementDocument[] {
  return groupBy(steps, associationKey).flatMap((group): StatementDocument[] => {
    const [first] = group
    if (first === undefined) return []
    return [
      {
        Sid: 'AssumeRoleForPodIdentity',
        Effect: 'Allow',
        Principal: { Service: EKS_PRINCIPAL },
        // In one statement, as EKS has it on its pages: it looks at the trust policy when the association is made.
        Action: toOneOrMore(first.actions),
        Condition: { StringEquals: ofPods(first.roleArn, group) },
      },
    ]
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

/** Which roles may ask for a role. */
export function trustCallers(steps: readonly AssumeRoleStep[]): StatementDocument[] {
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

/** What a role has to be allowed itself, or undefined where it needs nothing. */
export function permissionsOf(steps: readonly AssumeRoleStep[]): PolicyDocument | undefined {
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
