/** The documents as people read them: what each AWS account has to have, role by role. */
import { PERMISSION_POLICY_NAME, type RoleDocuments } from '../documents.ts'
import { toAuthMapLines } from '../eks-access.ts'
import type { AccountPlan } from './format.ts'

function indent(text: string): readonly string[] {
  return text.split('\n').map((line) => `    ${line}`)
}

function toRoleLines(role: RoleDocuments): readonly string[] {
  const { roleArn, trust, permissions, maxSessionDurationSeconds } = role
  return [
    `  role ${roleArn}`,
    ...(maxSessionDurationSeconds === undefined
      ? []
      : [`    MaxSessionDuration: ${maxSessionDurationSeconds}`]),
    '    trust policy:',
    ...indent(JSON.stringify(trust, null, 2)),
    ...(permissions === undefined
      ? []
      : [
          `    permission policy ${PERMISSION_POLICY_NAME}:`,
          ...indent(JSON.stringify(permissions, null, 2)),
        ]),
  ]
}

/** The lines of one AWS account. */
export function toAccountLines({
  accountId,
  providers,
  roles,
  eksAccess,
}: AccountPlan): readonly string[] {
  return [
    `AWS account ${accountId}`,
    ...providers.map(
      ({ url, clientIds }) => `  OIDC provider ${url}, audience ${clientIds.join(', ')}`,
    ),
    ...roles.flatMap(toRoleLines),
    ...eksAccess.flatMap((access) => [
      `  EKS cluster ${access.clusterName}: an access entry for ${access.roleArn}, or in aws-auth:`,
      ...indent(toAuthMapLines(access).join('\n')),
    ]),
  ]
}
