/** What an AWS account has to have for the pages, as a CloudFormation template. Pure. */
import { parseRoleArn } from '../../../iam/arn.ts'
import type { Page, PagePolicy } from '../page.ts'

/** What a template is made from. */
export interface AccountNeeds {
  readonly accountId: string
  /** As they are to be run. */
  readonly pages: readonly Page[]
  /** Names of buckets. */
  readonly buckets: readonly string[]
  /** The URL of the OIDC provider to make; undefined: none. */
  readonly newProvider: string | undefined
}

/** One resource of a template. */
export interface TemplateResource {
  readonly Type: string
  readonly Properties: Readonly<Record<string, unknown>>
  readonly DependsOn?: readonly string[]
}

/** A template: JSON without functions and parameters. */
export interface Template {
  readonly AWSTemplateFormatVersion: '2010-09-09'
  readonly Description: string
  readonly Resources: Readonly<Record<string, TemplateResource>>
}

interface WrittenRole {
  readonly logicalId: string
  readonly arn: string
  readonly name: string
  readonly trust: unknown
  readonly permissions: readonly unknown[]
}

function toRoles(policies: readonly PagePolicy[]): readonly WrittenRole[] {
  const arns = [...new Set(policies.map(({ roleArn }) => roleArn))]
  return arns.map((arn, index) => {
    const own = policies.filter(({ roleArn }) => roleArn === arn)
    return {
      logicalId: `Role${index + 1}`,
      arn,
      name: parseRoleArn(arn)?.name ?? '',
      trust: own.find(({ kind }) => kind === 'trust')?.document,
      permissions: own.filter(({ kind }) => kind === 'permissions').map((one) => one.document),
    }
  })
}

/** IAM saves no trust in a role that does not exist, and CloudFormation makes in no order what nothing orders. */
function toRole(role: WrittenRole, all: readonly WrittenRole[]): TemplateResource {
  const { logicalId, name, trust, permissions } = role
  const trusted = JSON.stringify(trust)
  const before = all.filter(
    (other) => other.logicalId !== logicalId && trusted.includes(`"${other.arn}"`),
  )
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      RoleName: name,
      AssumeRolePolicyDocument: trust,
      Policies: permissions.map((PolicyDocument, index) => ({
        PolicyName: `page-${index + 1}`,
        PolicyDocument,
      })),
    },
    ...(before.length === 0 ? {} : { DependsOn: before.map((other) => other.logicalId) }),
  }
}

/** The template of one AWS account; undefined where the pages need nothing there. */
export function toTemplate(needs: AccountNeeds): Template | undefined {
  const policies = needs.pages
    .flatMap((page) => page.policies)
    .filter(({ roleArn }) => parseRoleArn(roleArn)?.accountId === needs.accountId)
  const roles = toRoles(policies)
  const entries: (readonly [string, TemplateResource])[] = [
    ...roles.map((role) => [role.logicalId, toRole(role, roles)] as const),
    ...needs.buckets.map(
      (BucketName, index) =>
        [`Bucket${index + 1}`, { Type: 'AWS::S3::Bucket', Properties: { BucketName } }] as const,
    ),
  ]
  if (needs.newProvider !== undefined)
    entries.push([
      'OidcProvider',
      {
        Type: 'AWS::IAM::OIDCProvider',
        Properties: { Url: needs.newProvider, ClientIdList: ['sts.amazonaws.com'] },
      },
    ])
  if (entries.length === 0) return undefined
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: 'rolechain tries its workflows; the run that made this stack deletes it.',
    Resources: Object.fromEntries(entries),
  }
}

/** Whether a role of the pages in this AWS account trusts an OIDC provider there. */
export function needsProvider(accountId: string, pages: readonly Page[]): boolean {
  return pages
    .flatMap((page) => page.policies)
    .some(
      ({ kind, document }) =>
        kind === 'trust' &&
        JSON.stringify(document).includes(`"arn:aws:iam::${accountId}:oidc-provider/`),
    )
}
