/** The token that the chains begin with: of which audience, and who has one of that audience beside the sidecar. */
import { PARITY_DEFAULTS, type ParityConfiguration } from '../../configuration/configuration.ts'
import type { FoundSource } from '../../parity/credential-source.ts'
import { decideAgentUrl } from '../../parity/eks-webhook.ts'
import type { ChainRequest } from '../request/request.ts'
import { readStsTokenSettings } from '../request/sts-token-settings.ts'
import type { SidecarPlan } from './sidecar-plan.ts'

/** What follows from the source of the chains. */
export interface FirstToken extends Pick<SidecarPlan, 'podIdentity'> {
  /** What parity mode gives to containers without a target. */
  readonly source: FoundSource | null
  readonly stsAudience: string
  readonly useRegionalSts: boolean
}

/** `given` is what parity mode would give. */
export function decideFirstToken(
  request: Pick<ChainRequest, 'sources' | 'source' | 'identity'>,
  given: FoundSource | null,
  configuration: ParityConfiguration,
): FirstToken {
  const { audience, useRegionalSts } = readStsTokenSettings(request, configuration)
  const isOfAgent = request.source.kind === 'pod-identity'
  return {
    podIdentity: isOfAgent ? toPodIdentity(request, configuration) : null,
    // The token for the agent is the sidecar's alone: a container gets the association's role by a target.
    source: isOfAgent && given?.kind === 'container_credentials' ? null : given,
    stsAudience: audience,
    useRegionalSts,
  }
}

function toPodIdentity(
  { sources: { pod } }: Pick<ChainRequest, 'sources'>,
  configuration: ParityConfiguration,
): NonNullable<SidecarPlan['podIdentity']> {
  const { audience } = configuration.parity.containerCredentials
  return {
    agentUrl: decideAgentUrl(pod, configuration),
    audience: audience || PARITY_DEFAULTS.containerCredentials.audience,
  }
}
