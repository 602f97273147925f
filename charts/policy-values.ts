/** What the chart's values say of policies inside the API server. */
import { z } from 'zod'

export const guard = z.strictObject({
  enabled: z
    .boolean()
    .describe(
      'Whether policies inside the API server keep everybody out of the sidecars of running pods.',
    ),
})

export const neverWithoutRole = z.strictObject({
  enabled: z
    .boolean()
    .describe(
      'Whether pods of service accounts with the label `rolechain.io/chain: "true"` are refused when nobody has given them the role.',
    ),
})

export const boundary = z.strictObject({
  mode: z
    .union([z.enum(['off', 'namespaces', 'cluster']), z.literal(false)])
    .describe(
      'Where a token for AWS exists only in the sidecar: nowhere, in namespaces with the label `rolechain.io/boundary: enforce`, or in all but `excludedNamespaces`.',
    ),
  enforce: z
    .boolean()
    .describe(
      'Whether what breaks the boundary is refused; `false` only warns, and marks it in the audit log.',
    ),
  sidecarImages: z
    .array(z.string().min(1))
    .describe('Images that a sidecar may have beside `configuration.sidecar.image`.'),
  audiences: z
    .array(z.string().min(1))
    .describe(
      'Audiences of tokens that AWS takes, beside those of AWS and `parity.tokenAudience`.',
    ),
})
