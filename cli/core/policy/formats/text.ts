/** The documents as people read them: what each AWS account has to have, role by role. */
import { PERMISSION_POLICY_NAME, type RoleDocuments } from '../documents.ts'
import { toAuthMapLines } from '../eks-access.ts'
import type { AccountPlan, StepPlan } from './format.ts'

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
  associations,
  eksAccess,
}: AccountPlan): readonly string[] {
  return [
    `AWS account ${accountId}`,
    ...providers.map(
      ({ url, clientIds }) => `  OIDC provider ${url}, audience ${clientIds.join(', ')}`,
    ),
    ...roles.flatMap(toRoleLines),
    ...associations.map(
      ({ clusterName, namespace, name, roleArn, hasTags }) =>
        `  EKS cluster ${clusterName}: an association of service account ${namespace}/${name} with ${roleArn}${hasTags ? '' : ', without session tags'}`,
    ),
    ...eksAccess.flatMap((access) => [
      `  EKS cluster ${access.clusterName}: an access entry for ${access.roleArn}, or in aws-auth:`,
      ...indent(toAuthMapLines(access).join('\n')),
    ]),
  ]
}

/** With its path. */
function nameOf(roleArn: string): string {
  return roleArn.slice(roleArn.indexOf('role/') + 'role/'.length)
}

function toStepText({ number, after, made, completed, lacking, before }: StepPlan): string[] {
  const lackingNow = lacking.filter(({ roleArn }) => made.includes(roleArn))
  const providers = before === undefined ? after.providers : []
  const objects = [
    ...providers.map(({ url }) => `the OIDC provider ${url}`),
    ...made.map((roleArn) => `the role ${nameOf(roleArn)}`),
    ...after.associations
      .filter(({ roleArn }) => made.includes(roleArn))
      .map(({ namespace, name }) => `the association of ${namespace}/${name}`),
    ...completed.map((roleArn) => `the whole trust policy of ${nameOf(roleArn)}`),
  ]
  return [
    `  ${number}. in AWS account ${after.accountId}: ${objects.join(', ')}`,
    ...lackingNow.map(
      ({ roleArn, absent }) =>
        `     ${nameOf(roleArn)} trusts ${absent.join(', ')} in a later step, once that is there`,
    ),
  ]
}

/** The lines that say in which order to make all this. */
export function toOrderLines(steps: readonly StepPlan[]): readonly string[] {
  return [
    'Make it in this order, since IAM takes a trust policy only where every role that it names is there:',
    ...steps.flatMap(toStepText),
  ]
}
