/**
 * The session tags of EKS Pod Identity, made by the sidecar of what the pod's own fields and the cluster's
 * configuration say. They are worth what the variables are worth: the boundary's policies see to these, and no hop of
 * the configuration may have a tag of such a key. https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html
 */
import { type Hop, SIDECAR_VARIABLES, type SidecarConfiguration, type Target } from '../contract.ts'

/** By key: the variable with its value. All but the ARN have to be there; a cluster that is not of EKS has none. */
const VARIABLES = {
  'eks-cluster-arn': SIDECAR_VARIABLES.clusterArn,
  'eks-cluster-name': SIDECAR_VARIABLES.clusterName,
  'kubernetes-namespace': SIDECAR_VARIABLES.podNamespace,
  'kubernetes-service-account': SIDECAR_VARIABLES.serviceAccount,
  'kubernetes-pod-name': SIDECAR_VARIABLES.podName,
  'kubernetes-pod-uid': SIDECAR_VARIABLES.podUid,
} as const

type Environment = Readonly<Record<string, string | undefined>>

/** EKS has put its own on the session that its agent gives: a second time the call would fail. */
function isSending(configuration: SidecarConfiguration, environment: Environment): boolean {
  return configuration.source === undefined && Boolean(environment[SIDECAR_VARIABLES.clusterName])
}

/** What is missing where the tags are to be sent, one sentence each. */
export function attestedProblems(
  configuration: SidecarConfiguration,
  environment: Environment,
): readonly string[] {
  if (!isSending(configuration, environment)) return []
  return Object.entries(VARIABLES)
    .filter(([key, variable]) => key !== 'eks-cluster-arn' && !environment[variable])
    .map(
      ([key, variable]) =>
        `${variable}: is not set, and is to be sent as the session tag ${key}; set it from the downward API`,
    )
}

/**
 * The configuration with the tags on the first `AssumeRole` of each chain, transitive, so that all later sessions have
 * them. Web identity takes none, so a chain of one hop has none.
 */
export function withAttestedTags(
  configuration: SidecarConfiguration,
  environment: Environment,
): SidecarConfiguration {
  if (!isSending(configuration, environment)) return configuration
  const tags = Object.entries(VARIABLES).flatMap(([key, variable]) => {
    const value = environment[variable]
    return value ? [{ key, value, isTransitive: true } as const] : []
  })
  const tagged = (hop: Hop): Hop => ({ ...hop, sessionTags: [...(hop.sessionTags ?? []), ...tags] })
  const targets = Object.entries(configuration.targets).map(([name, target]): [string, Target] => [
    name,
    { ...target, chain: target.chain.map((hop, index) => (index === 1 ? tagged(hop) : hop)) },
  ])
  return { ...configuration, targets: Object.fromEntries(targets) }
}
