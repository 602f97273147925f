/**
 * From what people ask for to chains: annotations are read by the webhook's own core, so that a chain here is the chain
 * that a pod would get, or is refused with the same words.
 */
import type { Target } from '../../../sidecar/contract.ts'
import { SIDECAR_VARIABLES } from '../../../sidecar/contract.ts'
import { withAttestedTags } from '../../../sidecar/core/attested-tags.ts'
import { readChainRequest, type ChainRequest } from '../../../webhook/core/chain/request/request.ts'
import type { Configuration } from '../../../webhook/core/configuration/configuration.ts'
import { readPod } from '../../../webhook/core/pod/pod.ts'
import type { ChainKey } from '../../../webhook/core/vocabulary/keys.ts'
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

/** What a chain depends on beside the request. */
export interface ChainSurroundings {
  /** Of the cluster. */
  readonly issuer: string
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
  if (settings.sessionTags !== 'attested') return chains
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

/** The chains of a request without problems. */
export function toChains(
  request: ChainRequest,
  surroundings: ChainSurroundings,
): readonly NamedChain[] {
  const { sources, identity, sessionName } = request
  const { issuer, configuration, pod } = surroundings
  const audience =
    surroundings.audience ?? (identity?.token.audience || configuration.parity.tokenAudience)
  const source = {
    issuer,
    audience,
    namespace: sources.namespace,
    serviceAccount: sources.serviceAccount.name,
  }
  return Object.entries(withTags(request, surroundings)).map(([target, { chain }]) => ({
    target,
    source,
    hops: chain,
    sessionName,
    ...(pod !== undefined && { placeholders: { '{pod}': pod } }),
  }))
}
