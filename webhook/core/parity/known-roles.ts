/** What is known of service accounts, in the form of the upstream webhook's debug handler. */
import type { ParityConfiguration } from '../configuration/configuration.ts'
import type { ServiceAccount } from '../vocabulary/service-account.ts'
import { readAnnotations } from './web-identity.ts'

/** By `namespace/name`, in order. */
export type KnownRoles = Readonly<
  Record<
    string,
    {
      /** Empty where the annotations give none. */
      readonly RoleARN: string
      readonly Audience: string
      readonly UseRegionalSTS: boolean
      readonly TokenExpiration: unknown
    }
  >
>

/** What annotations and flags make of each service account. */
export function describeRoles(
  serviceAccounts: Iterable<ServiceAccount>,
  configuration: ParityConfiguration,
): KnownRoles {
  const entries = [...serviceAccounts].map(({ namespace, name, annotations }) => {
    const { roleArn, audience, useRegionalSts, expirationSeconds } = readAnnotations(
      annotations,
      configuration,
    )
    const entry = {
      RoleARN: roleArn,
      Audience: audience,
      UseRegionalSTS: useRegionalSts,
      TokenExpiration: expirationSeconds,
    }
    return [`${namespace}/${name}`, entry] as const
  })
  return Object.fromEntries(entries.sort(([left], [right]) => (left < right ? -1 : 1)))
}
