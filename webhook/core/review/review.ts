/**
 * The AdmissionReview envelope: from whatever was sent to what the webhook needs of it, and from a verdict to the
 * answer. It does not look into pods.
 */
import type { Verdict } from './verdict.ts'
import { readTemplatePod, readWorkload, type Workload } from '../pod/workload-template.ts'

/** What the answer repeats of the review, so that the API server can match it. */
export interface Envelope {
  readonly apiVersion: string
  readonly kind: string
  readonly uid: string
}

/**
 * What was sent.
 *
 *   pod         | a pod to judge; `pod` is its raw JSON
 *   template    | a workload; `pod` is what its template makes
 *   other       | a well-formed review that has no pod to judge: another kind, a subresource, or no object at all (DELETE)
 *   malformed   | a review with a UID that breaks the protocol elsewhere
 *   excessive   | a review with a UID that has too much in it to be parsed
 *   unreadable  | nothing that a review could answer
 */
export type ReadReview =
  | {
      readonly kind: 'pod'
      readonly envelope: Envelope
      readonly namespace: string
      readonly pod: unknown
    }
  | {
      readonly kind: 'template'
      readonly envelope: Envelope
      readonly namespace: string
      readonly workload: Workload
      /** Its name; empty where the API server is to make one. */
      readonly name: string
      readonly pod: unknown
    }
  | { readonly kind: 'other'; readonly envelope: Envelope; readonly why: string }
  | { readonly kind: 'malformed'; readonly envelope: Envelope; readonly why: string }
  | { readonly kind: 'excessive'; readonly envelope: Envelope; readonly why: string }
  | { readonly kind: 'unreadable'; readonly why: string }

const API_VERSION = 'admission.k8s.io/v1'
const KIND = 'AdmissionReview'

/** Reads a parsed body of any shape. The pod's namespace is the request's, whatever the pod says. */
export function readReview(body: unknown): ReadReview {
  if (!isRecord(body)) return unreadable('the body is not a JSON object')
  const request = body['request']
  if (!isRecord(request)) return unreadable('the body has no `request`')
  const uid = request['uid']
  if (typeof uid !== 'string' || uid === '') return unreadable('`request.uid` is not a text')
  return readRequest(request, {
    // Echoed whatever they are, as the upstream webhook does.
    apiVersion: textOr(body['apiVersion'], API_VERSION),
    kind: textOr(body['kind'], KIND),
    uid,
  })
}

/** As API servers begin: kind and version, and the UID as the first field of the request. */
const HEAD = /^\s*\{[^{}]*"request"\s*:\s*\{\s*"uid"\s*:\s*"([^"\\]{1,253})"/

/** Reads what can be answered from the beginning of a body that is not to be parsed. `why` goes on "the body …". */
export function readExcessive(head: string, why: string): ReadReview {
  const [start, uid] = HEAD.exec(head) ?? []
  if (start === undefined || uid === undefined) return unreadable(`the body ${why}`)
  const apiVersion =
    /"apiVersion"\s*:\s*"(admission\.k8s\.io\/\w+)"/.exec(start)?.[1] ?? API_VERSION
  return { kind: 'excessive', envelope: { apiVersion, kind: KIND, uid }, why }
}

function readRequest(request: Record<string, unknown>, envelope: Envelope): ReadReview {
  const subject = readSubject(request)
  if (subject.kind === 'other') return { ...subject, envelope }
  const { namespace } = request
  if (typeof namespace !== 'string' || namespace === '') {
    return { kind: 'malformed', envelope, why: '`request.namespace` is not a text' }
  }
  if (subject.kind === 'pod') return { ...subject, envelope, namespace }
  return { ...subject, envelope, namespace, name: textOr(request['name'], '') }
}

type Subject =
  | { readonly kind: 'pod'; readonly pod: unknown }
  | { readonly kind: 'template'; readonly workload: Workload; readonly pod: unknown }
  | { readonly kind: 'other'; readonly why: string }

function readSubject({ kind, subResource, object }: Record<string, unknown>): Subject {
  if (typeof subResource === 'string' && subResource !== '') {
    return { kind: 'other', why: `the request is for the subresource ${subResource}` }
  }
  if (object === undefined || object === null) {
    return { kind: 'other', why: 'the request has no object' }
  }
  const kindName = isRecord(kind) ? kind['kind'] : undefined
  if (kindName === undefined || kindName === 'Pod') return { kind: 'pod', pod: object }
  return readTemplate(typeof kindName === 'string' ? kindName : JSON.stringify(kindName), object)
}

function readTemplate(kind: string, object: unknown): Subject {
  const pod = isRecord(object) ? readTemplatePod(kind, object) : undefined
  return pod === undefined || !isRecord(object)
    ? { kind: 'other', why: `the object is a ${kind}` }
    : { kind: 'template', workload: readWorkload(kind, object), pod }
}

/** The answer to a review. `toBase64` encodes the UTF-8 bytes of a text. */
export function toReview(
  envelope: Envelope,
  verdict: Verdict,
  toBase64: (text: string) => string,
): object {
  const { warnings, auditAnnotations } = verdict
  return {
    apiVersion: envelope.apiVersion,
    kind: envelope.kind,
    response: {
      uid: envelope.uid,
      ...toDecision(verdict, toBase64),
      ...(warnings.length === 0 ? {} : { warnings }),
      ...(Object.keys(auditAnnotations).length === 0 ? {} : { auditAnnotations }),
    },
  }
}

function toDecision(verdict: Verdict, toBase64: (text: string) => string): object {
  if (verdict.kind === 'allowed') return { allowed: true }
  if (verdict.kind === 'denied') {
    return { allowed: false, status: { code: 403, reason: 'Forbidden', message: verdict.message } }
  }
  return { allowed: true, patchType: 'JSONPatch', patch: toBase64(JSON.stringify(verdict.patch)) }
}

function unreadable(why: string): ReadReview {
  return { kind: 'unreadable', why }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function textOr(value: unknown, fallback: string): string {
  return typeof value === 'string' && value !== '' ? value : fallback
}
