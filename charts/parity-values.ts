/** The chart's values about what EKS's own webhook does. */
import { z } from 'zod'
import { prefix, text, textOrNull } from './value-forms.ts'

/** The value `parity`. */
export const parity = z.strictObject({
  annotationPrefix: prefix.describe('Prefix of the annotations of parity mode.'),
  tokenAudience: text.describe('Audience of web identity tokens.'),
  tokenMountPath: z.string().regex(/^\//).describe('Where containers find the token.'),
  tokenExpirationSeconds: z.int().min(600).describe('Life of the token.'),
  defaultRegion: textOrNull.describe('Region for containers without one.'),
  useRegionalSts: z.boolean().describe('Whether SDKs use the regional endpoint of STS.'),
  watchConfigMap: z
    .boolean()
    .describe(
      "Whether the ConfigMap pod-identity-webhook in the release's namespace gives roles to service accounts.",
    ),
  composeRoleArn: z
    .boolean()
    .describe(
      'Whether a role-arn without `arn:` is the name or path of a role in the AWS account of the cluster.',
    ),
  awsAccountId: z
    .string()
    .regex(/^\d{12}$/)
    .nullish()
    .describe('That AWS account; null asks instance metadata.'),
  awsPartition: z
    .string()
    .regex(/^aws[a-z-]*$/)
    .nullish()
    .describe('Its partition; null means the one of the region, or aws.'),
  podIdentity: z.strictObject({
    identities: z
      .array(z.strictObject({ namespace: text, serviceAccount: text }))
      .describe(
        'Service accounts with EKS Pod Identity: `{namespace, serviceAccount}`. Their pods get it; a chain of one without a role begins with it.',
      ),
  }),
})
