import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  baseRole,
  chainPod,
  createAppUnderTest,
  plainPod,
  podWith,
  review,
  serviceAccount,
  targetRole,
  toBody,
} from '../http/app-under-test.ts'

const withRole = serviceAccount({ 'eks.amazonaws.com/role-arn': baseRole })
const withChain = serviceAccount({ 'rolechain.io/target-role-arn': targetRole })

test('a pod with a target is judged by a live read only, though the cache knows its service account', async () => {
  const { app, lookups } = createAppUnderTest({
    cached: withRole,
    live: { kind: 'found', serviceAccount: withRole },
  })
  assert.equal((await review(app, toBody(chainPod))).allowed, true)
  assert.deepEqual(
    lookups.map(({ kind, namespace, name }) => [kind, namespace, name]),
    [['live', 'a', 'b']],
  )
})

test('a pod with a target is denied when the live read gives nothing, also when the cache knows', async () => {
  const { app } = createAppUnderTest({
    cached: withRole,
    live: { kind: 'unknown', why: 'The API is away.' },
  })
  const response = await review(app, toBody(chainPod))
  assert.equal(response.allowed, false)
  assert.match(response.status?.message ?? '', /The API is away/)
})

test('a chain on the service account is read live before it is used', async () => {
  const { app, lookups } = createAppUnderTest({
    cached: withChain,
    live: { kind: 'found', serviceAccount: withChain },
  })
  const response = await review(app, toBody(plainPod))
  assert.equal(response.auditAnnotations?.['intent'], 'chain')
  assert.deepEqual(
    lookups.map(({ kind }) => kind),
    ['live'],
  )
})

test('a pod whose cached service account carries a chain is denied when the live read gives nothing', async () => {
  const { app } = createAppUnderTest({ cached: withChain })
  assert.equal((await review(app, toBody(plainPod))).allowed, false)
})

test('a pod that says it was here before is denied too when its service account cannot be read and carries a chain', async () => {
  const { app } = createAppUnderTest({ cached: withChain })
  const stamped = podWith({ 'rolechain.io/injected': '0.0.0/abcdef01' })
  assert.equal((await review(app, toBody(stamped))).allowed, false)
})

test('other pods are judged by the cache, without a read', async () => {
  const { app, lookups } = createAppUnderTest({ cached: withRole })
  assert.equal((await review(app, toBody(plainPod))).auditAnnotations?.['intent'], 'parity')
  assert.deepEqual(lookups, [])
})

test('a miss waits no longer than the review may take, and then the pod goes on with a warning', async () => {
  const { app, lookups, metrics } = createAppUnderTest({
    missing: { kind: 'unknown', why: 'The API is away.' },
  })
  const response = await review(app, toBody(plainPod), '/mutate?timeout=2s')
  assert.equal(response.allowed, true)
  assert.match(response.warnings?.join() ?? '', /The API is away/)
  assert.deepEqual(
    lookups.map(({ kind, mayTakeMs }) => [kind, mayTakeMs]),
    [['missing', 1700]],
  )
  assert.match((await metrics.read()).text, /^pod_identity_webhook_missing_sa_count 1$/m)
})

test('at the entry for enforced namespaces a miss is denied', async () => {
  const { app } = createAppUnderTest()
  assert.equal((await review(app, toBody(plainPod), '/mutate/enforce?timeout=5s')).allowed, false)
})

test('pods that are to be left alone cost no lookup', async () => {
  const { app, lookups } = createAppUnderTest()
  const pod = podWith({ 'rolechain.io/inject': 'false' })
  assert.equal((await review(app, toBody(pod))).allowed, true)
  assert.deepEqual(lookups, [])
})

test('after an error of ours a pod is denied whose chain only the read of its service account told', async () => {
  const live = { kind: 'found', serviceAccount: withChain } as const
  const { app } = createAppUnderTest({ decisions: broken, missing: live })
  assert.equal((await review(app, toBody(plainPod))).allowed, false)
})

const broken = {
  mutate: () => {
    throw new Error('an error\nof ours')
  },
}

test('after an error of ours a pod with a target is denied, with its UID', async () => {
  const { app, logged } = createAppUnderTest({ decisions: broken })
  const response = await review(app, toBody(chainPod))
  assert.deepEqual([response.uid, response.allowed], ['uid-1', false])
  assert.match(response.status?.message ?? '', /an error of ours/)
  assert.equal(response.auditAnnotations?.['reason'], 'internal_error')
  assert.equal(logged[0]?.['level'], 'error')
})

test('after an error of ours any other pod goes on with a warning', async () => {
  const { app } = createAppUnderTest({ decisions: broken, cached: withRole })
  const response = await review(app, toBody(plainPod))
  assert.deepEqual([response.allowed, response.patch], [true, undefined])
  assert.match(response.warnings?.join() ?? '', /an error of ours/)
})

test('after an error of ours a pod of an enforced namespace is denied', async () => {
  const { app } = createAppUnderTest({ decisions: broken, cached: withRole })
  assert.equal((await review(app, toBody(plainPod), '/mutate/enforce')).allowed, false)
})

test('after an error of ours a pod whose service account carries a chain is denied', async () => {
  const { app } = createAppUnderTest({ decisions: broken, cached: withChain })
  assert.equal((await review(app, toBody(plainPod))).allowed, false)
})

test('a pod with a role by other ways does not count as one that missed its service account', async () => {
  const { app, metrics } = createAppUnderTest({
    missing: { kind: 'missing' },
    decisions: {
      mutate: () => ({
        kind: 'allowed',
        mode: 'parity',
        reasons: ['web_identity'],
        warnings: [],
        auditAnnotations: {},
      }),
    },
  })
  await review(app, toBody(plainPod))
  assert.match((await metrics.read()).text, /^pod_identity_webhook_missing_sa_count 0$/m)
})
