/**
 * EKS clusters of the world: what DescribeCluster shows of them, and the associations of EKS Pod Identity, which say
 * what role the pods of a service account get. Source: Amazon EKS API Reference, "CreateCluster" (names), "Cluster",
 * "CreatePodIdentityAssociation".
 */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { AccessEntry } from './access-entries.ts'
import type { AwsAccount } from './configuration.ts'

/** The role of a service account's pods. */
export interface PodIdentityAssociation {
  readonly id: string
  readonly arn: string
  readonly namespace: string
  readonly serviceAccount: string
  readonly roleArn: string
  /** "disableSessionTags": without the six tags of EKS. */
  readonly disableSessionTags: boolean
}

/** One cluster. */
export interface EksCluster {
  readonly arn: string
  readonly name: string
  readonly region: string
  /** The `iss` of its service account tokens. */
  readonly oidcIssuer: string
  /** URL of its API server; absent where nobody asks for it. */
  readonly endpoint: string | undefined
  /** PEM, in base64. */
  readonly certificateAuthority: string | undefined
  /** Scenarios change them. */
  podIdentityAssociations: readonly PodIdentityAssociation[]
  /** None at the start; CreateAccessEntry adds to them. */
  accessEntries: readonly AccessEntry[]
}

const association = z.strictObject({
  namespace: z.string().min(1),
  serviceAccount: z.string().min(1),
  roleArn: z.string(),
  disableSessionTags: z.boolean().default(false),
})

/** Associations as scripts write them. */
export const podIdentityAssociations = z.array(association)

const cluster = z.strictObject({
  region: z.string().default('us-east-1'),
  oidcIssuer: z.url({ protocol: /^https$/ }),
  endpoint: z.string().optional(),
  certificateAuthority: z.string().optional(),
  podIdentityAssociations: podIdentityAssociations.default([]),
})

/** By name, as the configuration has them. */
export const eksClusters = z
  .record(z.string().regex(/^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$/), cluster)
  .default({})

/** Associations with the IDs that EKS gives them; the same in every run. */
export function toAssociations(
  clusterArn: string,
  parsed: z.output<typeof podIdentityAssociations>,
): readonly PodIdentityAssociation[] {
  return parsed.map((one) => {
    const key = `${clusterArn}/${one.namespace}/${one.serviceAccount}`
    const id = `a-${createHash('sha256').update(key).digest('hex').slice(0, 17)}`
    return {
      ...one,
      id,
      arn: `${clusterArn.replace(':cluster/', ':podidentityassociation/')}/${id}`,
    }
  })
}

/** The clusters of an AWS account. */
export function toEksClusters(
  { partition, accountId }: { readonly partition: string; readonly accountId: string },
  parsed: z.output<typeof eksClusters>,
): readonly EksCluster[] {
  return Object.entries(parsed).map(([name, one]) => {
    const arn = `arn:${partition}:eks:${one.region}:${accountId}:cluster/${name}`
    return {
      arn,
      name,
      region: one.region,
      oidcIssuer: one.oidcIssuer,
      endpoint: one.endpoint,
      certificateAuthority: one.certificateAuthority,
      podIdentityAssociations: toAssociations(arn, one.podIdentityAssociations),
      accessEntries: [],
    }
  })
}

/** "The role must be in the same AWS account as the cluster": associations with roles that are not there. */
export function findUnknownRoles(accounts: ReadonlyMap<string, AwsAccount>): string[] {
  return [...accounts.values()].flatMap(({ roles, eksClusters: clusters }) =>
    clusters.flatMap(({ arn, podIdentityAssociations: associations }) =>
      associations
        .filter(({ roleArn }) => !roles.some((role) => role.arn === roleArn))
        .map(({ roleArn }) => `${arn}: its AWS account has no role ${roleArn}`),
    ),
  )
}
