/** The documents as a script of AWS CLI calls. It makes what is not there and never replaces what is. */
import { PERMISSION_POLICY_NAME, type RoleDocuments } from '../documents.ts'
import { toAuthMapLines, type EksAccess } from '../eks-access.ts'
import type { AccountPlan } from './format.ts'

/** A word for the shell, whatever is in it. */
function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}

function toCommand(command: string, options: Readonly<Record<string, string>>): string {
  return [command, ...Object.entries(options).map(([name, value]) => `  --${name} ${value}`)].join(
    ' \\\n',
  )
}

function toDocument(document: unknown): string {
  return quote(JSON.stringify(document, null, 2))
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

/** The script of one AWS account. It ends at the first call that fails, and where it runs in another AWS account. */
export function toAwsCli({ accountId, providers, roles, eksAccess }: AccountPlan): string {
  const blocks = [
    [
      '#!/bin/sh',
      `# AWS account ${accountId}. It stops at what exists already: then add the statements to what is there.`,
      'set -eu',
    ].join('\n'),
    [
      'account=$(aws sts get-caller-identity --query Account --output text)',
      `[ "$account" = ${accountId} ] || {`,
      `  echo "These are the credentials of AWS account $account, and this is for ${accountId}." >&2`,
      '  exit 1',
      '}',
    ].join('\n'),
    ...providers.map(({ url, clientIds }) =>
      toCommand('aws iam create-open-id-connect-provider', {
        url: quote(url),
        'client-id-list': clientIds.map(quote).join(' '),
      }),
    ),
    ...roles.flatMap(toRole),
    ...eksAccess.flatMap(toAccess),
  ]
  return `${blocks.join('\n\n')}\n`
}
