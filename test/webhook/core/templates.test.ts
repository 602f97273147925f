/** Templates of workloads: found in each kind, and told as advice. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { advised, denied } from '../../../webhook/core/review/verdicts.ts'
import { readPod } from '../../../webhook/core/pod/pod.ts'
import { readKeysOfWorkload } from '../../../webhook/core/annotations/stray-keys.ts'
import { readTemplatePod, readWorkload } from '../../../webhook/core/pod/workload-template.ts'
import { toConfiguration } from './fixture.ts'

const template = {
  metadata: { annotations: { a: 'b' } },
  spec: { containers: [{ name: 'app' }] },
}
const pod = { apiVersion: 'v1', kind: 'Pod', ...template }

test('the template of each kind of workload is its pod', () => {
  const rows: readonly (readonly [kind: string, workload: object])[] = [
    ['Deployment', { spec: { template } }],
    ['StatefulSet', { spec: { template } }],
    ['DaemonSet', { spec: { template } }],
    ['Job', { spec: { template } }],
    ['CronJob', { spec: { jobTemplate: { spec: { template } } } }],
  ]
  for (const [kind, workload] of rows) {
    assert.deepEqual(readTemplatePod(kind, { ...workload }), pod, kind)
  }
})

test('what is no workload, or has no template, has no pod', () => {
  const rows: readonly (readonly [kind: string, workload: object])[] = [
    ['ReplicaSet', { spec: { template } }],
    ['toString', { spec: { template } }],
    ['CronJob', { spec: { template } }],
    ['Deployment', {}],
    ['Deployment', { spec: { template: null } }],
    ['Deployment', { spec: { template: { metadata: {} } } }],
  ]
  for (const [kind, workload] of rows) {
    assert.equal(readTemplatePod(kind, { ...workload }), undefined, JSON.stringify(workload))
  }
})

const refusal = (...messages: string[]) =>
  denied(
    messages.map((message) => ({ reason: 'host_network', message })),
    [],
  )

test('a refusal says so wherever it is counted', () => {
  const { kind, mode, reasons, auditAnnotations } = refusal('one', 'two')
  assert.deepEqual([kind, mode, reasons], ['denied', 'reject', ['host_network']])
  assert.deepEqual(
    [auditAnnotations['intent'], auditAnnotations['reason']],
    ['reject', 'host_network'],
  )
})

test('a refusal becomes warnings, one a problem, and never refuses', () => {
  const { kind, mode, warnings } = advised(refusal('one; mend it', 'two'), 'Deployment')
  assert.deepEqual([kind, mode], ['allowed', 'reject'])
  assert.deepEqual(warnings, [
    'rolechain: pods of this Deployment will be refused: one; mend it',
    'rolechain: pods of this Deployment will be refused: two',
  ])
})

const letters = (text: string) => text.replaceAll(/\p{Cc}| /gu, '')

test('no word of a long refusal is lost, and no warning is longer than an API server takes', () => {
  const word = fc.oneof(fc.string({ minLength: 1 }), fc.string({ minLength: 250, maxLength: 600 }))
  fc.assert(
    fc.property(fc.array(word, { minLength: 1 }), (words) => {
      const sentence = words.join(' ')
      const { warnings } = advised(refusal(sentence), 'Job')
      for (const warning of warnings) assert.ok(warning.length <= 256)
      assert.equal(
        letters(warnings.join('')),
        letters(`rolechain: pods of this Job will be refused: ${sentence}`),
      )
    }),
  )
})

const configuration = toConfiguration({ settings: {}, parity: {}, kubernetes: '1.34' })
const role = 'arn:aws:iam::222222222222:role/x'

/** What is told of a Deployment with these annotations, and these on its pods. */
function keysTold(
  annotations: Readonly<Record<string, string>>,
  podAnnotations: Readonly<Record<string, string>> = {},
): readonly string[] {
  const subject = { ...pod, metadata: { annotations: podAnnotations } }
  return readKeysOfWorkload(
    { ...readWorkload('Deployment', { metadata: { annotations } }), pod: readPod(subject) },
    configuration,
  ).map(({ message }) => message)
}

test('a key of ours on the workload itself is told, with where it belongs', () => {
  assert.deepEqual(keysTold({ 'rolechain.io/target-role-arn': role, 'rolechain.io/gate': 'off' }), [
    'rolechain.io/target-role-arn stands on the Deployment itself, where it has no effect; set rolechain.io/target-role-arn in the annotations of its pod template',
    'rolechain.io/gate stands on the Deployment itself, where it has no effect; set rolechain.io/gate in the annotations of its pod template',
  ])
  assert.match(
    keysTold({ 'rolechain.io/targetRole': role })[0] ?? '',
    /set rolechain.io\/target-role-arn in/,
  )
  assert.match(keysTold({ 'rolechain.io/team': 'a' })[0] ?? '', /; remove it$/)
})

test('of very many keys on a workload fifty are told', () => {
  const keys = Array.from({ length: 200 }, (_, index) => [`rolechain.io/key-${index}`, 'a'])
  assert.equal(keysTold(Object.fromEntries(keys) as Record<string, string>).length, 50)
})

test('a key of ours that the pods have too, as with common annotations, is fine', () => {
  const common = { 'rolechain.io/target-role-arn': role, 'rolechain.io/injected': '1/2' }
  assert.deepEqual(keysTold(common, common), [])
})

test('another prefix is told on the workload and on its pods', () => {
  const other = { 'eks.amazonaws.com/target-role-arn': role, 'prometheus.io/target': 'a' }
  assert.deepEqual(
    keysTold(other, other).map((message) => message.split(' has ')[0]),
    ['eks.amazonaws.com/target-role-arn (on the Deployment)', 'eks.amazonaws.com/target-role-arn'],
  )
})

const metadata = (name: string) => ({
  annotations: { [name]: 'a' },
  labels: { [`${name}-label`]: 'b' },
})

test('keys of a CronJob are its own and those of its Jobs, labels too', () => {
  const object = {
    metadata: metadata('outer'),
    spec: { jobTemplate: { metadata: metadata('inner') } },
  }
  assert.deepEqual(readWorkload('CronJob', object), {
    kind: 'CronJob',
    keys: [{ outer: 'a' }, { 'outer-label': 'b' }, { inner: 'a' }, { 'inner-label': 'b' }],
  })
})
