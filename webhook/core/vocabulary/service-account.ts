/** What is known of a pod's service account, and how well. */

export interface ServiceAccount {
  readonly namespace: string
  readonly name: string
  readonly annotations: Readonly<Record<string, string>>
  /**
   * It has annotations, and not the label {@link CHAIN_LABEL}: all that is kept of labels, and nothing for most service
   * accounts.
   */
  readonly lacksChainLabel?: true
}

/**
 * The answer to "which service account does this pod run as?".
 *
 *   found   | the object, from the cache or read from the API for this review
 *   missing | the API said 404
 *   unknown | no answer in time; `why` says what went wrong
 */
export type ServiceAccountLookup =
  | { readonly kind: 'found'; readonly serviceAccount: ServiceAccount }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unknown'; readonly why: string }

/**
 * What happens to a pod whose service account is unknown, when the pod itself asks for no target. It may have a chain
 * by its service account, and would run without it.
 */
export type UnknownMeans = 'refuse' | 'admit'
