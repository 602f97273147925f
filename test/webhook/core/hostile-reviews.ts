/** All reviews that are made to keep the webhook busy, and how much each may cost. */
import { HOSTILE_KEYS } from './hostile/hostile-keys.ts'
import { HOSTILE_PROFILES } from './hostile/hostile-profiles.ts'
import { HOSTILE_SPECS } from './hostile/hostile-specs.ts'
import { HOSTILE_TEXTS } from './hostile/hostile-texts.ts'
import { HOSTILE_VALUES } from './hostile/hostile-values.ts'

/** An ordinary review takes about 0.07 ms, so this is 20 ms. */
export const ORDINARY_REVIEWS_AT_MOST = 300

/** By what keeps the webhook busy. */
export const HOSTILE_REVIEWS = {
  ...HOSTILE_TEXTS,
  ...HOSTILE_KEYS,
  ...HOSTILE_SPECS,
  ...HOSTILE_PROFILES,
  ...HOSTILE_VALUES,
}
