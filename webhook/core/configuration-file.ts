/** The schema of the configuration file: every setting with its default and a sentence. Reading the file is not done here. */
import * as z from 'zod'
import { DEFAULT_PORT, DEFAULT_SESSION_NAME, LOG_LEVELS } from '../../sidecar/contract.ts'
import { hopSchema } from './hop-schema.ts'
import { schemaProblems } from './schema-problems.ts'
import { isRegion, quantityProblem, sessionNameProblem } from './values.ts'

const patterns = z.array(z.string().min(1))
const quantity = z.string().superRefine((text, context) => {
  const problem = quantityProblem(text)
  if (problem !== null) context.addIssue(problem)
})
const port = z.int().min(1024, 'is below 1024, where only root may listen').max(65535)
const id = z.int().min(1, 'is root, which the sidecar does not run as').max(2_147_483_647)

const sidecarSchema = z.strictObject({
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
      'Run as the uid that all containers of the pod share, where they do and nothing speaks against it, so that tokens keep mode 0600.',
    ),
  logLevel: z.enum(LOG_LEVELS).default('info').describe('Log level of the sidecar.'),
  port: port.default(DEFAULT_PORT).describe("Port of the endpoint on the pod's loopback."),
  metricsPort: port
    .nullable()
    .default(null)
    .describe('Port of Prometheus metrics; null means none.'),
  // Node takes 0.06-0.12 s to start at 250m, 1.5-1.8 s at 20m; a refresh and a probe at once peak at 64 MB.
  cpuRequest: quantity.default('10m').describe('CPU request of the sidecar.'),
  cpuLimit: quantity
    .default('250m')
    .describe('CPU limit, set only where every container of the pod has one.'),
  memoryRequest: quantity.default('32Mi').describe('Memory request of the sidecar.'),
  memoryLimit: quantity.default('96Mi').describe('Memory limit of the sidecar.'),
  stsEndpoint: z
    .url({ protocol: /^https?$/ })
    .nullable()
    .default(null)
    .describe('STS endpoint; null means the regional one of AWS.'),
  allowHttpSts: z.boolean().default(false).describe('Allow an http STS endpoint; for tests only.'),
  useFipsEndpoint: z.boolean().default(false).describe('Use the FIPS endpoint of STS.'),
  useDualstackEndpoint: z.boolean().default(false).describe('Use the dual-stack endpoint of STS.'),
  httpsProxy: z
    .url({ protocol: /^https?$/ })
    .refine(
      (text) => !text.includes('@'),
      'has a user name or password, which everybody could read in the spec of every pod; use a proxy that asks for none',
    )
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
    .describe('PEM certificates that are trusted for STS beside the public ones.'),
})

const userSchema = {
  namespaces: patterns.min(1).describe('Namespaces, `*` standing for any characters.'),
  serviceAccounts: patterns
    .min(1)
    .default(['*'])
    .describe('Service accounts in them, patterns too.'),
}

const chainSchema = z.strictObject({
  chain: z.array(hopSchema).min(1).describe('The hops after the base role, in order.'),
  ...userSchema,
})

const ruleSchema = z.strictObject({
  ...userSchema,
  roleArns: patterns.describe('Role ARNs that these may name, patterns too.'),
})

/** The configuration file as its author writes it; the chart's values are described by it as well. */
export const settingsSchema = z
  .strictObject({
    region: z
      .string()
      .refine(isRegion, 'is not a region such as eu-west-1')
      .nullable()
      .default(null)
      .describe('Region for containers without one, and for STS.'),
    gate: z
      .enum(['on', 'off'])
      .default('on')
      .describe('Whether nothing starts before the sidecar has credentials.'),
    onConflict: z
      .enum(['deny', 'warn'])
      .default('deny')
      .describe(
        'What happens to a pod with a variable in `env` that shadows the endpoint (`envFrom` cannot be seen at admission).',
      ),
    sessionName: z
      .string()
      .superRefine((text, context) => {
        const problem = sessionNameProblem(text)
        if (problem !== null) context.addIssue(problem)
      })
      .default(DEFAULT_SESSION_NAME)
      .describe('Session name of pods that ask for none; may contain placeholders.'),
    durationSeconds: z
      .int()
      .min(900)
      .max(3600)
      .default(3600)
      .describe('Life of the last session of a chain that asks for none.'),
    skipContainers: patterns
      .default([
        'vault-agent',
        'vault-agent-init',
        'datadog-lib-*',
        'datadog-init-*',
        'opentelemetry-auto-instrumentation*',
      ])
      .describe('Injected containers that get no target unless the pod names them; patterns.'),
    meshProxies: patterns
      .default(['istio-proxy', 'linkerd-proxy', 'consul-dataplane', 'kuma-sidecar'])
      .describe(
        'Proxies of service meshes: left alone too; where one is not a native sidecar, the gate is off; patterns.',
      ),
    meshInitContainers: patterns
      .default([
        'istio-init',
        'istio-validation',
        'linkerd-init',
        'linkerd-network-validator',
        'consul-connect-inject-init',
        'kuma-init',
        'kuma-validation',
      ])
      .describe(
        'Init containers of service meshes: left alone too, and run before the sidecar; patterns.',
      ),
    allNodesRunNativeSidecars: z
      .boolean()
      .default(false)
      .describe(
        'All nodes run Kubernetes 1.29 or newer; needed only while the API server is older than 1.32.',
      ),
    sidecar: sidecarSchema.prefault({}).describe('The sidecar container.'),
    chains: z
      .record(z.string().min(1), chainSchema)
      .default({})
      .describe('Chains that pods use by name, with who may.'),
    policy: z
      .strictObject({
        default: z
          .enum(['allow', 'deny'])
          .default('allow')
          .describe('Whether those for whom no rule speaks may name role ARNs.'),
        rules: z
          .array(ruleSchema)
          .default([])
          .describe('Whoever fits a rule may name the ARNs of the rules they fit, and no others.'),
      })
      .prefault({})
      .describe(
        'Who may name which role ARNs. A guard rail: the boundary is the trust policy in IAM.',
      ),
  })
  .superRefine(({ sidecar }, context) => {
    const at = (name: string, message: string) =>
      context.addIssue({ code: 'custom', path: ['sidecar', name], message })
    if (sidecar.metricsPort === sidecar.port)
      at('metricsPort', 'is the port of the endpoint; choose another')
    if (sidecar.stsEndpoint?.startsWith('http:') === true && !sidecar.allowHttpSts)
      at('stsEndpoint', 'has to be https (allowHttpSts: true allows http in tests)')
  })

/** The configuration file with its defaults filled in. */
export type Settings = z.infer<typeof settingsSchema>

/** The outcome of {@link parseSettings}: settings, or every problem of the file, one sentence each. */
export type ParsedSettings =
  | { readonly kind: 'settings'; readonly settings: Settings }
  | { readonly kind: 'problems'; readonly problems: readonly string[] }

/** Checks the content of the configuration file, already read from YAML. An empty file (null) is all defaults. */
export function parseSettings(content: unknown): ParsedSettings {
  const parsed = settingsSchema.safeParse(content ?? {}, { reportInput: true })
  if (parsed.success) return { kind: 'settings', settings: parsed.data }
  return { kind: 'problems', problems: schemaProblems(parsed.error, 'the file') }
}
