/**
 * The documents as scripts of AWS CLI calls. They make what is not there, add an audience to an OIDC
 * provider that lacks it, and replace nothing but trust policies that an earlier step made.
 */
import { partitionOfArn } from '../../../../sidecar/contract.ts'
import {
  PERMISSION_POLICY_NAME,
  type AssociationDocument,
  type ProviderDocument,
  type RoleDocuments,
} from '../documents.ts'
import { toAuthMapLines, type EksAccess } from '../eks-access.ts'
import { toStepLines, type StepPlan } from './format.ts'

/** A word for the shell, whatever is in it. */
function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}

function toCommand(command: string, options: Readonly<Record<string, string>>): string {
  const words = Object.entries(options).map(([name, value]) => `  --${name} ${value}`.trimEnd())
  return [command, ...words].join(' \\\n')
}

function toDocument(document: unknown): string {
  return quote(JSON.stringify(document, null, 2))
}

/** The provider of a cluster is there once for all; adding an audience that it has changes nothing. */
function toProvider({ arn, url, clientIds }: ProviderDocument): string {
  const named = '--open-id-connect-provider-arn "$provider"'
  return [
    `provider=${quote(arn)}`,
    `if aws iam get-open-id-connect-provider ${named} > /dev/null 2>&1; then`,
    ...clientIds.map(
      (clientId) =>
        `  aws iam add-client-id-to-open-id-connect-provider ${named} --client-id ${quote(clientId)}`,
    ),
    'else',
    `  aws iam create-open-id-connect-provider --url ${quote(url)} --client-id-list ${clientIds.map(quote).join(' ')}`,
    'fi',
  ].join('\n')
}

function toRole(role: RoleDocuments): readonly string[] {
  const { name, path, trust, permissions, maxSessionDurationSeconds } = role
  return [
    toCommand('aws iam create-role', {
      'role-name': quote(name),
      ...(path !== '/' && { path: quote(path) }),
      ...(maxSessionDurationSeconds !== undefined && {
        'max-session-duration': String(maxSessionDurationSeconds),
      }),
      'assume-role-policy-document': toDocument(trust),
    }),
    `aws iam wait role-exists --role-name ${quote(name)}`,
    ...(permissions === undefined
      ? []
      : [
          toCommand('aws iam put-role-policy', {
            'role-name': quote(name),
            'policy-name': PERMISSION_POLICY_NAME,
            'policy-document': toDocument(permissions),
          }),
        ]),
  ]
}

function toAccess(access: EksAccess): readonly string[] {
  const { clusterName, roleArn, groups } = access
  return [
    [
      '# For a cluster without access entries, in mapRoles of the ConfigMap aws-auth:',
      ...toAuthMapLines(access).map((line) => `#   ${line}`),
    ].join('\n'),
    toCommand('aws eks create-access-entry', {
      'cluster-name': quote(clusterName),
      'principal-arn': quote(roleArn),
      ...(groups.length > 0 && { 'kubernetes-groups': groups.map(quote).join(' ') }),
    }),
  ]
}

function toAssociation(association: AssociationDocument): string {
  const { clusterName, region, namespace, name, roleArn, hasTags } = association
  return toCommand('aws eks create-pod-identity-association', {
    'cluster-name': quote(clusterName),
    ...(region !== undefined && { region: quote(region) }),
    namespace: quote(namespace),
    'service-account': quote(name),
    'role-arn': quote(roleArn),
    ...(!hasTags && { 'disable-session-tags': '' }),
  })
}

function toCompleted({ name, trust }: RoleDocuments): string {
  return toCommand('aws iam update-assume-role-policy', {
    'role-name': quote(name),
    'policy-document': toDocument(trust),
  })
}

/** The script of one step. It ends at the first call that fails, and where it runs in another AWS account. */
export function toAwsCli(step: StepPlan): string {
  const { after, made, completed, before } = step
  // Any of the partition will do; without one in its profile the AWS CLI asks STS nothing.
  const region = partitionOfArn(`arn:${after.partition}:iam`).defaultRegion
  const { accountId, providers, roles, associations, eksAccess } = after
  const only = (roleArns: readonly string[]) =>
    roles.filter(({ roleArn }) => roleArns.includes(roleArn))
  const blocks = [
    [
      '#!/bin/sh',
      ...toStepLines(step).map((line) => `# ${line}`),
      '# It stops at a role that exists already: then add the statements to what is there.',
      'set -eu',
    ].join('\n'),
    [
      `account=$(aws sts get-caller-identity --region ${region} --query Account --output text)`,
      `[ "$account" = ${accountId} ] || {`,
      `  echo "These are the credentials of AWS account $account, and this is for ${accountId}." >&2`,
      '  exit 1',
      '}',
    ].join('\n'),
    ...(before === undefined ? providers : []).map(toProvider),
    ...only(completed).map(toCompleted),
    ...only(made).flatMap(toRole),
    ...associations.filter(({ roleArn }) => made.includes(roleArn)).map(toAssociation),
    ...eksAccess.filter(({ roleArn }) => made.includes(roleArn)).flatMap(toAccess),
  ]
  return `${blocks.join('\n\n')}\n`
}
