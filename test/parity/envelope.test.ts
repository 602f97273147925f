/** Reviews as the EKS pod identity webhook takes them: bodies of every kind, and what is answered. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { admit, toReview } from './review.ts'
import { startWebhookIn } from './webhook.ts'
import type { HttpAnswer, RunningWebhook } from './webhook.ts'

const role = 'arn:aws:iam::111111111111:role/reports'
const json = { 'content-type': 'application/json' }
const pod = {
  metadata: { name: 'web', namespace: 'elsewhere' },
  spec: { serviceAccountName: 'reports', containers: [{ name: 'app' }] },
}

let webhook: RunningWebhook

before(async () => {
  webhook = await startWebhookIn({
    serviceAccounts: [
      { namespace: 'team-a', name: 'reports', annotations: { 'eks.amazonaws.com/role-arn': role } },
    ],
  })
})

after(() => webhook.stop())

interface Review {
  readonly apiVersion: string
  readonly kind: string
  readonly response: {
    readonly uid: string
    readonly allowed: boolean
    readonly patch?: string
    readonly status?: { readonly message: string }
  }
}

/** A review with parts of its own, as the text of a body. */
function reviewOf(request: object, review: object = {}): string {
  const standard = toReview('team-a', pod)
  return JSON.stringify({
    ...standard,
    ...review,
    request: { ...(standard['request'] as object), uid: 'uid-1', ...request },
  })
}

function send(body: string, headers: Record<string, string> = json): Promise<HttpAnswer> {
  return webhook.send({ path: '/mutate?timeout=10s', body, headers })
}

async function answered(body: string, headers?: Record<string, string>): Promise<Review> {
  const answer = await send(body, headers)
  assert.equal(answer.code, 200, answer.text)
  return JSON.parse(answer.text) as Review
}

async function assertPatched(body: string): Promise<void> {
  const { response } = await answered(body)
  assert.equal(response.allowed, true)
  assert.notEqual(response.patch, undefined)
}

async function assertAdmittedAsIs(body: string): Promise<void> {
  const { response } = await answered(body)
  assert.deepEqual([response.uid, response.allowed, response.patch], ['uid-1', true, undefined])
}

describe('Envelope', () => {
  it('Content-Type application/json is taken', () => assertPatched(reviewOf({})))

  for (const type of ['text/plain', 'application/yaml', 'application/json-patch+json']) {
    it(`Content-Type ${type} is a 415`, async () => {
      assert.equal((await send(reviewOf({}), { 'content-type': type })).code, 415)
    })
  }

  it('no Content-Type is a 415', async () => {
    assert.equal((await send(reviewOf({}), {})).code, 415)
  })

  it('ours: Content-Type with a charset is taken', async () => {
    const type = { 'content-type': 'application/json; charset=utf-8' }
    assert.equal((await answered(reviewOf({}), type)).response.allowed, true)
  })

  for (const [what, body] of Object.entries({
    'no JSON': '{',
    'an empty body': '',
    'no object': '[]',
    'no request': '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}',
    'a request without a UID': '{"request":{"namespace":"team-a"}}',
  })) {
    it(`ours: ${what} is a 400 with a sentence`, async () => {
      const answer = await send(body)
      assert.equal(answer.code, 400)
      assert.match(answer.text, /^[A-Z].*\.\n$/)
    })
  }

  it('a body that is a review only by its UID is denied with a message, in a review', async () => {
    const { response } = await answered(
      JSON.stringify({ request: { uid: 'uid-1', object: pod, namespace: 7 } }),
    )
    assert.deepEqual([response.uid, response.allowed], ['uid-1', false])
    assert.notEqual(response.status?.message ?? '', '')
  })

  for (const apiVersion of ['admission.k8s.io/v1', 'admission.k8s.io/v1beta1', 'x.k8s.io/v9']) {
    it(`the response has the request's UID, and the review's apiVersion ${apiVersion} and kind`, async () => {
      const review = await answered(reviewOf({ uid: 'uid-7' }, { apiVersion }))
      assert.deepEqual(
        [review.apiVersion, review.kind, review.response.uid],
        [apiVersion, 'AdmissionReview', 'uid-7'],
      )
    })
  }

  it("the pod's namespace is the request's, whatever the pod says", async () => {
    await assertPatched(reviewOf({ namespace: 'team-a' }))
    await assertAdmittedAsIs(reviewOf({ namespace: 'elsewhere' }))
  })

  it('the answer allows, with the patch in base64 and its type', async () => {
    const { response, patchText } = await admit(webhook, { namespace: 'team-a', pod })
    assert.equal(response.patchType, 'JSONPatch')
    assert.equal(response.patch, Buffer.from(patchText, 'utf8').toString('base64'))
  })

  it('an answer without changes allows, without a patch', async () => {
    const { response } = await admit(webhook, { namespace: 'elsewhere', pod })
    assert.deepEqual(
      [response.allowed, response.patch, response.patchType],
      [true, undefined, undefined],
    )
  })
})

describe('Details that runs have shown', () => {
  for (const operation of ['CREATE', 'UPDATE', 'CONNECT', '']) {
    it(`the operation is ignored: ${operation || 'none'}`, () =>
      assertPatched(reviewOf({ operation })))
  }

  for (const dryRun of [true, false, undefined]) {
    it(`dryRun is ignored: ${dryRun}`, () => assertPatched(reviewOf({ dryRun })))
  }

  it('a bad percent-escape in the query is a 400', async () => {
    const call = { body: reviewOf({}), headers: json }
    for (const path of ['/mutate?timeout=%', '/mutate?%zz=1', '/mutate?timeout=5s&x=%2']) {
      assert.equal((await webhook.send({ ...call, path })).code, 400, path)
    }
    assert.equal((await webhook.send({ ...call, path: '/mutate?timeout=%35s' })).code, 200)
  })

  it('ours: a review of DELETE is admitted', () =>
    assertAdmittedAsIs(reviewOf({ operation: 'DELETE', object: null, oldObject: pod })))

  for (const [what, object] of Object.entries({
    'containers that are a text': { ...pod, spec: { ...pod.spec, containers: 'app' } },
    'a spec that is a list': { ...pod, spec: [] },
    'annotations that are numbers': { ...pod, metadata: { annotations: { a: 1 } } },
    'no spec': { metadata: {} },
    'a number': 1,
  })) {
    it(`ours: a pod that cannot be decoded is admitted: ${what}`, async () => {
      const { response } = await answered(reviewOf({ object }))
      assert.equal(response.allowed, true)
    })
  }
})
