/** The hop that a chain begins with: by web identity, or by EKS for an association of EKS Pod Identity. */
import { accountOf, parseRoleArn, toProviderArn, toSessionArn } from '../../../iam/arn.ts'
import { neededActions, type SessionRequest } from '../../../iam/assume-role.ts'
import type { Hop } from '../../../sidecar/contract.ts'
import {
  toProviderName,
  toProviderUrl,
  toSubject,
  type PodIdentitySource,
  type WebIdentitySource,
} from './source.ts'
import type { ChainSession, PodIdentityStep, Tag, WebIdentityStep } from './steps.ts'

/** STS's own default. */
export const DEFAULT_DURATION_SECONDS = 3600

/** The session that a hop gives. */
export function toSession(
  { roleArn, sessionPolicy }: Hop,
  request: SessionRequest,
  inherited: { readonly tags: readonly Tag[]; readonly transitiveTagKeys: readonly string[] },
): ChainSession {
  const role = parseRoleArn(roleArn) ?? { partition: 'aws', accountId: '', name: roleArn }
  return {
    roleArn,
    arn: toSessionArn(role, request.sessionName),
    sourceIdentity: request.sourceIdentity,
    tags: [...inherited.tags, ...request.tags],
    transitiveTagKeys: [...inherited.transitiveTagKeys, ...request.transitiveTagKeys],
    sessionPolicy,
  }
}

const NOTHING_INHERITED = { tags: [], transitiveTagKeys: [] }

/** By the token of the source. */
export function toWebIdentityStep(
  hop: Hop,
  request: SessionRequest,
  source: WebIdentitySource,
): WebIdentityStep {
  const name = toProviderName(source.issuer)
  const partition = parseRoleArn(hop.roleArn)?.partition ?? 'aws'
  return {
    kind: 'web_identity',
    hop: 1,
    roleArn: hop.roleArn,
    provider: {
      url: toProviderUrl(source.issuer),
      name,
      arn: toProviderArn({ partition, accountId: accountOf(hop.roleArn), name }),
    },
    audience: source.audience,
    subject: toSubject(source),
    actions: ['sts:AssumeRoleWithWebIdentity'],
    request,
    durationSeconds: hop.durationSeconds ?? DEFAULT_DURATION_SECONDS,
    session: toSession(hop, request, NOTHING_INHERITED),
  }
}

/**
 * The six tags that EKS attests: https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html. What is not known
 * stays a placeholder.
 */
function attestedTags(
  { cluster, namespace, serviceAccount }: PodIdentitySource,
  placeholders: Readonly<Record<string, string>>,
): readonly Tag[] {
  return [
    ['eks-cluster-arn', cluster.arn ?? '{clusterArn}'],
    ['eks-cluster-name', cluster.name ?? '{cluster}'],
    ['kubernetes-namespace', namespace],
    ['kubernetes-service-account', serviceAccount],
    ['kubernetes-pod-name', placeholders['{pod}'] ?? '{pod}'],
    ['kubernetes-pod-uid', placeholders['{podUid}'] ?? '{podUid}'],
  ]
}

/** Another one for each session: `eks-`, some characters of cluster and pod, and a UUID. */
const EKS_SESSION_NAME = 'eks-{cluster}-{pod}-{uuid}'

/** By EKS, for the pod of an association with this role. */
export function toPodIdentityStep(
  { roleArn }: Hop,
  source: PodIdentitySource,
  placeholders: Readonly<Record<string, string>>,
): PodIdentityStep {
  const tags = source.hasTags ? attestedTags(source, placeholders) : []
  const request: SessionRequest = {
    sessionName: EKS_SESSION_NAME,
    externalId: undefined,
    sourceIdentity: undefined,
    tags,
    transitiveTagKeys: tags.map(([key]) => key),
  }
  return {
    kind: 'pod_identity',
    hop: 0,
    roleArn,
    source,
    actions: neededActions({ hasTags: tags.length > 0, hasSourceIdentity: false }),
    request,
    durationSeconds: DEFAULT_DURATION_SECONDS,
    session: toSession({ roleArn }, request, NOTHING_INHERITED),
  }
}
