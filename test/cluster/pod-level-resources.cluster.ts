/**
 * Pods that bound themselves as a whole, each shape of the webhook's own table: what the API server took before, it
 * takes with the sidecar.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parse } from 'yaml'
import { z } from 'zod'
import { inNamespace, type Place } from './suite.ts'
import { ROLES } from './world.ts'

const CHAIN = { 'rolechain.io/target-role-arn': ROLES.reports }
const TABLE = new URL('../fixtures/tables/pod-level-resources.yaml', import.meta.url)

const containers = z.array(z.record(z.string(), z.unknown()))
const specSchema = z.looseObject({
  initContainers: containers.default([]),
  containers: containers.default([{ name: 'app' }]),
})
const { rows } = z
  .object({
    rows: z.array(
      z.object({
        name: z.string(),
        pod: z.object({ spec: specSchema }),
        annotations: z.record(z.string(), z.string()).default({}),
        denied: z.unknown().optional(),
      }),
    ),
  })
  .parse(parse(readFileSync(TABLE, 'utf8')))

const createdSchema = z.object({
  spec: z.looseObject({ initContainers: z.array(z.looseObject({ name: z.string() })).optional() }),
  status: z.looseObject({ qosClass: z.string() }),
})

function withImage(container: object): object {
  return { image: 'none', ...container }
}

async function create(
  place: Place,
  spec: z.infer<typeof specSchema>,
  annotations: Readonly<Record<string, string>>,
): Promise<z.infer<typeof createdSchema>> {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'shape', annotations },
    spec: {
      ...spec,
      serviceAccountName: 'reporter',
      initContainers: spec.initContainers.map(withImage),
      containers: spec.containers.map(withImage),
    },
  }
  const { exitCode, stdout, stderr } = await place.attemptWith(
    JSON.stringify(pod),
    'create',
    '--dry-run=server',
    '--output=json',
    '--filename=-',
  )
  assert.equal(exitCode, 0, stderr)
  return createdSchema.parse(JSON.parse(stdout))
}

test('a pod that bounds itself as a whole stays valid, and keeps its class of service', () =>
  inNamespace(async (place) => {
    const shapes = rows.filter(({ denied }) => denied === undefined)
    assert.ok(shapes.length > 10)
    for (const { name, pod, annotations } of shapes) {
      const asked = Object.entries(annotations).map(([key, value]) => [
        `rolechain.io/${key}`,
        value,
      ])
      const before = await create(place, pod.spec, {})
      const after = await create(place, pod.spec, { ...CHAIN, ...Object.fromEntries(asked) })
      assert.equal(after.status.qosClass, before.status.qosClass, name)
      const names = (after.spec.initContainers ?? []).map((container) => container.name)
      assert.ok(names.includes('rolechain-sidecar'), name)
    }
  }))
