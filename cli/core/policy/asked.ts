/**
 * From what people ask for to chains: annotations are read by the webhook's own core, so that a chain here is the chain
 * that a pod would get, or is refused with the same words.
 */
import type { Target } from '../../../sidecar/contract.ts'
import { SIDECAR_VARIABLES } from '../../../sidecar/contract.ts'
import { withAttestedTags } from '../../../sidecar/core/attested-tags.ts'
import { readChainRequest, type ChainRequest } from '../../../webhook/core/chain/request/request.ts'
import { readStsTokenSettings } from '../../../webhook/core/chain/request/sts-token-settings.ts'
import type { Configuration } from '../../../webhook/core/configuration/configuration.ts'
import { readPod } from '../../../webhook/core/pod/pod.ts'
import type { ChainKey } from '../../../webhook/core/vocabulary/keys.ts'
import type { ChainSource, PodCluster } from './source.ts'
import type { Chain } from './walk.ts'

/** A chain as options of a command line name it. */
export interface AskedChain {
  readonly namespace: string
  readonly serviceAccount: string
  /** Of the service account. */
  readonly baseRole: string | undefined
  /** Undefined: any pod. */
  readonly pod: string | undefined
  /** By the annotation that says it. */
  readonly annotations: Readonly<Partial<Record<ChainKey, string>>>
}

/** What a pod with these annotations would be read as. */
export function readAsked(asked: AskedChain, configuration: Configuration): ChainRequest {
  const { annotationNames, parityAnnotationNames } = configuration
  const annotations = Object.entries(asked.annotations).map(([key, value]) => [
    annotationNames[key as ChainKey],
    value,
  ])
  const pod = readPod({
    metadata: { name: asked.pod ?? '', annotations: Object.fromEntries(annotations) },
    spec: { serviceAccountName: asked.serviceAccount, containers: [{ name: 'app' }] },
  })
  if (pod === null) throw new Error('A pod with a spec is a pod.')
  const { namespace, serviceAccount: name, baseRole } = asked
  const ofServiceAccount =
    baseRole === undefined ? {} : { [parityAnnotationNames['role-arn']]: baseRole }
  const serviceAccount = { namespace, name, annotations: ofServiceAccount }
  return readChainRequest({ pod, namespace, serviceAccount, jitter: 0 }, configuration)
}

/** A chain with the name of its target. */
export interface NamedChain extends Chain {
  readonly target: string
}

/** An association of EKS Pod Identity. */
export interface Association {
  readonly roleArn: string
  readonly cluster: PodCluster
  readonly hasTags: boolean
}

/** What a chain depends on beside the request. */
export interface ChainSurroundings {
  /** Of the cluster. Of no matter where the chains begin with EKS Pod Identity. */
  readonly issuer: string
  /** Of the service account, where the chains begin with it. */
  readonly association?: Association | undefined
  readonly configuration: Configuration
  /** Over that of service account and configuration. */
  readonly audience?: string | undefined
  /** Undefined: any pod. */
  readonly pod?: string | undefined
}

function withTags(
  request: ChainRequest,
  { configuration, pod }: ChainSurroundings,
): Readonly<Record<string, Target>> {
  const { sources, targets } = request
  const { settings } = configuration
  const chains = Object.fromEntries(targets.map(({ name, chain }) => [name, { chain }]))
  // EKS has put its own on the session that its agent gives.
  if (settings.sessionTags !== 'attested' || request.source.kind === 'pod-identity') return chains
  return withAttestedTags(
    { targets: chains, port: 0 },
    {
      [SIDECAR_VARIABLES.clusterName]: settings.clusterName ?? '',
      [SIDECAR_VARIABLES.clusterArn]: settings.clusterArn ?? '',
      [SIDECAR_VARIABLES.podNamespace]: sources.namespace,
      [SIDECAR_VARIABLES.serviceAccount]: sources.serviceAccount.name,
      [SIDECAR_VARIABLES.podName]: pod ?? '{pod}',
      [SIDECAR_VARIABLES.podUid]: '{podUid}',
    },
  ).targets
}

function toSource(request: ChainRequest, surroundings: ChainSurroundings): ChainSource {
  const { namespace, serviceAccount } = request.sources
  const { issuer, configuration, association } = surroundings
  const whose = { namespace, serviceAccount: serviceAccount.name }
  if (association !== undefined) {
    const { cluster, hasTags } = association
    return { kind: 'pod-identity', cluster, hasTags, ...whose }
  }
  return {
    kind: 'web-identity',
    issuer,
    audience: surroundings.audience ?? readStsTokenSettings(request, configuration).audience,
    ...whose,
  }
}

/** The chains of a request without problems. */
export function toChains(
  request: ChainRequest,
  surroundings: ChainSurroundings,
): readonly NamedChain[] {
  const { association, pod } = surroundings
  const first = association === undefined ? [] : [{ roleArn: association.roleArn }]
  return Object.entries(withTags(request, surroundings)).map(([target, { chain }]) => ({
    target,
    source: toSource(request, surroundings),
    hops: [...first, ...chain],
    sessionName: request.sessionName,
    ...(pod !== undefined && { placeholders: { '{pod}': pod } }),
  }))
}
