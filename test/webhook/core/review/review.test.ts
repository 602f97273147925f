import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { readReview, toReview } from '../../../../webhook/core/review/review.ts'
import type { Verdict } from '../../../../webhook/core/review/verdict.ts'

const pod = { metadata: { name: 'p' } }
const envelope = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', uid: 'u' }
const told = { mode: 'skip', reasons: ['no_role'], warnings: [], auditAnnotations: {} } as const

function review(request: object, envelopeFields: object = {}): unknown {
  return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request, ...envelopeFields }
}

test('takes the namespace of the request, whatever the pod says', () => {
  const object = { metadata: { namespace: 'of-the-pod' } }
  assert.deepEqual(readReview(review({ uid: 'u', namespace: 'a', object })), {
    kind: 'pod',
    envelope,
    namespace: 'a',
    pod: object,
  })
})

test('echoes apiVersion and kind, unknown ones too, and has those of v1 where there are none', () => {
  const request = { uid: 'u', namespace: 'a', object: pod }
  const read = readReview(review(request, { apiVersion: 'admission.k8s.io/v1beta1', kind: 'X' }))
  assert.deepEqual(read.kind === 'pod' ? read.envelope : null, {
    apiVersion: 'admission.k8s.io/v1beta1',
    kind: 'X',
    uid: 'u',
  })
  const bare = readReview({ request })
  assert.deepEqual(bare.kind === 'pod' ? bare.envelope : null, envelope)
})

test('ignores operation and dryRun', () => {
  const request = { uid: 'u', namespace: 'a', object: pod, operation: 'UPDATE', dryRun: true }
  assert.equal(readReview(review(request)).kind, 'pod')
})

test('what has no pod to judge is let through', () => {
  const rows: readonly object[] = [
    { uid: 'u', namespace: 'a', operation: 'DELETE', object: null, oldObject: pod },
    { uid: 'u', namespace: 'a' },
    { uid: 'u', namespace: 'a', kind: { kind: 'Deployment' }, object: {} },
    { uid: 'u', namespace: 'a', kind: { kind: { toString: 1 } }, object: {} },
    { uid: 'u', namespace: 'a', kind: { kind: 'Pod' }, subResource: 'status', object: pod },
  ]
  for (const request of rows) {
    assert.equal(readReview(review(request)).kind, 'other', JSON.stringify(request))
  }
})

test('a pod in no namespace breaks the protocol', () => {
  assert.equal(readReview(review({ uid: 'u', object: pod })).kind, 'malformed')
  assert.equal(readReview(review({ uid: 'u', namespace: 3, object: pod })).kind, 'malformed')
})

test('without a UID there is nothing to answer', () => {
  for (const body of [null, [], 'x', 3, {}, { request: [] }, review({}), review({ uid: '' })]) {
    assert.equal(readReview(body).kind, 'unreadable', JSON.stringify(body))
  }
})

test('any JSON at all is read without an exception', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (request, body) => {
      readReview(body)
      readReview({ request })
    }),
  )
})

test('says allowed, patched and denied as the API server expects it', () => {
  const answer = (verdict: Verdict) => toReview(envelope, verdict, (text) => `<${text}>`)
  const { apiVersion, kind, uid } = envelope
  assert.deepEqual(answer({ kind: 'allowed', ...told }), {
    apiVersion,
    kind,
    response: { uid, allowed: true },
  })
  const patch = [{ op: 'add', path: '/x', value: 'é' }] as const
  assert.deepEqual(answer({ kind: 'patched', ...told, patch }), {
    apiVersion,
    kind,
    response: {
      uid,
      allowed: true,
      patchType: 'JSONPatch',
      patch: '<[{"op":"add","path":"/x","value":"é"}]>',
    },
  })
  const warned = { ...told, warnings: ['w'], auditAnnotations: { a: 'b' } }
  assert.deepEqual(answer({ kind: 'denied', ...warned, message: 'no', problems: [] }), {
    apiVersion,
    kind,
    response: {
      uid,
      allowed: false,
      status: { code: 403, reason: 'Forbidden', message: 'no' },
      warnings: ['w'],
      auditAnnotations: { a: 'b' },
    },
  })
})
