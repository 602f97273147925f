/** The documents as a module of Terraform (and OpenTofu), in the form that `terraform fmt` leaves as it is. */
import {
  PERMISSION_POLICY_NAME,
  type AssociationDocument,
  type RoleDocuments,
} from '../documents.ts'
import { toAuthMapLines, type EksAccess } from '../eks-access.ts'
import { rolesBefore, toReplacedLines, toStepLines, uniqueNames, type StepPlan } from './format.ts'

/** "Identifiers can contain letters, digits, underscores and hyphens, and do not begin with a digit." */
function toIdentifier(text: string): string {
  const name = text.replaceAll(/[^A-Za-z0-9_-]+/g, '_')
  return /^[A-Za-z_]/.test(name) ? name : `_${name}`
}

/** `${` and `%{` begin templates in quoted text; doubled they are text. */
function quote(text: string): string {
  return JSON.stringify(text).replaceAll(/[$%](?=\{)/g, (sign) => sign + sign)
}

function indent(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `  ${line}`)
}

function isPlainKey(key: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_-]*$/.test(key)
}

/** Terraform's formatter puts the signs of neighbouring one-line entries under each other. */
function alignKeys(entries: readonly (readonly [string, readonly string[]])[]): readonly string[] {
  const widthFrom = (index: number): number => {
    let first = index
    while (first > 0 && entries[first - 1]?.[1].length === 1) first -= 1
    let last = index
    while (entries[last + 1]?.[1].length === 1) last += 1
    return Math.max(...entries.slice(first, last + 1).map(([key]) => key.length))
  }
  return entries.flatMap(([key, [first = '', ...rest]], index) => {
    const width = rest.length === 0 ? widthFrom(index) : key.length
    return [`${key.padEnd(width)} = ${first}`, ...rest]
  })
}

/** A value as the lines of an expression. */
function toExpression(value: unknown): readonly string[] {
  if (typeof value === 'string') return [quote(value)]
  if (typeof value !== 'object' || value === null) return [String(value)]
  if (Array.isArray(value)) {
    const items = value.map(toExpression)
    if (items.every((lines) => lines.length === 1)) return [`[${items.flat().join(', ')}]`]
    return [
      '[',
      ...indent(
        items.flatMap((lines, index) =>
          lines.map((line, at) =>
            at === lines.length - 1 && index < items.length - 1 ? `${line},` : line,
          ),
        ),
      ),
      ']',
    ]
  }
  const entries = Object.entries(value).map(
    ([key, inner]) => [isPlainKey(key) ? key : quote(key), toExpression(inner)] as const,
  )
  return ['{', ...indent(alignKeys(entries)), '}']
}

function wrap(call: string, [first = '', ...rest]: readonly string[]): readonly string[] {
  const last = rest.at(-1) ?? ''
  return rest.length === 0
    ? [`${call}(${first})`]
    : [`${call}(${first}`, ...rest.slice(0, -1), `${last})`]
}

type Entry = readonly [key: string, lines: readonly string[]]

function toBlock(type: string, name: string, entries: readonly Entry[]): string {
  return [`resource ${quote(type)} ${quote(name)} {`, ...indent(alignKeys(entries)), '}', ''].join(
    '\n',
  )
}

function toRole(
  { name, path, trust, maxSessionDurationSeconds }: RoleDocuments,
  id: string,
  before: readonly string[],
): string {
  return toBlock('aws_iam_role', id, [
    ['name', [quote(name)]],
    ...(path === '/' ? [] : [['path', [quote(path)]] as const]),
    ...(maxSessionDurationSeconds === undefined
      ? []
      : [['max_session_duration', [String(maxSessionDurationSeconds)]] as const]),
    ['assume_role_policy', wrap('jsonencode', toExpression(trust))],
    ...(before.length === 0
      ? []
      : [['depends_on', [`[${before.map((one) => `aws_iam_role.${one}`).join(', ')}]`]] as const]),
  ])
}

function toPermissions({ permissions }: RoleDocuments, id: string): readonly string[] {
  if (permissions === undefined) return []
  return [
    toBlock('aws_iam_role_policy', id, [
      ['name', [quote(PERMISSION_POLICY_NAME)]],
      ['role', [`aws_iam_role.${id}.name`]],
      ['policy', wrap('jsonencode', toExpression(permissions))],
    ]),
  ]
}

function toAccess(access: EksAccess, id: string): string {
  const comments = [
    '# For a cluster without access entries, in mapRoles of the ConfigMap aws-auth:',
    ...toAuthMapLines(access).map((line) => `#   ${line}`),
  ]
  const block = toBlock('aws_eks_access_entry', id, [
    ['cluster_name', [quote(access.clusterName)]],
    ['principal_arn', [`aws_iam_role.${id}.arn`]],
    ['type', ['"STANDARD"']],
    ...(access.groups.length === 0
      ? []
      : [['kubernetes_groups', toExpression(access.groups)] as const]),
  ])
  return `${comments.join('\n')}\n${block}`
}

function toAssociation(association: AssociationDocument, id: string, role: string): string {
  const { clusterName, namespace, name, hasTags } = association
  return toBlock('aws_eks_pod_identity_association', id, [
    ['cluster_name', [quote(clusterName)]],
    ['namespace', [quote(namespace)]],
    ['service_account', [quote(name)]],
    ['role_arn', [`aws_iam_role.${role}.arn`]],
    ...(hasTags ? [] : [['disable_session_tags', ['true']] as const]),
  ])
}

/** The module of one AWS account as it is after a step. */
export function toTerraform(step: StepPlan): string {
  const { after: account } = step
  const { providers, roles, associations, eksAccess } = account
  const roleIds = uniqueNames(
    roles.map(({ roleArn }) => roleArn),
    (arn) => toIdentifier(arn.slice(arn.lastIndexOf('/') + 1)),
  )
  const id = (arn: string) => roleIds.get(arn) ?? ''
  const providerIds = uniqueNames(
    providers.map(({ arn }) => arn),
    (arn) => toIdentifier(arn.slice(arn.indexOf('/') + 1)),
  )
  const associationIds = uniqueNames(associations, ({ namespace, name }) =>
    toIdentifier(`${namespace}_${name}`),
  )
  return [
    [...toStepLines(step), ...toReplacedLines(step)].map((line) => `# ${line}\n`).join(''),
    ...providers.map(({ arn, url, clientIds }) =>
      toBlock('aws_iam_openid_connect_provider', providerIds.get(arn) ?? '', [
        ['url', [quote(url)]],
        ['client_id_list', toExpression(clientIds)],
      ]),
    ),
    ...roles.flatMap((role) => [
      toRole(role, id(role.roleArn), rolesBefore(account, role.roleArn).map(id)),
      ...toPermissions(role, id(role.roleArn)),
    ]),
    ...associations.map((one) =>
      toAssociation(one, associationIds.get(one) ?? '', id(one.roleArn)),
    ),
    ...eksAccess.map((access) => toAccess(access, id(access.roleArn))),
  ].join('\n')
}
