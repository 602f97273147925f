/** Pods that somebody has forged: each is what the webhook admits with one thing changed. */
import { FORGED_POD_IDENTITY } from './forged-pod-identity.ts'
import { FORGED_PODS } from './forged-pods.ts'
import { FORGED_PROFILES } from './forged-profiles.ts'
import { FORGED_SIDECARS } from './forged-sidecars.ts'
import { FORGED_VARIABLES } from './forged-variables.ts'
import type { Forgeries, Rule } from './rules.ts'

/** By the rule that refuses them. */
export const FORGERIES: Readonly<Record<Rule, Forgeries>> = {
  ...FORGED_POD_IDENTITY,
  ...FORGED_PODS,
  ...FORGED_PROFILES,
  ...FORGED_SIDECARS,
  ...FORGED_VARIABLES,
}
