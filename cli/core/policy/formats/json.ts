/** The documents as plain data, for people who paste them and for programs. */
import { PERMISSION_POLICY_NAME, type AssociationDocument } from '../documents.ts'
import { toAuthMapEntry } from '../eks-access.ts'
import type { AccountPlan, StepPlan } from './format.ts'

/** In the words of `aws eks create-pod-identity-association --cli-input-json`. */
function toAssociation({ clusterName, namespace, name, roleArn, hasTags }: AssociationDocument) {
  return {
    clusterName,
    namespace,
    serviceAccount: name,
    roleArn,
    ...(!hasTags && { disableSessionTags: true }),
  }
}

/**
 * One AWS account, in the words of `aws iam get-account-authorization-details`, so that whoever reads the one reads the
 * other: `verify --from` does.
 */
export function toPlainAccount(account: AccountPlan): unknown {
  const { accountId, providers, roles, associations, eksAccess } = account
  return {
    awsAccount: accountId,
    ...(providers.length > 0 && {
      OpenIDConnectProviderList: providers.map(({ arn, url, clientIds }) => ({
        Arn: arn,
        Url: url,
        ClientIDList: clientIds,
      })),
    }),
    RoleDetailList: roles.map((role) => ({
      Path: role.path,
      RoleName: role.name,
      Arn: role.roleArn,
      ...(role.maxSessionDurationSeconds !== undefined && {
        MaxSessionDuration: role.maxSessionDurationSeconds,
      }),
      AssumeRolePolicyDocument: role.trust,
      RolePolicyList:
        role.permissions === undefined
          ? []
          : [{ PolicyName: PERMISSION_POLICY_NAME, PolicyDocument: role.permissions }],
    })),
    ...(associations.length > 0 && { podIdentityAssociations: associations.map(toAssociation) }),
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

/** One step of the order in which the documents can be made. */
export function toPlainStep({ number, after, made, completed, lacking }: StepPlan): unknown {
  return {
    step: number,
    awsAccount: after.accountId,
    roles: made,
    ...(lacking.length > 0 && { trustsLater: lacking }),
    ...(completed.length > 0 && { completesTrustOf: completed }),
  }
}
