/** From flags to the settings of parity mode. */
import type { ParitySettings } from '../core/configuration/configuration.ts'
import { partitionOf } from '../../sidecar/contract.ts'
import type { AwsAccount } from '../core/formats/role-arn.ts'
import type { FlagValues } from './flags.ts'

/**
 * The settings; `fetchAwsAccount` is asked where names of roles are to be completed and no flag says in which AWS
 * account.
 */
export async function readParitySettings(
  values: FlagValues,
  fetchAwsAccount: () => Promise<AwsAccount>,
): Promise<ParitySettings> {
  return {
    annotationPrefix: values['annotation-prefix'],
    tokenAudience: values['token-audience'],
    tokenMountPath: values['token-mount-path'],
    tokenExpirationSeconds: values['token-expiration'],
    defaultRegion: values['aws-default-region'],
    useRegionalSts: values['sts-regional-endpoint'],
    roleArnAccount: values['compose-role-arn']
      ? (readAwsAccount(values) ?? (await fetchAwsAccount()))
      : null,
    containerCredentials: {
      audience: values['container-credentials-audience'],
      tokenMountPath: values['container-credentials-token-mount-path'],
      tokenVolumeName: values['container-credentials-token-volume-name'],
      tokenPath: values['container-credentials-token-path'],
      fullUri: values['container-credentials-full-uri'],
    },
  }
}

function readAwsAccount(values: FlagValues): AwsAccount | undefined {
  const id = values['aws-account-id']
  if (id === '') return undefined
  return {
    id,
    partition: values['aws-partition'] || partitionOf(values['aws-default-region']).name,
  }
}
