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
