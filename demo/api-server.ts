/**
 * Plays the API server towards the webhook: sends it an AdmissionReview for a pod, and does with the answer what a
 * cluster does.
 */
import { randomUUID } from 'node:crypto'
import { request } from 'node:https'
import { json } from 'node:stream/consumers'
import jsonPatch from 'fast-json-patch'
import { z } from 'zod'
import type { Manifest } from './manifest.ts'
import { podSchema, type Pod } from './pod.ts'

export interface WebhookAddress {
  readonly port: number
  /** PEM of the authority in the webhook configuration's `caBundle`. */
  readonly ca: string
}

/** What became of the pod, with what the webhook told whoever creates it, and the audit log. */
export type Admission = {
  readonly warnings: readonly string[]
  readonly auditAnnotations: Readonly<Record<string, string>>
} & (
  | { readonly kind: 'denied'; readonly message: string }
  | {
      readonly kind: 'admitted'
      /** As the webhook got it, and as it became by the patch alone. */
      readonly before: unknown
      readonly after: unknown
      /** With the name, UID and node that it has when a kubelet gets it. */
      readonly pod: Pod
    }
)

const TIMEOUT_MS = 5000

const answer = z.looseObject({
  apiVersion: z.literal('admission.k8s.io/v1'),
  kind: z.literal('AdmissionReview'),
  response: z.looseObject({
    uid: z.string(),
    allowed: z.boolean(),
    status: z.looseObject({ message: z.string().default('it did not say why') }).optional(),
    patch: z.base64().optional(),
    patchType: z.literal('JSONPatch').optional(),
    warnings: z.array(z.string()).default([]),
    auditAnnotations: z.record(z.string(), z.string()).default({}),
  }),
})

const patch = z.array(
  z.looseObject({
    op: z.enum(['add', 'remove', 'replace']),
    path: z.string(),
    value: z.unknown().optional(),
  }),
)

/** Has a manifest's pod reviewed and patched. Throws when the webhook does not answer as the protocol wants. */
export async function admit(manifest: Manifest, webhook: WebhookAddress): Promise<Admission> {
  const before: unknown = { apiVersion: 'v1', kind: 'Pod', ...manifest.pod, status: {} }
  const uid = randomUUID()
  const { response } = answer.parse(await post(toReview(manifest, uid, before), webhook))
  if (response.uid !== uid) throw new Error('The webhook answered another review than was asked.')
  const { warnings, auditAnnotations } = response
  if (!response.allowed) {
    const message = response.status?.message ?? 'it did not say why'
    return { kind: 'denied', message, warnings, auditAnnotations }
  }
  const after = apply(before, response.patch)
  return { kind: 'admitted', before, after, pod: toScheduled(after), warnings, auditAnnotations }
}

function toReview({ pod, namespace }: Manifest, uid: string, object: unknown): unknown {
  const kind = { group: '', version: 'v1', kind: 'Pod' }
  const resource = { group: '', version: 'v1', resource: 'pods' }
  return {
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid,
      kind,
      resource,
      requestKind: kind,
      requestResource: resource,
      ...(pod.metadata.name !== undefined && { name: pod.metadata.name }),
      namespace,
      operation: 'CREATE',
      userInfo: {
        username: 'kubernetes-admin',
        groups: ['system:masters', 'system:authenticated'],
      },
      object,
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
    },
  }
}

function post(review: unknown, { port, ca }: WebhookAddress): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const call = request(
      `https://localhost:${port}/mutate?timeout=5s`,
      {
        method: 'POST',
        ca,
        agent: false,
        timeout: TIMEOUT_MS,
        headers: { 'content-type': 'application/json', accept: 'application/json' },
      },
      (response) => void json(response).then(resolve, reject),
    )
    call.on('timeout', () => call.destroy(new Error(`No answer within ${TIMEOUT_MS} ms.`)))
    call.on('error', reject)
    call.end(JSON.stringify(review))
  })
}

function apply(before: unknown, encoded: string | undefined): unknown {
  if (encoded === undefined) return before
  const operations = patch.parse(JSON.parse(Buffer.from(encoded, 'base64').toString('utf8')))
  return jsonPatch.applyPatch(structuredClone(before), operations as jsonPatch.Operation[], true)
    .newDocument
}

/** What the API server and the scheduler fill in after admission. */
function toScheduled(admitted: unknown): Pod {
  const { metadata, spec } = z
    .looseObject({
      metadata: z.looseObject({ name: z.string().optional(), generateName: z.string().optional() }),
      spec: z.looseObject({}),
    })
    .parse(admitted)
  const name = metadata.name ?? `${metadata.generateName}${randomUUID().slice(0, 5)}`
  return podSchema.parse({
    metadata: { ...metadata, name, uid: randomUUID() },
    spec: { ...spec, nodeName: 'node-1' },
  })
}
