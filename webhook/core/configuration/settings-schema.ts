/**
 * The schema of the configuration file: every setting with its default and a sentence. Reading the file is not done
 * here.
 */
import * as z from 'zod'
import { DEFAULT_SESSION_NAME } from '../../../sidecar/contract.ts'
import { hopSchema } from './hop-schema.ts'
import { mapSchema } from '../formats/map-schema.ts'
import { schemaProblems } from '../formats/schema-problems.ts'
import { sidecarSchema } from './sidecar-schema.ts'
import { GATES, SOURCES } from '../vocabulary/keys.ts'
import { FORMS } from '../formats/json-schema.ts'
import { isRegion, readQuantity, sessionNameProblem } from '../formats/limits.ts'

const patterns = z.array(z.string().min(1))
const userSchema = {
  namespaces: patterns.min(1).describe('Namespaces, `*` standing for any characters.'),
  serviceAccounts: patterns
    .min(1)
    .default(['*'])
    .describe('Service accounts in them, patterns too.'),
}

/** As names of objects of Kubernetes are, so that nobody has to guess how a name was written. */
const CHAIN_NAME = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/
const CHAIN_NAME_PROBLEM =
  'is no name for a chain; use at most 63 of a-z, 0-9 and -, without - at the ends'

const chainSchema = z.strictObject({
  chain: z.array(hopSchema).min(1).describe('The hops after the base role, in order.'),
  source: z
    .enum(SOURCES)
    .nullable()
    .default(null)
    .describe('Where the chain begins, as `source` above; null leaves it to that.'),
  ...userSchema,
})

const ruleSchema = z.strictObject({
  ...userSchema,
  roleArns: patterns.describe(
    'Role ARNs that these may name, patterns too; `pod-identity` stands for EKS Pod Identity.',
  ),
})

/** The configuration file as its author writes it; the chart's values are described by it as well. */
export const settingsSchema = z
  .strictObject({
    region: z
      .string()
      .refine(isRegion, 'is not a region such as eu-west-1')
      .meta(FORMS.region)
      .nullable()
      .default(null)
      .describe('Region for containers without one, and for STS.'),
    gate: z
      .enum(GATES)
      .default('on')
      .describe(
        'Whether nothing starts before the sidecar has credentials: `on` for default ones, `all` for every profile.',
      ),
    source: z
      .enum(SOURCES)
      .nullable()
      .default(null)
      .describe(
        'Where the chains of pods begin that do not say it: `web-identity`, or `pod-identity` (EKS Pod Identity); null decides by what service account and pod show (docs/pod-identity.md).',
      ),
    onConflict: z
      .enum(['deny', 'warn'])
      .default('deny')
      .describe(
        'What happens to a pod with a variable in `env`, or a mounted file, that comes before the endpoint (`envFrom` and the image cannot be seen at admission).',
      ),
    sessionName: z
      .string()
      .superRefine((text, context) => {
        const problem = sessionNameProblem(text)
        if (problem !== null) context.addIssue(problem)
      })
      .meta(FORMS.name)
      .default(DEFAULT_SESSION_NAME)
      .describe('Session name of pods that ask for none; may contain placeholders.'),
    durationSeconds: z
      .int()
      .min(900)
      .max(3600)
      .default(3600)
      .describe('Life of the last session of a chain that asks for none.'),
    sessionTags: z
      .enum(['own', 'attested'])
      .default('own')
      .describe(
        "`attested`: each chain's first `AssumeRole` carries the tags of EKS Pod Identity about pod and cluster, transitive; only in the boundary (docs/boundary.md).",
      ),
    clusterName: z
      .string()
      .regex(
        /^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$/,
        'is no name of a cluster: at most 100 of letters, digits, - and _',
      )
      .nullable()
      .default(null)
      .describe('Name of the cluster, the attested tag `eks-cluster-name`.'),
    clusterArn: z
      .string()
      .regex(
        /^arn:aws[a-z-]*:eks:[a-z0-9-]+:\d{12}:cluster\/[0-9A-Za-z][0-9A-Za-z_-]{0,99}$/,
        'is no ARN of an EKS cluster',
      )
      .nullable()
      .default(null)
      .describe('ARN of the cluster, the attested tag `eks-cluster-arn`; null leaves the tag out.'),
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
        'All nodes run Kubernetes 1.29 or newer; needed only while the API server is older than 1.32, or does not tell its version.',
      ),
    sidecar: sidecarSchema.prefault({}).describe('The sidecar container.'),
    chains: mapSchema(z.string().regex(CHAIN_NAME, CHAIN_NAME_PROBLEM), chainSchema)
      .default({})
      .describe('Chains that pods use by name, with who may.'),
    policy: z
      .strictObject({
        default: z
          .enum(['allow', 'deny'])
          .default('allow')
          .describe('Whether service accounts to which no rule applies may name role ARNs.'),
        rules: z
          .array(ruleSchema)
          .default([])
          .describe(
            'A service account may name the ARNs of the rules that apply to it, and no others.',
          ),
        baseRoles: z
          .boolean()
          .default(false)
          .describe(
            'The roles of service accounts are judged too: a pod gets no base role that it may not name.',
          ),
      })
      .prefault({})
      .describe(
        'Who may name which role ARNs. A guard rail: the boundary is the trust policy in IAM.',
      ),
  })
  .superRefine(({ sessionTags, clusterName }, context) => {
    if (sessionTags === 'attested' && clusterName === null)
      context.addIssue({
        code: 'custom',
        path: ['clusterName'],
        message: 'is needed with sessionTags: attested, which tells it to AWS',
      })
  })
  .superRefine(({ sidecar }, context) => {
    const at = (name: string, message: string) =>
      context.addIssue({ code: 'custom', path: ['sidecar', name], message })
    for (const resource of ['cpu', 'memory'] as const) {
      const [request, limit] = [sidecar[`${resource}Request`], sidecar[`${resource}Limit`]]
      if ((readQuantity(request) ?? 0) > (readQuantity(limit) ?? 0))
        at(
          `${resource}Request`,
          `'${request}' is above ${resource}Limit, '${limit}'; lower it, or raise the limit`,
        )
    }
    if (sidecar.metricsPort === sidecar.port)
      at('metricsPort', 'is the port of the endpoint; choose another')
    if (sidecar.stsEndpoint?.startsWith('http:') === true && !sidecar.allowHttpSts)
      at('stsEndpoint', 'has to be https (allowHttpSts: true allows http in tests)')
  })

const EMPTY = 'the file is empty; for the defaults write {}, or give no file'

/** The configuration file with its defaults filled in. */
export type Settings = z.infer<typeof settingsSchema>

/** The outcome of {@link parseSettings}: settings, or every problem of the file, one sentence each. */
export type ParsedSettings =
  | { readonly kind: 'settings'; readonly settings: Settings }
  | { readonly kind: 'problems'; readonly problems: readonly string[] }

/**
 * Checks the content of the configuration file, already read from YAML. A file without content (null) is a problem: it
 * is far more often lost than meant, and without the policy that it held everybody could name every role.
 */
export function parseSettings(content: unknown): ParsedSettings {
  if (content === null || content === undefined) return { kind: 'problems', problems: [EMPTY] }
  const parsed = settingsSchema.safeParse(content, { reportInput: true })
  if (parsed.success) return { kind: 'settings', settings: parsed.data }
  return { kind: 'problems', problems: schemaProblems(parsed.error, 'the file') }
}
