/** The schema of what the configuration file says of the sidecar: image, user, resources, and the way to STS. */
import * as z from 'zod'
import { DEFAULT_PORT, LOG_LEVELS } from '../../../sidecar/contract.ts'
import { FORMS } from '../formats/json-schema.ts'
import { quantityProblem } from '../formats/limits.ts'

const quantity = z
  .string()
  .superRefine((text, context) => {
    const problem = quantityProblem(text)
    if (problem !== null) context.addIssue(problem)
  })
  .meta(FORMS.quantity)
/** In the spelling in which it is passed on: with the schema in small letters, and the host without spaces or user. */
const URL_FORM = /^https?:\/\/(?:[\w.-]+|\[[0-9a-fA-F:.]+\])(?::\d{1,5})?(?:[/?#][^\t\n\r @]*)?$/
const secretName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/, 'is not the name of a Secret')
const url = z
  .string()
  .refine(
    (text) => !text.includes('@'),
    'has a user name or password, which everybody could read in the spec of every pod; use a URL without',
  )
  .refine(
    (text) => URL_FORM.test(text) && URL.canParse(text),
    'is not a URL that begins with http:// or https://',
  )
  .meta({ pattern: URL_FORM.source })
const port = z.int().min(1024, 'is below 1024, where only root may listen').max(65535)
const id = z.int().min(1, 'is root, which the sidecar does not run as').max(2_147_483_647)

/** `sidecar` of the configuration file, field by field; what two fields say together is checked with the whole. */
export const sidecarSchema = z.strictObject({
  image: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('Image of the sidecar. Without it, pods that ask for a target are denied.'),
  imagePullPolicy: z
    .enum(['Always', 'IfNotPresent', 'Never'])
    .nullable()
    .default(null)
    .describe('Its pull policy; null leaves it to Kubernetes.'),
  imagePullSecrets: z
    .array(z.union([secretName, z.strictObject({ name: secretName })]))
    .default([])
    .describe(
      'Secrets for its registry, as `name` or `{name: …}`, which pods with a target get on top; they have to be in the namespaces of the pods.',
    ),
  command: z
    .array(z.string().min(1))
    .min(1)
    .default(['/nodejs/bin/node', '/app/sidecar.cjs'])
    .describe("The image's program, which the gate's probe runs with the argument `probe`."),
  user: id
    .nullable()
    .default(65532)
    .describe('uid of the sidecar; null leaves it out, for OpenShift.'),
  group: id.nullable().default(65532).describe('gid of the sidecar; null leaves it out.'),
  useUserOfPod: z
    .boolean()
    .default(false)
    .describe(
      'Run as the uid that all containers of the pod share, if they share one and that is safe, so that tokens keep mode 0600.',
    ),
  logLevel: z.enum(LOG_LEVELS).default('info').describe('Log level of the sidecar.'),
  port: port.default(DEFAULT_PORT).describe("Port of the endpoint on the pod's loopback."),
  metricsPort: port
    .nullable()
    .default(null)
    .describe('Port of Prometheus metrics; null means none.'),
  // As `npm run bench` measures it. Cpu: a refresh takes 160 ms, once in half an hour, which is 0.1m; 10m is for the
  // calls between. At a limit of 250m the first credentials are there after 1.2 s, of the 3 s that they may take.
  // Memory, of its control group and anonymous: 11 MiB all the time, 34 in the second of a refresh, 43 with a probe
  // beside it. The request is a refresh's worth, rounded; the limit is twice the most, and 10 MiB for the pages of the
  // runtime that all three use.
  cpuRequest: quantity.default('10m').describe('CPU request of the sidecar.'),
  cpuLimit: quantity
    .default('250m')
    .describe('CPU limit, set only where every container of the pod has one.'),
  memoryRequest: quantity.default('32Mi').describe('Memory request of the sidecar.'),
  memoryLimit: quantity.default('96Mi').describe('Memory limit of the sidecar.'),
  stsEndpoint: url
    .nullable()
    .default(null)
    .describe('STS endpoint; null means the regional one of AWS.'),
  allowHttpSts: z.boolean().default(false).describe('Allow an http STS endpoint; for tests only.'),
  useFipsEndpoint: z.boolean().default(false).describe('Use the FIPS endpoint of STS.'),
  useDualstackEndpoint: z.boolean().default(false).describe('Use the dual-stack endpoint of STS.'),
  httpsProxy: url
    .nullable()
    .default(null)
    .describe(
      "Proxy for the calls to STS, without user name or password: it stands in every pod's spec.",
    ),
  noProxy: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('Hosts that are reached without the proxy, separated by commas.'),
  caBundle: z
    .string()
    .includes('-----BEGIN CERTIFICATE-----', 'holds no PEM certificate')
    .nullable()
    .default(null)
    .describe(
      'PEM certificates that are trusted beside the public ones, for STS and for an https proxy.',
    ),
})
