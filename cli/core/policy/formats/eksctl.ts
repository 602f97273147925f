/**
 * What eksctl can make of it: the roles of service accounts in the AWS account of their cluster, and the access of a
 * role to a cluster. Roles in other AWS accounts are nothing that eksctl knows.
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

/** Roles of one AWS account that eksctl cannot make. */
export function beyondEksctl({ roles, serviceAccounts }: AccountPlan): readonly string[] {
  const made = new Set(serviceAccounts.map(({ roleArn }) => roleArn))
  return roles
    .filter(({ roleArn, path }) => !made.has(roleArn) || path !== '/')
    .map(({ roleArn }) => roleArn)
}

/** The files of one AWS account: of the cluster of the pods, and of those that are behind targets. */
export function toEksctl(account: AccountPlan, cluster: EksCluster): readonly ClusterFile[] {
  const serviceAccounts = toServiceAccounts(account)
  const own =
    serviceAccounts.length === 0
      ? []
      : [
          {
            cluster: cluster.name,
            text: toConfig(cluster, { iam: { withOIDC: true, serviceAccounts } }),
          },
        ]
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
