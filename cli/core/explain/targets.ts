/** The hops of a target: which role each is, what is sent along, where it comes from, and what has to allow it. */
import { accountOf } from '../../../iam/arn.ts'
import { SIDECAR_VARIABLES, type Hop } from '../../../sidecar/contract.ts'
import { withAttestedTags } from '../../../sidecar/core/attested-tags.ts'
import type { Hash } from '../../../sidecar/core/chain/template.ts'
import { readStsTokenSettings } from '../../../webhook/core/chain/request/sts-token-settings.ts'
import type { TargetRequest } from '../../../webhook/core/chain/request/targets.ts'
import type { Configuration } from '../../../webhook/core/configuration/configuration.ts'
import type { ServiceAccountLookup } from '../../../webhook/core/vocabulary/service-account.ts'
import type { Workload } from '../inject/inject.ts'
import type { Judgement } from '../judgement/judgement.ts'
import type { ChainSource } from '../policy/source.ts'
import type { Step } from '../policy/steps.ts'
import { toSteps } from '../policy/walk.ts'
import { ASSOCIATED_ROLE_NAME, neededOf, type Needed } from './needed.ts'

/** One role assumed. */
export interface ExplainedHop {
  readonly hop: number
  readonly call: 'AssumeRoleWithWebIdentity' | 'AssumeRole'
  readonly roleArn: string
  readonly awsAccount: string
  /** Where the hop comes from: an annotation, the service account, a line of the configuration. */
  readonly by: string
  readonly sessionName: string
  readonly externalId?: string
  readonly sourceIdentity?: string
  /** Those that the session has: its own, and inherited ones. */
  readonly tags: Readonly<Record<string, string>>
  readonly hasSessionPolicy: boolean
  readonly durationSeconds: number
  readonly needed: readonly Needed[]
}

export interface ExplainedTarget {
  readonly name: string
  /** What asks for it. */
  readonly by: string
  readonly region: string | null
  /** None where it is the role of the association in EKS Pod Identity itself. */
  readonly hops: readonly ExplainedHop[]
}

/** What explaining takes beside the judgement. */
export interface Circumstances {
  readonly configuration: Configuration
  readonly lookup: ServiceAccountLookup
  /** URL of the cluster's OIDC issuer. */
  readonly issuer: string
  /** What is known of the placeholders, such as the name of a pod that runs. */
  readonly placeholders: Readonly<Record<string, string>>
  readonly hash: Hash
}

/**
 * All hops as STS gets them. With EKS Pod Identity the session of its agent is the first, with tags that are inherited
 * from there; elsewhere the sidecar sends the same, where the configuration says so.
 */
function hopsOf(
  { chain }: TargetRequest,
  { workload, isOfAgent }: { readonly workload: Workload; readonly isOfAgent: boolean },
  { configuration: { settings }, placeholders }: Circumstances,
): readonly Hop[] {
  if (isOfAgent) return [ASSOCIATED, ...chain]
  if (settings.sessionTags !== 'attested') return chain
  const environment = {
    [SIDECAR_VARIABLES.clusterName]: settings.clusterName ?? '{cluster}',
    [SIDECAR_VARIABLES.clusterArn]: settings.clusterArn ?? '{clusterArn}',
    [SIDECAR_VARIABLES.podNamespace]: workload.namespace,
    [SIDECAR_VARIABLES.serviceAccount]: workload.serviceAccountName,
    [SIDECAR_VARIABLES.podName]: placeholders['{pod}'] ?? '{pod}',
    [SIDECAR_VARIABLES.podUid]: '{podUid}',
  }
  const { targets } = withAttestedTags({ targets: { it: { chain } }, port: 0 }, environment)
  return targets['it']?.chain ?? chain
}

/** In the place of the session that the agent gives; its role is known to EKS only. */
const ASSOCIATED = { roleArn: ASSOCIATED_ROLE_NAME }

function toSource(
  { workload, judgement: { request } }: Explained,
  { issuer, configuration }: Circumstances,
): ChainSource {
  const { settings, parity } = configuration
  const whose = { namespace: workload.namespace, serviceAccount: workload.serviceAccountName }
  if (request?.source.kind === 'pod-identity') {
    const { clusterArn, clusterName } = settings
    const cluster = { arn: clusterArn ?? undefined, name: clusterName ?? undefined }
    return { kind: 'pod-identity', cluster, hasTags: true, ...whose }
  }
  return {
    kind: 'web-identity',
    issuer,
    audience: request
      ? readStsTokenSettings(request, configuration).audience
      : parity.tokenAudience,
    ...whose,
  }
}

/** A workload and what the webhook makes of its pods. */
interface Explained {
  readonly workload: Workload
  readonly judgement: Judgement
}

/** One target with its hops. */
export function explainTarget(
  target: TargetRequest,
  { workload, judgement }: Explained,
  circumstances: Circumstances,
): ExplainedTarget {
  const { plan, request } = judgement
  const { configuration, placeholders, hash } = circumstances
  const source = toSource({ workload, judgement }, circumstances)
  const isOfAgent = source.kind === 'pod-identity'
  const steps = toSteps(
    {
      source,
      hops: hopsOf(target, { workload, isOfAgent }, circumstances),
      sessionName: request?.sessionName ?? '',
      placeholders,
    },
    hash,
  )
  return {
    name: target.name,
    by: askedBy(target),
    region: target.region ?? plan?.region ?? null,
    hops: steps
      .slice(isOfAgent ? 1 : 0)
      .map((step) => explainHop(step, target, { judgement, configuration })),
  }
}

/** With its value where that is a line. */
function askedBy({ annotation: { label, value } }: TargetRequest): string {
  return value.trim().includes('\n') ? label : `${label}: ${value.trim()}`
}

function explainHop(
  step: Step,
  target: TargetRequest,
  {
    judgement,
    configuration,
  }: Pick<Circumstances, 'configuration'> & { readonly judgement: Judgement },
): ExplainedHop {
  const { request, session } = step
  const isBaseRole =
    step.kind === 'web_identity' && judgement.request?.identity?.roleArn === step.roleArn
  const { externalId, sourceIdentity } = request
  return {
    hop: step.hop,
    call: step.kind === 'web_identity' ? 'AssumeRoleWithWebIdentity' : 'AssumeRole',
    roleArn: step.roleArn,
    awsAccount: accountOf(step.roleArn),
    by: isBaseRole
      ? `the service account, by ${configuration.parityAnnotationNames['role-arn']}`
      : decidedBy(target, configuration),
    sessionName: request.sessionName,
    ...(externalId === undefined ? {} : { externalId }),
    ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
    tags: Object.fromEntries(session.tags),
    hasSessionPolicy: session.sessionPolicy !== undefined,
    durationSeconds: step.durationSeconds,
    needed: neededOf(step),
  }
}

/** A named chain stands in the configuration; whatever else is asked for stands where it is asked. */
function decidedBy({ annotation }: TargetRequest, { annotationNames }: Configuration): string {
  const [name] = annotation.label.split(' ')
  return name === annotationNames.target
    ? `the configuration, chains.${annotation.value}`
    : annotation.label
}
