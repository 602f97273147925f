/** The method of EKS Pod Identity: an agent on the node gives credentials to a program that shows the pod's token. */
import type { ParityConfiguration } from '../configuration/configuration.ts'
import type { CredentialSource } from './parity.ts'
import { selectsWindows } from '../pod/pod.ts'
import { readExpiration } from '../formats/token-expiration.ts'
import { readTokenSettings, type Holder } from './web-identity.ts'
import { FULL_URI_VARIABLE, TOKEN_FILE_VARIABLE } from '../vocabulary/names.ts'

/** Credentials by EKS Pod Identity. */
export interface ContainerCredentials extends CredentialSource {
  readonly kind: 'container_credentials'
}

/** Upstream's default, whatever the flag says. */
const DEFAULT_EXPIRATION = 86_400
/** The tokens of pods that start together shall not end together. */
const JITTER_SECONDS = 7200

/** The source for a service account that the watched file lists; null for any other. `jitter` is in [0, 1). */
export function readContainerCredentials(
  holder: Holder,
  jitter: number,
  configuration: ParityConfiguration,
): ContainerCredentials | null {
  const { pod, namespace } = holder
  const { parity, parityAnnotationNames, podIdentities, podIdentityTokenFiles } = configuration
  if (podIdentities.size === 0) return null
  if (!podIdentities.has(`${namespace}/${pod.serviceAccountName}`)) return null
  const { audience, fullUri, tokenMountPath, tokenPath, tokenVolumeName } =
    parity.containerCredentials
  const { useRegionalSts, expirationSeconds } = readSettings(holder, configuration)
  const ownExpiration = readExpiration(pod.annotations[parityAnnotationNames['token-expiration']])
  const files = podIdentityTokenFiles
  return {
    kind: 'container_credentials',
    pair: [
      { name: FULL_URI_VARIABLE, value: fullUri },
      { name: TOKEN_FILE_VARIABLE, value: selectsWindows(pod) ? files.windows : files.linux },
    ],
    useRegionalSts,
    region: parity.defaultRegion,
    volumeName: tokenVolumeName,
    mountPath: tokenMountPath,
    token: {
      audience,
      expirationSeconds: spread(ownExpiration ?? expirationSeconds, jitter),
      path: tokenPath,
    },
  }
}

/**
 *   service account | key of the ConfigMap | regional STS and expiration
 *   --------------- | -------------------- | ---------------------------------------------------------
 *   known           | any                  | by its annotations, else by flags
 *   unknown         | the exact one        | by the ConfigMap; an expiration of 0 is the flag's
 *   unknown         | none, or a pattern   | not regional, and 86,400 s: upstream looks at no flag here
 */
function readSettings(
  { pod, namespace, serviceAccount }: Holder,
  configuration: ParityConfiguration,
): ReturnType<typeof readTokenSettings> {
  const { parity, roleMapping } = configuration
  if (serviceAccount !== undefined) {
    return readTokenSettings(serviceAccount.annotations, configuration)
  }
  const mapped = roleMapping.findExact(namespace, pod.serviceAccountName)
  if (mapped === undefined) return { useRegionalSts: false, expirationSeconds: DEFAULT_EXPIRATION }
  return {
    useRegionalSts: mapped.useRegionalSts,
    expirationSeconds: mapped.expirationSeconds ?? parity.tokenExpirationSeconds,
  }
}

/** The default becomes any of the last two hours before it, both ends included; what somebody chose stays. */
function spread(expirationSeconds: unknown, jitter: number): unknown {
  return expirationSeconds === DEFAULT_EXPIRATION
    ? DEFAULT_EXPIRATION - Math.floor(jitter * (JITTER_SECONDS + 1))
    : expirationSeconds
}
