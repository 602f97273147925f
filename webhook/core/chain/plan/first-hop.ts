/** What the author is told about the first hop when the service account has no role. */
import type { AnnotationNames } from '../../configuration/configuration.ts'
import type { Container } from '../../pod/pod.ts'
import type { ManagedParts } from '../../parity/eks-webhook.ts'
import type { FoundSource } from '../../parity/credential-source.ts'
import type { Finding } from '../../vocabulary/reasons.ts'
import type { ServiceAccount } from '../../vocabulary/service-account.ts'
import type { Target } from '../../../../sidecar/contract.ts'
import { FULL_URI_VARIABLE } from '../../vocabulary/names.ts'

/** What {@link firstHopWarnings} looks at. */
export interface FirstHops {
  readonly targets: ReadonlyMap<string, Target>
  readonly baseRole: string | null
  readonly serviceAccount: ServiceAccount
  readonly source: FoundSource | null
  /** What EKS's webhook wrote into containers, and is taken away. */
  readonly managed: ReadonlyMap<Container, ManagedParts>
}

/** A chain without base role is valid, but only with an OIDC provider where few people have one. */
export function firstHopWarnings(
  { targets, baseRole, serviceAccount, source, managed }: FirstHops,
  { parityAnnotationNames }: AnnotationNames,
): readonly Finding[] {
  const roles = [...new Set([...targets.values()].flatMap(({ chain }) => chain[0]?.roleArn ?? []))]
  const [first] = roles
  if (baseRole !== null || first === undefined) return []
  const key = parityAnnotationNames['role-arn']
  const others = roles.length === 1 ? '' : ` (and ${roles.length - 1} more)`
  const found: Finding[] = [
    {
      reason: 'no_base_role',
      message: `no base role: AWS account ${first.split(':')[4]} needs the cluster's OIDC provider, since ${first}${others} is assumed by web identity; or set ${key} on service account ${serviceAccount.name}`,
    },
  ]
  if (source?.kind === 'container_credentials' || hasPodIdentity(managed)) {
    found.unshift({
      reason: 'pod_identity_unused',
      message: `the role that EKS Pod Identity gives this pod does not count in a chain: containers with a target do not get it, and no chain begins with it; set ${key} on service account ${serviceAccount.name}`,
    })
  }
  return found
}

function hasPodIdentity(managed: ReadonlyMap<Container, ManagedParts>): boolean {
  return [...managed.values()].some(({ variables }) =>
    variables.some(({ name }) => name === FULL_URI_VARIABLE),
  )
}
