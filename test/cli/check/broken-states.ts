/** States of a cluster in which one thing is broken, with the one line of `check` that has to fail, and its fix. */
import { KUBERNETES } from './broken/kubernetes.ts'
import { ISSUER } from './broken/issuer.ts'
import { WEBHOOK } from './broken/webhook.ts'
import { CERTIFICATE } from './broken/certificate.ts'
import { PODS } from './broken/pods.ts'
import { RULES } from './broken/rules.ts'
import type { BrokenState } from './broken/changes.ts'

/** By what is broken. */
export const BROKEN_STATES: Readonly<Record<string, BrokenState>> = {
  ...KUBERNETES,
  ...ISSUER,
  ...WEBHOOK,
  ...CERTIFICATE,
  ...PODS,
  ...RULES,
}
