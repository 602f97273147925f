/** Templates of workloads: found in each kind, and told as advice. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { advised, denied } from '../../../webhook/core/telling.ts'
import { readTemplatePod } from '../../../webhook/core/workload-template.ts'

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
