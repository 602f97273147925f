/** Which of the two methods of EKS's webhook gives a pod its credentials. */
import type { ParityConfiguration } from '../configuration/configuration.ts'
import { readContainerCredentials, type ContainerCredentials } from './container-credentials.ts'
import { readWebIdentity, type Holder, type WebIdentity } from './web-identity.ts'

/** The source by either method. */
export type FoundSource = ContainerCredentials | WebIdentity

/**
 * EKS Pod Identity where the watched file lists the service account; else its role; else null. `jitter` is in [0, 1).
 */
export function readCredentialSource(
  holder: Holder,
  jitter: number,
  configuration: ParityConfiguration,
): FoundSource | null {
  return (
    readContainerCredentials(holder, jitter, configuration) ??
    readWebIdentity(holder, configuration)
  )
}
