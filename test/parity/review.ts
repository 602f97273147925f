/** A pod's way through the webhook as an API server does it: a review there, a patch back, and the patch applied. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import jsonPatch from 'fast-json-patch'
import type { RunningWebhook } from './webhook.ts'

export interface ReviewResponse {
  readonly uid: string
  readonly allowed: boolean
  readonly patch?: string
  readonly patchType?: string
  readonly status?: { readonly message: string }
  readonly warnings?: readonly string[]
  readonly auditAnnotations?: Readonly<Record<string, string>>
}

export interface Admitted {
  readonly response: ReviewResponse
  /** The text of the patch; empty when there is none. */
  readonly patchText: string
  /** The pod as the API server goes on with it. */
  readonly pod: unknown
}

/** A review as API servers write it. */
export function toReview(namespace: string, pod: unknown): Record<string, unknown> {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: randomUUID(),
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      requestKind: { group: '', version: 'v1', kind: 'Pod' },
      requestResource: { group: '', version: 'v1', resource: 'pods' },
      namespace,
      operation: 'CREATE',
      userInfo: { username: 'system:serviceaccount:kube-system:replicaset-controller' },
      object: pod,
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
    },
  }
}

export interface Request {
  readonly namespace: string
  readonly pod: unknown
  /** How long the API server says that it waits. */
  readonly timeout?: string
}

/** Sends a review that has to be answered by allowing the pod. */
export async function admit(webhook: RunningWebhook, request: Request): Promise<Admitted> {
  const { namespace, pod, timeout = '10s' } = request
  const review = toReview(namespace, pod)
  const answer = await webhook.send({
    path: `/mutate?timeout=${timeout}`,
    body: JSON.stringify(review),
    headers: { 'content-type': 'application/json' },
  })
  assert.equal(answer.code, 200, answer.text)
  const { response } = JSON.parse(answer.text) as { response: ReviewResponse }
  assert.equal(response.uid, (review['request'] as { uid: string }).uid)
  assert.equal(response.allowed, true, response.status?.message)
  if (response.patch === undefined) return { response, patchText: '', pod }
  assert.equal(response.patchType, 'JSONPatch')
  const patchText = Buffer.from(response.patch, 'base64').toString('utf8')
  return { response, patchText, pod: applied(pod, patchText) }
}

function applied(pod: unknown, patchText: string): unknown {
  const copy = JSON.parse(JSON.stringify(pod)) as object
  const operations = parseExactly(patchText) as jsonPatch.Operation[]
  const patched: unknown = jsonPatch.applyPatch(copy, operations, true).newDocument
  return patched
}

/** Reads JSON; whole numbers that a double cannot hold become texts such as `9007199254740993n`. */
function parseExactly(text: string): unknown {
  return JSON.parse(text, revived as Parameters<typeof JSON.parse>[1])
}

function revived(_key: string, value: unknown, context: { readonly source?: string }): unknown {
  return Number.isInteger(value) && !Number.isSafeInteger(value)
    ? `${context.source ?? ''}n`
    : value
}
