import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { createMetricsApp } from '../../../webhook/http/app.ts'
import {
  baseRole,
  chainPod,
  createAppUnderTest,
  plainPod,
  review,
  serviceAccount,
  toBody,
} from './app-under-test.ts'
import type { Answer } from './app-under-test.ts'

const json = { 'content-type': 'application/json' }
const withRole = serviceAccount({ 'eks.amazonaws.com/role-arn': baseRole })

test('answers a review with its UID and a patch in base64', async () => {
  const { app } = createAppUnderTest({ cached: withRole })
  const response = await review(app, toBody(plainPod))
  assert.equal(response.uid, 'uid-1')
  assert.equal(response.allowed, true)
  assert.equal(response.patchType, 'JSONPatch')
  const patch = JSON.parse(Buffer.from(response.patch ?? '', 'base64').toString()) as object[]
  assert.ok(patch.length > 0)
})

test('echoes the version of the review', async () => {
  const { app } = createAppUnderTest()
  const body = toBody(plainPod).replace('admission.k8s.io/v1', 'admission.k8s.io/v1beta1')
  const answer = await app.inject({ method: 'POST', url: '/mutate', headers: json, body })
  assert.equal(answer.json<Answer>().apiVersion, 'admission.k8s.io/v1beta1')
})

test('reads content types with parameters, and refuses others', async () => {
  const { app } = createAppUnderTest()
  const send = (type: string | undefined) =>
    app.inject({
      method: 'POST',
      url: '/mutate',
      headers: type === undefined ? {} : { 'content-type': type },
      body: toBody(plainPod),
    })
  assert.equal((await send('application/json; charset=utf-8')).statusCode, 200)
  for (const type of ['text/plain', 'application/yaml', 'application/jsonx', undefined]) {
    const answer = await send(type)
    assert.equal(answer.statusCode, 415, type)
    assert.match(answer.body, /has to be application\/json/)
  }
})

test('tells with a 4xx and a sentence what is wrong with a request', async () => {
  const { app } = createAppUnderTest()
  const rows = [
    { body: '{"request":', code: 400, sentence: /not a JSON object/ },
    { body: '', code: 400, sentence: /not a JSON object/ },
    { body: '[]', code: 400, sentence: /not a JSON object/ },
    { body: '{}', code: 400, sentence: /has no `request`/ },
    { body: '{"request":{}}', code: 400, sentence: /`request.uid`/ },
    { body: '{}', url: '/mutate?timeout=%zz', code: 400, sentence: /percent sign/ },
    { body: 'x'.repeat(7 * 1024 * 1024 + 1), code: 413, sentence: /larger than 7340032 bytes/ },
    { body: '{}', url: '/elsewhere', code: 404, sentence: /nothing at this path/ },
  ]
  for (const { body, url = '/mutate', code, sentence } of rows) {
    const answer = await app.inject({ method: 'POST', url, headers: json, body })
    assert.equal(answer.statusCode, code, body.slice(0, 30))
    assert.match(answer.body, sentence)
  }
  const get = await app.inject({ method: 'GET', url: '/mutate' })
  assert.deepEqual([get.statusCode, get.headers.allow], [405, 'POST'])
})

test('takes the largest review that an API server can send', async () => {
  const { app } = createAppUnderTest()
  const env = [{ name: 'LARGE', value: 'y'.repeat(6 * 1024 * 1024) }]
  const large = { metadata: {}, spec: { containers: [{ name: 'app', env }] } }
  assert.equal((await review(app, toBody(large))).allowed, true)
})

test('lets everything through that is no pod to judge', async () => {
  const { app } = createAppUnderTest()
  const response = await review(app, toBody(plainPod, { operation: 'DELETE', object: null }))
  assert.equal(response.allowed, true)
  assert.equal(response.auditAnnotations?.['reason'], 'not_a_pod')
})

test('denies a review that breaks the protocol, with its UID', async () => {
  const { app } = createAppUnderTest()
  const response = await review(app, toBody(plainPod, { namespace: 7 }))
  assert.deepEqual([response.uid, response.allowed], ['uid-1', false])
  assert.match(response.status?.message ?? '', /`request.namespace` is not a text/)
})

test('any bytes get a review with the UID, or a 4xx with a sentence', async () => {
  const { app } = createAppUnderTest()
  const pods = fc.oneof(fc.jsonValue(), fc.constant(plainPod), fc.constant(chainPod))
  const reviews = pods.map((object) => toBody({}, { object }))
  const bodies = fc.oneof(
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    fc.json().map((text) => Buffer.from(text)),
    reviews.map((text) => Buffer.from(text)),
    fc.tuple(reviews, fc.nat()).map(([text, cut]) => Buffer.from(text.slice(0, cut % text.length))),
  )
  await fc.assert(
    fc.asyncProperty(bodies, async (body) => {
      const answer = await app.inject({ method: 'POST', url: '/mutate', headers: json, body })
      if (answer.statusCode === 200) {
        const { response } = answer.json<Answer>()
        assert.equal(response.uid, 'uid-1')
        assert.equal(typeof response.allowed, 'boolean')
      } else {
        assert.equal(answer.statusCode, 400)
        assert.match(answer.body, /^The body is not an AdmissionReview: .+\.\n$/)
      }
    }),
    { numRuns: 300 },
  )
})

test('is alive at once, and ready when nothing is missing', async () => {
  let why = 'the service accounts have not been read yet'
  const { app } = createAppUnderTest({ parts: { readUnreadiness: () => why } })
  assert.equal((await app.inject('/healthz')).statusCode, 200)
  const before = await app.inject('/readyz')
  assert.equal(before.statusCode, 503)
  assert.match(before.body, /service accounts have not been read/)
  why = ''
  assert.equal((await app.inject('/readyz')).statusCode, 200)
})

test('sends clients elsewhere while it drains, and still answers them', async () => {
  let isDraining = false
  const { app } = createAppUnderTest({ parts: { isDraining: () => isDraining } })
  const send = () =>
    app.inject({ method: 'POST', url: '/mutate', headers: json, body: toBody(plainPod) })
  assert.notEqual((await send()).headers.connection, 'close')
  isDraining = true
  const answer = await send()
  assert.deepEqual([answer.statusCode, answer.headers.connection], [200, 'close'])
})

test('logs one line a review, without the annotations of the pod', async () => {
  const { app, logged } = createAppUnderTest({ cached: withRole })
  await review(app, toBody(plainPod))
  assert.equal(logged.length, 1)
  const { time: _, ...line } = logged[0] ?? {}
  assert.deepEqual(line, {
    level: 'info',
    event: 'reviewed',
    message: 'A pod was patched.',
    namespace: 'a',
    pod: 'p-',
    uid: 'uid-1',
    verdict: 'patched',
    mode: 'parity',
    reasons: ['web_identity'],
  })
})

test('pods that are left alone are logged only on request', async () => {
  const { app, logged } = createAppUnderTest({ cached: serviceAccount({}) })
  await review(app, toBody(plainPod))
  assert.equal(logged[0]?.['level'], 'debug')
})

test('counts requests under the names of upstream, and reviews under its own', async () => {
  const { app, metrics } = createAppUnderTest({ cached: withRole })
  await review(app, toBody(plainPod))
  await app.inject('/some/secret/path')
  const answer = await createMetricsApp({ metrics, readUnreadiness: () => '' }).inject('/metrics')
  assert.match(String(answer.headers['content-type']), /^text\/plain/)
  const lines = answer.body.split('\n')
  const expected = [
    'http_request_count{verb="POST",path="/mutate",code="200"} 1',
    'http_request_count{verb="GET",path="other",code="404"} 1',
    'http_request_latencies_count{verb="POST",path="/mutate"} 1',
    'http_request_duration_microseconds_count{verb="POST",path="/mutate"} 1',
    '# TYPE http_request_duration_microseconds summary',
    'pod_identity_webhook_pod_count{method="sts_web_identity"} 1',
    'pod_identity_webhook_missing_sa_count 0',
    'pod_identity_webhook_used 0',
    'rolechain_webhook_reviews_total{mode="parity",verdict="patched"} 1',
    'rolechain_webhook_review_reasons_total{mode="parity",reason="web_identity"} 1',
    'rolechain_webhook_review_duration_seconds_count{mode="parity"} 1',
    'rolechain_webhook_service_accounts 0',
  ]
  for (const line of expected) assert.ok(lines.includes(line), `${line}\n${answer.body}`)
})
