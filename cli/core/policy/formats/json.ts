/** The documents as plain data, for people who paste them and for programs. */
import { PERMISSION_POLICY_NAME } from '../documents.ts'
import { toAuthMapEntry } from '../eks-access.ts'
import type { AccountPlan } from './format.ts'

/** One AWS account; its names are those of IAM's API. */
export function toPlainAccount({ accountId, providers, roles, eksAccess }: AccountPlan): unknown {
  return {
    awsAccount: accountId,
    ...(providers.length > 0 && {
      oidcProviders: providers.map(({ arn, url, clientIds }) => ({
        Arn: arn,
        Url: url,
        ClientIDList: clientIds,
      })),
    }),
    roles: roles.map(({ roleArn, trust, permissions, maxSessionDurationSeconds }) => ({
      Arn: roleArn,
      ...(maxSessionDurationSeconds !== undefined && {
        MaxSessionDuration: maxSessionDurationSeconds,
      }),
      AssumeRolePolicyDocument: trust,
      ...(permissions !== undefined && {
        RolePolicyList: [{ PolicyName: PERMISSION_POLICY_NAME, PolicyDocument: permissions }],
      }),
    })),
    ...(eksAccess.length > 0 && {
      eksAccess: eksAccess.map((access) => ({
        accessEntry: {
          clusterName: access.clusterName,
          principalArn: access.roleArn,
          type: 'STANDARD',
          kubernetesGroups: access.groups,
        },
        awsAuthMapRoles: [toAuthMapEntry(access)],
      })),
    }),
  }
}
