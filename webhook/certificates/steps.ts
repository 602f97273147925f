/**
 * What a replica of the webhook does next about the certificates that all replicas share, given only facts. A pair is a
 * leaf with its key and the authority that signed this leaf and nothing else, ever: the authority's own key is not
 * kept. So there is one kind of rotation, and a rotation is: the next pair stands in the Secret, its authority comes
 * into every caBundle, and only then is its leaf served.
 */

/** A serving certificate with all that belongs to it; PEM texts. */
export interface Pair {
  readonly certificate: string
  /** Secret. */
  readonly key: string
  readonly authority: string
  /** Of the leaf and of its authority. */
  readonly expiresAtMs: number
  readonly dnsNames: readonly string[]
}

/** What the Secret holds; undefined also where it holds what cannot be used. */
export interface Held {
  readonly current: Pair | undefined
  /** Made, and not served by anyone until every caBundle holds its authority. */
  readonly next: Pair | undefined
}

export interface Authority {
  readonly certificate: string
  readonly expiresAtMs: number
}

/** One webhook of one of our webhook configurations, with what its caBundle holds. */
export interface Entry {
  /** Kind and name of the configuration. */
  readonly configuration: string
  readonly name: string
  readonly authorities: readonly Authority[]
  /** Whether the caBundle also holds what is no certificate. */
  readonly isDamaged: boolean
}

/** What the caBundle of an entry is to hold. */
export interface Bundle {
  readonly configuration: string
  readonly name: string
  readonly certificates: readonly string[]
}

export interface Facts {
  readonly nowMs: number
  /** What the API server calls the webhook by: a leaf without it is of no use. */
  readonly dnsName: string
  /** How long before the end of a pair the next one is made. */
  readonly renewBeforeMs: number
  /** Read after `entries`: so no bundle that is read can be newer than what is known of the Secret. */
  readonly held: Held
  /** What this replica serves. */
  readonly serving: Pair | undefined
  readonly entries: readonly Entry[]
  /**
   * The entries some seconds ago, if this replica looked: API servers need a moment until they go by a new caBundle.
   */
  readonly entriesBefore: readonly Entry[] | undefined
}

export type Step =
  | { readonly kind: 'serve'; readonly pair: Pair }
  | { readonly kind: 'trust'; readonly bundles: readonly Bundle[] }
  | { readonly kind: 'store'; readonly held: Held }
  /** Make a pair and store it so; what else the Secret holds stays only beside a `next`. */
  | { readonly kind: 'make'; readonly as: 'current' | 'next' }
  | { readonly kind: 'rest' }

/**
 * The next step; after it, all facts are to be read anew.
 *
 *   first that applies                                                        | step
 *   ------------------------------------------------------------------------- | -----------------------------------------
 *   the current pair is not the one served, and every caBundle can verify it  | serve it
 *   a caBundle lacks what is current, next or served; or holds what is over   | trust: add and clear
 *   no current pair, but this replica serves one (the Secret was lost)        | store what is served as current
 *   no current pair, but a next one                                           | store it as current
 *   no pair at all                                                            | make the current one
 *   a next pair that every caBundle can verify                                | store it as current
 *   the current pair ends soon, and there is no next one                      | make the next one
 *   otherwise                                                                 | rest
 *
 * Pairs that have ended or lack `dnsName` count as none. What somebody trusts is taken from a caBundle only when it has
 * ended: whichever replica is behind, its leaf is verified as long as it is valid.
 */
export function decideStep(facts: Facts): Step {
  const current = usable(facts.held.current, facts)
  if (current !== undefined && canServe(current, facts)) return { kind: 'serve', pair: current }
  const bundles = decideBundles(facts)
  if (bundles.length > 0) return { kind: 'trust', bundles }
  return current === undefined ? decideRescue(facts) : decideRenewal(facts, current)
}

/** Whether every entry's caBundle verifies the pair's leaf. False when nobody has looked yet. */
export function canVerify(entries: readonly Entry[] | undefined, pair: Pair): boolean {
  return (
    entries?.every(({ authorities }) =>
      authorities.some(({ certificate }) => certificate === pair.authority),
    ) ?? false
  )
}

function canServe(pair: Pair, { serving, entries, entriesBefore }: Facts): boolean {
  if (serving?.certificate === pair.certificate || !canVerify(entries, pair)) return false
  // Who serves nothing yet gets no requests in its first moments: there is nothing to wait for.
  return serving === undefined || canVerify(entriesBefore, pair)
}

function decideRescue(facts: Facts): Step {
  const served = usable(facts.serving, facts)
  const next = usable(facts.held.next, facts)
  if (served !== undefined) return { kind: 'store', held: { current: served, next } }
  return next === undefined ? { kind: 'make', as: 'current' } : promote(next)
}

function decideRenewal(facts: Facts, current: Pair): Step {
  const next = usable(facts.held.next, facts)
  if (next === undefined) {
    const isEnding = facts.nowMs >= current.expiresAtMs - facts.renewBeforeMs
    return isEnding ? { kind: 'make', as: 'next' } : { kind: 'rest' }
  }
  const isTrusted = canVerify(facts.entries, next) && canVerify(facts.entriesBefore, next)
  return isTrusted ? promote(next) : { kind: 'rest' }
}

function promote(next: Pair): Step {
  return { kind: 'store', held: { current: next, next: undefined } }
}

function usable(pair: Pair | undefined, { nowMs, dnsName }: Facts): Pair | undefined {
  return pair !== undefined && pair.expiresAtMs > nowMs && pair.dnsNames.includes(dnsName)
    ? pair
    : undefined
}

function decideBundles({ nowMs, held, serving, entries }: Facts): Bundle[] {
  // A pair for another name may be another replica's, whose flags are about to change with a new version.
  const needed = [held.current, held.next, serving].flatMap((pair) =>
    pair !== undefined && pair.expiresAtMs > nowMs ? [pair.authority] : [],
  )
  // Before there is a pair, a caBundle is not ours to judge.
  if (needed.length === 0) return []
  return entries.flatMap(({ configuration, name, authorities, isDamaged }) => {
    const kept = authorities.filter(({ expiresAtMs }) => expiresAtMs > nowMs)
    const certificates = [...new Set([...kept.map(({ certificate }) => certificate), ...needed])]
    const isRight = kept.length === authorities.length && certificates.length === kept.length
    return isRight && !isDamaged ? [] : [{ configuration, name, certificates }]
  })
}
