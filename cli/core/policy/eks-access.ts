/**
 * What lets a role into an EKS cluster: an access entry, or for older clusters a line of the ConfigMap aws-auth. What
 * it may do there is then said by RBAC for the groups.
 */
import { parseRoleArn, toRoleArn } from '../../../iam/arn.ts'

/** A role that is to reach the API of an EKS cluster. */
export interface EksAccess {
  readonly clusterName: string
  readonly roleArn: string
  readonly groups: readonly string[]
}

/** An entry of `mapRoles`. */
export interface AuthMapEntry {
  readonly rolearn: string
  readonly username: string
  readonly groups: readonly string[]
}

/** "ARNs in aws-auth ConfigMap entries can't include a path", which access entries may. */
export function toAuthMapEntry({ roleArn, groups }: EksAccess): AuthMapEntry {
  const role = parseRoleArn(roleArn)
  return {
    rolearn: role === undefined ? roleArn : toRoleArn({ ...role, path: '/' }),
    // "A colon has to stand before {{SessionName}}."
    username: `${role?.name ?? 'role'}:{{SessionName}}`,
    groups,
  }
}

/** The lines of `mapRoles`, to be put into the ConfigMap aws-auth of kube-system. */
export function toAuthMapLines(access: EksAccess): readonly string[] {
  const { rolearn, username, groups } = toAuthMapEntry(access)
  return [
    `- rolearn: ${rolearn}`,
    `  username: ${JSON.stringify(username)}`,
    ...(groups.length === 0 ? [] : ['  groups:', ...groups.map((group) => `    - ${group}`)]),
  ]
}
