/** What the service account says about the token that its chains begin with. */
import { PARITY_DEFAULTS, type ParityConfiguration } from '../../configuration/configuration.ts'
import { readAnnotations } from '../../parity/web-identity.ts'
import type { ChainRequest } from './request.ts'

export interface StsTokenSettings {
  readonly audience: string
  readonly useRegionalSts: boolean
}

/** Its annotations count without a role of its own too; where the ConfigMap gives it one, only the ConfigMap does. */
export function readStsTokenSettings(
  { identity, sources }: Pick<ChainRequest, 'identity' | 'sources'>,
  configuration: ParityConfiguration,
): StsTokenSettings {
  const usual = configuration.parity.tokenAudience || PARITY_DEFAULTS.tokenAudience
  if (identity !== null) {
    const { useRegionalSts, token } = identity
    return { audience: token.audience || usual, useRegionalSts }
  }
  const told = readAnnotations(sources.serviceAccount.annotations, configuration)
  return { audience: told.audience || usual, useRegionalSts: told.useRegionalSts }
}
