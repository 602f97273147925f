/**
 * Reads a manifest and makes of its workload the pod that the API server hands to an admission webhook: controllers and
 * the ServiceAccount plugin have done their part, the webhook has not.
 */
import { createHash } from 'node:crypto'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'

const metadata = z.looseObject({
  name: z.string().min(1),
  namespace: z.string().optional(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
})

const podSpec = z.looseObject({
  serviceAccountName: z.string().optional(),
  automountServiceAccountToken: z.boolean().optional(),
  containers: z.array(z.looseObject({ name: z.string() })).min(1),
  initContainers: z.array(z.looseObject({ name: z.string() })).optional(),
  volumes: z.array(z.unknown()).optional(),
})

const template = z.looseObject({ metadata: metadata.partial().default({}), spec: podSpec })
const templated = z.looseObject({ metadata, spec: z.looseObject({ template }) })

const shapes = {
  Pod: z.looseObject({ metadata, spec: podSpec }),
  Deployment: templated,
  StatefulSet: templated,
  DaemonSet: templated,
  Job: templated,
  CronJob: z.looseObject({
    metadata,
    spec: z.looseObject({
      jobTemplate: z.looseObject({ spec: z.looseObject({ template }) }),
    }),
  }),
}

const serviceAccount = z.looseObject({ metadata })
const list = z.looseObject({ items: z.array(z.unknown()) })

type Kind = keyof typeof shapes
type PodSpec = z.infer<typeof podSpec>

interface PodMetadata {
  readonly name?: string | undefined
  readonly generateName?: string
  readonly namespace?: string | undefined
  readonly labels?: Readonly<Record<string, string>> | undefined
  readonly annotations?: Readonly<Record<string, string>> | undefined
}

/** A service account as its manifest says it. */
export interface NamedServiceAccount {
  readonly namespace: string
  readonly name: string
  readonly annotations: Readonly<Record<string, string>>
}

/** The pod of a manifest's workload as an admission webhook gets it, as plain JSON, and what stands beside it. */
export interface Manifest {
  readonly kind: Kind
  readonly name: string
  readonly namespace: string
  /** Names of its service account, whether the manifest has one or not. */
  readonly serviceAccountName: string
  readonly pod: { readonly metadata: PodMetadata; readonly spec: PodSpec }
  readonly serviceAccounts: readonly NamedServiceAccount[]
}

/** The manifest cannot be shown: the message says where and why. */
export class UnusableManifest extends Error {
  override readonly name = 'UnusableManifest'
}

/** Reads the first workload and all service accounts of a YAML or JSON text. Throws {@link UnusableManifest}. */
export function parseManifest(text: string): Manifest {
  const documents = parseDocuments(text)
  const workload = documents.find(({ kind }) => Object.hasOwn(shapes, kind))
  if (workload === undefined) {
    throw new UnusableManifest(
      `It has no ${Object.keys(shapes).join(', ')}${documents.length > 0 ? `, only ${documents.map(({ kind }) => kind).join(', ')}` : ''}. Add the workload whose pod is to be shown.`,
    )
  }
  const kind = workload.kind as Kind
  const { owner, template: made } = toTemplate(kind, workload.value)
  const namespace = owner.namespace ?? 'default'
  const serviceAccountName = made.spec.serviceAccountName ?? 'default'
  return {
    kind,
    name: owner.name,
    namespace,
    serviceAccountName,
    pod: {
      metadata: { ...made.metadata, namespace },
      spec: withApiToken({ ...made.spec, serviceAccountName }),
    },
    serviceAccounts: documents
      .filter((document) => document.kind === 'ServiceAccount')
      .map((document) => toServiceAccount(parse(serviceAccount, document).metadata)),
  }
}

interface Document {
  readonly kind: string
  readonly value: unknown
}

function parseDocuments(text: string): Document[] {
  const documents = parseAllDocuments(text, { merge: true })
  if (!Array.isArray(documents)) throw new UnusableManifest('It is empty.')
  return documents.flatMap((document) => {
    const [problem] = document.errors
    if (problem !== undefined) throw new UnusableManifest(`It is not YAML: ${problem.message}`)
    const value: unknown = document.toJS()
    return value === null ? [] : toObjects(value)
  })
}

/** A List, as kubectl writes several objects, is what is in it. */
function toObjects(value: unknown): Document[] {
  const kind = readKind(value)
  return kind === 'List' ? parse(list, { kind, value }).items.flatMap(toObjects) : [{ kind, value }]
}

function readKind(value: unknown): string {
  const shape = z.looseObject({ kind: z.string().min(1) }).safeParse(value)
  if (!shape.success) throw new UnusableManifest('A document in it has no kind.')
  return shape.data.kind
}

function parse<Shape extends z.ZodType>(shape: Shape, { kind, value }: Document): z.infer<Shape> {
  const result = shape.safeParse(value)
  if (result.success) return result.data
  throw new UnusableManifest(`Its ${kind} is not valid:\n${z.prettifyError(result.error)}`)
}

interface Made {
  readonly owner: z.infer<typeof metadata>
  readonly template: { readonly metadata: PodMetadata; readonly spec: PodSpec }
}

/** The pod that the controller of each kind makes. */
function toTemplate(kind: Kind, value: unknown): Made {
  if (kind === 'Pod') {
    const pod = parse(shapes.Pod, { kind, value })
    return { owner: pod.metadata, template: pod }
  }
  if (kind === 'CronJob') {
    const { metadata: owner, spec } = parse(shapes.CronJob, { kind, value })
    const job = `${owner.name}-29384760`
    return { owner, template: named(spec.jobTemplate.spec.template, ofJob(job)) }
  }
  const { metadata: owner, spec } = parse(shapes[kind], { kind, value })
  const hash = createHash('sha256').update(JSON.stringify(spec.template)).digest('hex').slice(0, 10)
  const names = {
    Deployment: {
      generateName: `${owner.name}-${hash}-`,
      labels: { 'pod-template-hash': hash },
    },
    StatefulSet: {
      name: `${owner.name}-0`,
      labels: {
        'apps.kubernetes.io/pod-index': '0',
        'statefulset.kubernetes.io/pod-name': `${owner.name}-0`,
      },
    },
    DaemonSet: { generateName: `${owner.name}-`, labels: { 'pod-template-generation': '1' } },
    Job: ofJob(owner.name),
  }
  return { owner, template: named(spec.template, names[kind]) }
}

function ofJob(job: string): PodMetadata {
  return { generateName: `${job}-`, labels: { 'batch.kubernetes.io/job-name': job } }
}

function named(made: z.infer<typeof template>, names: PodMetadata): Made['template'] {
  const { labels, ...identity } = names
  return {
    ...made,
    metadata: { ...made.metadata, ...identity, labels: { ...made.metadata.labels, ...labels } },
  }
}

function toServiceAccount(found: z.infer<typeof metadata>): NamedServiceAccount {
  return {
    namespace: found.namespace ?? 'default',
    name: found.name,
    annotations: found.annotations ?? {},
  }
}

const API_TOKEN_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount'
const API_TOKEN_VOLUME = 'kube-api-access-7x2lq'

/** What the API server's ServiceAccount plugin adds, before any webhook is called. */
function withApiToken(spec: PodSpec): PodSpec {
  if (spec.automountServiceAccountToken === false) return spec
  const mounted = <Container extends Record<string, unknown>>(container: Container) => {
    const mounts: unknown = container['volumeMounts']
    const own = { name: API_TOKEN_VOLUME, readOnly: true, mountPath: API_TOKEN_FOLDER }
    return { ...container, volumeMounts: [...(Array.isArray(mounts) ? mounts : []), own] }
  }
  const sources = [{ serviceAccountToken: { expirationSeconds: 3607, path: 'token' } }]
  return {
    ...spec,
    containers: spec.containers.map(mounted),
    ...(spec.initContainers && { initContainers: spec.initContainers.map(mounted) }),
    volumes: [...(spec.volumes ?? []), { name: API_TOKEN_VOLUME, projected: { sources } }],
  }
}
