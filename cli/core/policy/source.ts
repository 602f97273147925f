/**
 * Where a chain begins: with a token that an OIDC provider vouches for, or with EKS, which assumes the role of an
 * association for the pod.
 */

/** An OIDC provider of the first role's AWS account vouches for a service account. */
export interface WebIdentitySource {
  readonly kind: 'web-identity'
  /** URL of the cluster's issuer. */
  readonly issuer: string
  readonly audience: string
  readonly namespace: string
  readonly serviceAccount: string
}

/** EKS assumes the role of an association. That role stands first among the hops, and is hop 0. */
export interface PodIdentitySource {
  readonly kind: 'pod-identity'
  readonly cluster: PodCluster
  readonly namespace: string
  readonly serviceAccount: string
  /** False where the association has `disableSessionTags`. */
  readonly hasTags: boolean
}

/** An EKS cluster, as far as it is known. */
export interface PodCluster {
  readonly arn?: string | undefined
  readonly name?: string | undefined
}

export type ChainSource = WebIdentitySource | PodIdentitySource

/** Who assumes the role of an association. */
export const EKS_PRINCIPAL = 'pods.eks.amazonaws.com'

/** The URL of an issuer as an OIDC provider has it: no slash at the end. */
export function toProviderUrl(issuer: string): string {
  return issuer.replace(/\/+$/, '')
}

/** How ARNs and condition keys call the provider of an issuer. */
export function toProviderName(issuer: string): string {
  return toProviderUrl(issuer).replace(/^https:\/\//, '')
}

/** How a token names a service account. */
export function toSubject({ namespace, serviceAccount }: WebIdentitySource): string {
  return `system:serviceaccount:${namespace}:${serviceAccount}`
}
