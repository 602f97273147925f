/** What the author is told about the beginning of the chain. */
import type { AnnotationNames } from '../../configuration/configuration.ts'
import type { Container } from '../../pod/pod.ts'
import type { ManagedParts } from '../../parity/eks-webhook.ts'
import type { FoundSource } from '../../parity/credential-source.ts'
import type { ChainRequest } from '../request/request.ts'
import type { Finding } from '../../vocabulary/reasons.ts'
import type { Target } from '../../../../sidecar/contract.ts'
import { FARGATE_KEY, FULL_URI_VARIABLE } from '../../vocabulary/names.ts'

/** What {@link firstHopWarnings} looks at. */
export interface FirstHops {
  readonly request: Pick<ChainRequest, 'sources' | 'source' | 'identity'>
  readonly targets: ReadonlyMap<string, Target>
  /** What parity mode would give. */
  readonly source: FoundSource | null
  /** What EKS's webhook wrote into containers, and is taken away. */
  readonly managed: ReadonlyMap<Container, ManagedParts>
}

/** A chain without base role is valid, but only with an OIDC provider where few people have one. */
export function firstHopWarnings(
  facts: FirstHops,
  { annotationNames, parityAnnotationNames }: AnnotationNames,
): readonly Finding[] {
  const { request, targets, source, managed } = facts
  if (request.source.kind === 'pod-identity') return agentWarnings(request, annotationNames.source)
  const { serviceAccount } = request.sources
  const roles = [...new Set([...targets.values()].flatMap(({ chain }) => chain[0]?.roleArn ?? []))]
  const [first] = roles
  if (request.identity !== null || first === undefined) return []
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
      message: `the chain begins by web identity, because ${request.source.why}: the role that EKS Pod Identity gives this pod does not count, and containers with a target do not get it; set ${annotationNames.source} to pod-identity to begin with it`,
    })
  }
  return found
}

/** EKS marks pods for Fargate before we see them; Windows is refused anyhow. */
function agentWarnings(
  { sources: { pod } }: Pick<ChainRequest, 'sources'>,
  name: string,
): readonly Finding[] {
  const { labels, annotations } = pod
  if (labels[FARGATE_KEY] === undefined && annotations[FARGATE_KEY] === undefined) return []
  const message = `the pod runs on Fargate, where no agent of EKS Pod Identity is, so that it will get no credentials; set ${name} to web-identity, or run it on EC2 nodes`
  return [{ reason: 'no_agent_on_fargate', message }]
}

function hasPodIdentity(managed: ReadonlyMap<Container, ManagedParts>): boolean {
  return [...managed.values()].some(({ variables }) =>
    variables.some(({ name }) => name === FULL_URI_VARIABLE),
  )
}
