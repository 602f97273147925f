/** The documents as a template of CloudFormation. */
import {
  PERMISSION_POLICY_NAME,
  type AssociationDocument,
  type RoleDocuments,
} from '../documents.ts'
import { toAuthMapLines, type EksAccess } from '../eks-access.ts'
import {
  rolesBefore,
  toReplacedLines,
  toStepLines,
  toYaml,
  uniqueNames,
  type StepPlan,
} from './format.ts'

/** "The logical ID must be alphanumeric (A-Za-z0-9) and unique within the template." */
function toLogicalName(text: string): string {
  return text
    .split(/[^A-Za-z0-9]+/)
    .map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
    .join('')
}

function toRoleResource(
  { name, path, trust, permissions, maxSessionDurationSeconds }: RoleDocuments,
  dependsOn: readonly string[],
): unknown {
  return {
    Type: 'AWS::IAM::Role',
    ...(dependsOn.length > 0 && { DependsOn: dependsOn }),
    Properties: {
      RoleName: name,
      ...(path !== '/' && { Path: path }),
      ...(maxSessionDurationSeconds !== undefined && {
        MaxSessionDuration: maxSessionDurationSeconds,
      }),
      AssumeRolePolicyDocument: trust,
      ...(permissions !== undefined && {
        Policies: [{ PolicyName: PERMISSION_POLICY_NAME, PolicyDocument: permissions }],
      }),
    },
  }
}

function toAccessEntry({ clusterName, roleArn, groups }: EksAccess, role: string): unknown {
  return {
    Type: 'AWS::EKS::AccessEntry',
    DependsOn: [role],
    Properties: {
      ClusterName: clusterName,
      PrincipalArn: roleArn,
      Type: 'STANDARD',
      ...(groups.length > 0 && { KubernetesGroups: groups }),
    },
  }
}

function associationKey({ namespace, name }: AssociationDocument): string {
  return `association ${namespace}/${name}`
}

function toAssociation(association: AssociationDocument, role: string): unknown {
  const { clusterName, namespace, name, roleArn, hasTags } = association
  return {
    Type: 'AWS::EKS::PodIdentityAssociation',
    DependsOn: [role],
    Properties: {
      ClusterName: clusterName,
      Namespace: namespace,
      ServiceAccount: name,
      RoleArn: roleArn,
      ...(!hasTags && { DisableSessionTags: true }),
    },
  }
}

/**
 * The template of one AWS account as it is after a step. It names roles, so that it is applied with
 * CAPABILITY_NAMED_IAM.
 */
export function toCloudFormation(step: StepPlan): string {
  const { after: account } = step
  const { accountId, providers, roles, associations, eksAccess } = account
  const ids = uniqueNames(
    [
      ...roles.map(({ roleArn }) => roleArn),
      ...providers.map(({ arn }) => arn),
      ...eksAccess.map(({ roleArn }) => `access ${roleArn}`),
      ...associations.map(associationKey),
    ],
    (text) => {
      const name = toLogicalName(text.slice(text.lastIndexOf('/') + 1))
      if (text.startsWith('association ')) return `Association${toLogicalName(text.slice(12))}`
      if (text.startsWith('access ')) return `AccessEntry${name}`
      return text.includes(':oidc-provider/')
        ? `OidcProvider${toLogicalName(text.slice(text.indexOf('/') + 1))}`
        : `Role${name}`
    },
  )
  const id = (text: string) => ids.get(text) ?? ''
  const template = {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: `Roles of chains in AWS account ${accountId}, by rolechain policy.`,
    Resources: Object.fromEntries([
      ...providers.map(({ arn, url, clientIds }) => [
        id(arn),
        { Type: 'AWS::IAM::OIDCProvider', Properties: { Url: url, ClientIdList: clientIds } },
      ]),
      ...roles.map((role) => [
        id(role.roleArn),
        toRoleResource(role, rolesBefore(account, role.roleArn).map(id)),
      ]),
      ...associations.map((one) => [id(associationKey(one)), toAssociation(one, id(one.roleArn))]),
      ...eksAccess.map((access) => [
        id(`access ${access.roleArn}`),
        toAccessEntry(access, id(access.roleArn)),
      ]),
    ]),
  }
  const comments = [
    ...[...toStepLines(step), ...toReplacedLines(step)].map((line) => `# ${line}`),
    '# Apply with --capabilities CAPABILITY_NAMED_IAM.',
    ...eksAccess.flatMap((access) => [
      `# For a cluster without access entries, in mapRoles of the ConfigMap aws-auth of ${access.clusterName}:`,
      ...toAuthMapLines(access).map((line) => `#   ${line}`),
    ]),
  ]
  return `${comments.join('\n')}\n${toYaml(template)}`
}
