/**
 * What eksctl can make of it: the roles of service accounts in the AWS account of their cluster, their associations,
 * and the access of a role to a cluster. Roles in other AWS accounts are nothing that eksctl knows.
 */
import { toAuthMapEntry } from '../eks-access.ts'
import { toYaml, type AccountPlan } from './format.ts'

/** An EKS cluster, as eksctl names it. */
export interface EksCluster {
  readonly name: string
  readonly region: string
}

/** The file of one cluster. */
export interface ClusterFile {
  readonly cluster: string
  readonly text: string
}

/** eksctl wants a policy where a role has none to name; nobody needs a permission for this one. */
const NOTHING_NEEDED = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'sts:GetCallerIdentity', Resource: '*' }],
}

function toConfig({ name, region }: EksCluster, further: object): string {
  const config = {
    apiVersion: 'eksctl.io/v1alpha5',
    kind: 'ClusterConfig',
    metadata: { name, region },
    ...further,
  }
  return toYaml(config)
}

function toServiceAccounts({ roles, serviceAccounts }: AccountPlan): readonly object[] {
  return serviceAccounts.flatMap(({ namespace, name, roleArn }) => {
    const role = roles.find((one) => one.roleArn === roleArn)
    if (role === undefined) return []
    return {
      metadata: { name, namespace },
      roleName: role.name,
      // The service account itself comes with its manifest.
      roleOnly: true,
      attachPolicy: role.permissions ?? NOTHING_NEEDED,
    }
  })
}

/** eksctl makes the role with the first that names it. */
function toAssociations({ roles, associations }: AccountPlan): readonly object[] {
  return associations.map((association, index) => {
    const { namespace, name, roleArn, hasTags } = association
    const role = roles.find((one) => one.roleArn === roleArn)
    const isFirst = associations.findIndex((one) => one.roleArn === roleArn) === index
    return {
      namespace,
      serviceAccountName: name,
      ...(isFirst && role?.path === '/'
        ? { roleName: role.name, permissionPolicy: role.permissions ?? NOTHING_NEEDED }
        : { roleARN: roleArn }),
      ...(!hasTags && { disableSessionTags: true }),
    }
  })
}

/** The cluster of the pods: what lets their service accounts into AWS. */
function toOwn(account: AccountPlan): object | undefined {
  const serviceAccounts = toServiceAccounts(account)
  const podIdentityAssociations = toAssociations(account)
  const hasAssociations = podIdentityAssociations.length > 0
  if (serviceAccounts.length === 0 && !hasAssociations) return undefined
  return {
    iam: {
      ...(serviceAccounts.length > 0 && { withOIDC: true, serviceAccounts }),
      ...(hasAssociations && { podIdentityAssociations }),
    },
    ...(hasAssociations && { addons: [{ name: 'eks-pod-identity-agent' }] }),
  }
}

/** Roles of one AWS account that eksctl cannot make. */
export function beyondEksctl({ roles, ...account }: AccountPlan): readonly string[] {
  const { serviceAccounts, associations } = account
  const made = new Set([...serviceAccounts, ...associations].map(({ roleArn }) => roleArn))
  return roles
    .filter(({ roleArn, path }) => !made.has(roleArn) || path !== '/')
    .map(({ roleArn }) => roleArn)
}

/** The files of one AWS account: of the cluster of the pods, and of those that are behind targets. */
export function toEksctl(account: AccountPlan, cluster: EksCluster): readonly ClusterFile[] {
  const further = toOwn(account)
  const own =
    further === undefined ? [] : [{ cluster: cluster.name, text: toConfig(cluster, further) }]
  const behind = [...Map.groupBy(account.eksAccess, ({ clusterName }) => clusterName)].map(
    ([name, access]) => {
      const accessEntries = access.map(({ roleArn, groups }) => ({
        principalARN: roleArn,
        ...(groups.length > 0 && { kubernetesGroups: groups }),
      }))
      const comments = [
        '# For a cluster without access entries, with `eksctl create iamidentitymapping -f`:',
        ...toYaml({
          iamIdentityMappings: access.map(toAuthMapEntry).map(({ rolearn, username, groups }) => ({
            arn: rolearn,
            username,
            ...(groups.length > 0 && { groups }),
          })),
        })
          .trimEnd()
          .split('\n')
          .map((line) => `#   ${line}`),
      ]
      const text = toConfig({ ...cluster, name }, { accessConfig: { accessEntries } })
      return { cluster: name, text: `${comments.join('\n')}\n${text}` }
    },
  )
  return [...own, ...behind]
}
