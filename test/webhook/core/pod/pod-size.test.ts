/** How much a pod may hold: as much as the limit says, and not one more. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { annotationsProblem, podSizeProblem } from '../../../../webhook/core/pod/pod-size.ts'

function many(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, '']))
}

function list(count: number): object[] {
  return Array.from({ length: count }, () => ({}))
}

const reasonOf = (pod: object) =>
  podSizeProblem({ annotations: {}, labels: {}, spec: {}, ...pod })?.reason ?? null

const capabilities = { add: list(2_000), drop: list(2_000) }
const full = {
  env: list(2_000),
  volumeMounts: list(2_000),
  ports: list(1_000),
  securityContext: { capabilities },
}

for (const [what, fits, isTooMuch, reason] of [
  [
    '2,000 annotations',
    { annotations: many(2_000) },
    { annotations: many(2_001) },
    'annotations_too_large',
  ],
  ['2,000 labels', { labels: many(2_000) }, { labels: many(2_001) }, 'pod_too_large'],
  [
    '500 containers of both kinds',
    { spec: { initContainers: list(200), containers: list(300) } },
    { spec: { initContainers: list(201), containers: list(300) } },
    'pod_too_large',
  ],
  [
    '10,000 entries of all lists',
    { spec: { containers: [full], volumes: list(1_000) } },
    { spec: { containers: [full], volumes: list(1_001) } },
    'pod_too_large',
  ],
] as const) {
  test(`a pod may have ${what}`, () => {
    assert.equal(reasonOf(fits), null)
    assert.equal(reasonOf(isTooMuch), reason)
  })
}

test('annotations may have 256 KiB, keys and values together', () => {
  const value = 'x'.repeat(256 * 1024 - 3)
  assert.equal(annotationsProblem('the pod', { key: value }), null)
  assert.equal(annotationsProblem('the pod', { keys: value })?.reason, 'annotations_too_large')
})
