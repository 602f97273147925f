/** Manifests become the pods that an API server hands to a webhook. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { stringify } from 'yaml'
import { parseManifest, UnusableManifest } from '../../demo/manifest.ts'

const template = {
  metadata: { labels: { app: 'web' }, annotations: { 'rolechain.io/gate': 'off' } },
  spec: { serviceAccountName: 'reports', containers: [{ name: 'app', image: 'app:1', foo: 1 }] },
}
const metadata = { name: 'web', namespace: 'team-a' }

function workload(kind: string, spec: unknown = { template }) {
  return parseManifest(stringify({ kind, metadata, spec }))
}

test('reads the pod and the service account that come with the demo', () => {
  const manifest = parseManifest(
    readFileSync(new URL('../../demo/pod.yaml', import.meta.url), 'utf8'),
  )
  assert.equal(manifest.pod.metadata.name, 'nightly')
  assert.equal(manifest.serviceAccountName, 'reports')
  assert.deepEqual(
    manifest.serviceAccounts.map(({ namespace, name }) => [namespace, name]),
    [['team-a', 'reports']],
  )
})

test('makes the pod of each controller, named as the controller names it', () => {
  const cronJob = { jobTemplate: { spec: { template } } }
  const names = [
    workload('Deployment'),
    workload('StatefulSet'),
    workload('DaemonSet'),
    workload('Job'),
    workload('CronJob', cronJob),
  ].map(({ pod }) => pod.metadata.name ?? pod.metadata.generateName)
  const shapes = [/^web-[0-9a-f]{10}-$/, /^web-0$/, /^web-$/, /^web-$/, /^web-\d{8}-$/]
  for (const [index, shape] of shapes.entries()) assert.match(names[index] ?? '', shape)
})

test('keeps what the template says, fields that it does not know too', () => {
  const { pod, namespace } = workload('Deployment')
  assert.equal(namespace, 'team-a')
  assert.equal(pod.metadata.namespace, 'team-a')
  assert.equal(pod.metadata.labels?.['app'], 'web')
  assert.deepEqual(pod.metadata.annotations, { 'rolechain.io/gate': 'off' })
  assert.equal(pod.spec.containers[0]?.['foo'], 1)
})

test('fills in the service account and its API token, as the API server does before webhooks', () => {
  const pod = { kind: 'Pod', metadata: { name: 'p' }, spec: { containers: [{ name: 'app' }] } }
  const manifest = parseManifest(JSON.stringify(pod))
  assert.equal(manifest.namespace, 'default')
  assert.equal(manifest.serviceAccountName, 'default')
  assert.equal(manifest.pod.spec.serviceAccountName, 'default')
  assert.equal(manifest.pod.spec.volumes?.length, 1)
  assert.partialDeepStrictEqual(manifest.pod.spec.containers, [{ volumeMounts: [{}] }])
})

test('adds no API token where the pod wants none', () => {
  const spec = { automountServiceAccountToken: false, containers: [{ name: 'app' }] }
  const { pod } = parseManifest(stringify({ kind: 'Pod', metadata, spec }))
  assert.equal(pod.spec.volumes, undefined)
})

test('takes a List, as kubectl writes several objects, for what is in it', () => {
  const spec = { serviceAccountName: 'reports', containers: [{ name: 'app' }] }
  const items = [
    { kind: 'ServiceAccount', metadata: { name: 'reports' } },
    { kind: 'Pod', metadata, spec },
  ]
  const manifest = parseManifest(stringify({ kind: 'List', items }))
  assert.equal(manifest.kind, 'Pod')
  assert.deepEqual(
    manifest.serviceAccounts.map(({ name }) => name),
    ['reports'],
  )
})

for (const [text, why] of [
  ['', /empty|no Pod/],
  ['a: [', /not YAML/],
  ['kind: Service\nmetadata: { name: x }', /no Pod, Deployment.*only Service/],
  ['metadata: {}', /no kind/],
  ['kind: toString', /no Pod, Deployment.*only toString/],
  ['kind: List', /items/],
  ['kind: Pod\nmetadata: { name: x }\nspec: { containers: [] }', /spec\.containers/],
  ['kind: Deployment\nmetadata: { name: x }\nspec: {}', /spec\.template/],
] as const) {
  test(`says what is wrong with ${JSON.stringify(text)}`, () => {
    assert.throws(
      () => parseManifest(text),
      (error) => error instanceof UnusableManifest && why.test(error.message),
    )
  })
}
