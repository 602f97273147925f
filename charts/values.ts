/**
 * What the chart's values may be: the schema that `values.schema.json` and the table in the chart's README are
 * generated from, by `npm run chart`. Defaults are in the chart's values.yaml, those of `configuration` in the webhook
 * itself.
 */
import { z } from 'zod'
import { settingsSchema } from '../webhook/core/configuration/settings-schema.ts'
import { extraArg } from './extra-args.ts'
import { parity } from './parity-values.ts'
import { boundary, guard, neverWithoutRole } from './policy-values.ts'
import { prefix, text, textOrNull } from './value-forms.ts'

const port = z.int().min(1).max(65_535)
const labels = z.record(z.string(), z.string())
const anyObject = z.record(z.string(), z.unknown())
const amounts = z.record(z.string(), z.union([z.string().min(1), z.number()]))

const image = z.strictObject({
  repository: text.describe("Repository of the webhook's image, with its registry."),
  tag: textOrNull.describe("Its tag; null means the chart's appVersion."),
  digest: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/)
    .nullish()
    .describe('Digest that is pulled instead of the tag.'),
  pullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']).describe('Pull policy.'),
})

const certificates = z.strictObject({
  mode: z
    .enum(['self', 'cert-manager', 'files'])
    .describe(
      '`self`: the webhook makes it and keeps it. `cert-manager`: cert-manager does. `files`: you do, in a Secret.',
    ),
  files: z.strictObject({
    secretName: textOrNull.describe(
      "For `files`: a Secret of type kubernetes.io/tls in the release's namespace.",
    ),
    caBundle: z
      .string()
      .regex(/-----BEGIN CERTIFICATE-----/)
      .nullish()
      .describe('For `files`: PEM certificates that the API server trusts for it.'),
  }),
  clientCa: z
    .string()
    .regex(/-----BEGIN CERTIFICATE-----/)
    .nullish()
    .describe(
      'PEM certificates of the authority whose clients may send reviews; null means whoever reaches the port.',
    ),
  certManager: z.strictObject({
    issuerRef: z
      .strictObject({ name: text, kind: text.optional(), group: text.optional() })
      .nullish()
      .describe("For `cert-manager`: who signs; null means an issuer of the chart's own."),
  }),
})

const networkPolicy = z.strictObject({
  enabled: z.boolean().describe('Whether there is a NetworkPolicy for the webhook.'),
  metricsFrom: z.array(anyObject).describe('Peers that may read metrics.'),
  apiServerPorts: z
    .array(port)
    .describe('Ports of the API server, which the webhook may connect to.'),
})

const serviceMonitor = z.strictObject({
  enabled: z.boolean().describe("Whether there is a ServiceMonitor for Prometheus's operator."),
  labels: labels.describe('Labels by which your Prometheus finds it.'),
  interval: text.describe('How often metrics are read.'),
})

/** Everything that a user may set. */
export const values = z.strictObject({
  image,
  imagePullSecrets: z
    .array(z.strictObject({ name: text }))
    .describe("Secrets with the credentials of the image's registry."),
  replicas: z.int().min(1).describe('How many webhooks run.'),
  priorityClassName: textOrNull.describe('Priority class of the webhook; null means none.'),
  resources: z.strictObject({
    requests: amounts.optional().describe('What each webhook is given for certain.'),
    limits: amounts.optional().describe('What each webhook may take at most.'),
  }),
  nodeSelector: labels.describe('Labels of the nodes that the webhook may run on.'),
  tolerations: z
    .array(
      z.strictObject({
        key: z.string().optional(),
        operator: z.string().optional(),
        value: z.string().optional(),
        effect: z.string().optional(),
        tolerationSeconds: z.int().optional(),
      }),
    )
    .describe('Taints of nodes that the webhook tolerates.'),
  labels: labels.describe('Labels that every object of the chart gets beside its own.'),
  podAnnotations: labels.describe("Annotations of the webhook's pods."),
  hostNetwork: z
    .boolean()
    .describe("Run in the nodes' network, for clusters whose API server reaches no pods."),
  port: port.describe('Port of the webhook (TLS).'),
  metricsPort: port.describe('Port of its metrics (plain).'),
  logLevel: z
    .enum(['info', 'debug'])
    .describe('`debug` logs the pods that are left alone too, each with its reason.'),
  extraArgs: z
    .array(extraArg)
    .describe('Flags of the webhook that no value stands for, as `--name=value`.'),
  certificates,
  excludedNamespaces: z
    .array(text)
    .describe('Namespaces whose pods start while the webhook is down, whatever they ask for.'),
  chainAnnotationPrefix: prefix.describe('Prefix of the annotations of chain mode.'),
  parity,
  serviceAccountLookupGracePeriod: z
    .string()
    .regex(/^(?:0|(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|ms|s|m|h))+)$/)
    .describe('How long a pod without target waits for a service account that is not known yet.'),
  configuration: settingsSchema,
  guard,
  boundary,
  neverWithoutRole,
  networkPolicy,
  serviceMonitor,
  // Helm hands it to every chart that is part of another.
  global: z.unknown().optional(),
})

/** A JSON Schema, as far as the table needs it. */
interface SchemaNode {
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly properties?: Readonly<Record<string, SchemaNode>>
}

/** A row of the table: a value that is set as a whole. */
interface Row {
  readonly name: string
  readonly standard: unknown
  readonly description: string
}

/**
 * The content of `values.schema.json`. Checks that need a program (session names, quantities) are the webhook's, at its
 * start.
 */
export function valuesSchema(): object {
  return z.toJSONSchema(values, { io: 'input', target: 'draft-7' })
}

/** The table of all values in Markdown. `defaults` is the content of values.yaml. */
export function valuesTable(defaults: unknown): string {
  const { properties = {} } = valuesSchema() as SchemaNode
  const rows = Object.entries(properties)
    .filter(([name]) => name !== 'global')
    .flatMap(([name, node]) => toRows(name, node, childOf(defaults, name)))
  return [
    '| value | default | what it is |',
    '| --- | --- | --- |',
    ...rows.map(
      ({ name, standard, description }) =>
        `| \`${name}\` | ${toCell(standard)} | ${description.replaceAll('|', '\\|')} |`,
    ),
  ].join('\n')
}

function toRows(name: string, node: SchemaNode, standard: unknown): Row[] {
  if (node.properties === undefined)
    return [
      {
        name,
        // The schema leaves out the default of settings by name (chains); they begin empty.
        standard: standard ?? node.default ?? (node.type === 'object' ? {} : undefined),
        description: node.description ?? '',
      },
    ]
  return Object.entries(node.properties).flatMap(([key, child]) =>
    toRows(`${name}.${key}`, child, childOf(standard, key)),
  )
}

function childOf(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  return Object.entries(value).find(([name]) => name === key)?.[1]
}

function toCell(standard: unknown): string {
  if (standard === undefined) return '`null`'
  return `\`${typeof standard === 'string' ? standard : JSON.stringify(standard)}\``
}
