/**
 * Three-valued logic (Kleene's): whether something holds, when a part of what it depends on was not told. It is what
 * keeps an unknown condition key or operator from ever passing for "yes" or for "no".
 */

/** Whether something holds. `unknown`: what was told is not enough to say so. */
export type Truth = 'yes' | 'no' | 'unknown'

/** `yes` or `no`. */
export function toTruth(holds: boolean): Truth {
  return holds ? 'yes' : 'no'
}

/** The opposite; of the unknown it is unknown. */
export function not(truth: Truth): Truth {
  if (truth === 'unknown') return 'unknown'
  return truth === 'yes' ? 'no' : 'yes'
}

/** Whether one of several holds; of none, `no`. */
export function anyOf(truths: readonly Truth[]): Truth {
  if (truths.includes('yes')) return 'yes'
  return truths.includes('unknown') ? 'unknown' : 'no'
}

/** Whether all of several hold; of none, `yes`. */
export function allOf(truths: readonly Truth[]): Truth {
  if (truths.includes('no')) return 'no'
  return truths.includes('unknown') ? 'unknown' : 'yes'
}
