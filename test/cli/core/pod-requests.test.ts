/** Pods that bound themselves as a whole: beside the sidecar a manifest has the requests that they had without it. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { parse, stringify } from 'yaml'
import { injectManifest, readWorkloads } from '../../../cli/core/inject/inject.ts'
import { readManifest } from '../../../cli/core/manifests/manifest.ts'
import { TARGET_ROLE, toConfiguration, toLookup } from '../../webhook/core/fixture.ts'
import { toGiven } from './corpus.ts'

const limits = { cpu: '1', memory: '256Mi' }
const app = { name: 'app', image: 'localhost/app:1' }
const bounded = { ...app, resources: { limits: { memory: '128Mi' } } }

/** `spec.resources` of a manifest, after `inject`. */
function injected(spec: object, annotations: object): unknown {
  const given = toGiven({})
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', annotations }, spec }
  const manifest = readManifest('test', stringify(pod))
  const judges = { configuration: toConfiguration(given), lookUp: () => toLookup(given) }
  const { text } = injectManifest(manifest, readWorkloads(manifest, 'team-a'), judges)
  return (parse(text) as { spec: { resources?: unknown } }).spec.resources
}

for (const [what, spec, resources] of [
  [
    'what its containers request, else its limit',
    { resources: { limits }, containers: [bounded] },
    { limits, requests: { cpu: '1000m', memory: '128Mi' } },
  ],
  [
    'only what is missing',
    { resources: { limits, requests: { cpu: '100m' } }, containers: [bounded] },
    { limits, requests: { cpu: '100m', memory: '128Mi' } },
  ],
  [
    'nothing where it has no limits',
    { resources: { requests: { cpu: '100m' } }, containers: [bounded] },
    { requests: { cpu: '100m' } },
  ],
  ['nothing where only containers are bounded', { containers: [bounded] }, undefined],
] as const)
  it(`has ${what}`, () => {
    const target = { 'rolechain.io/target-role-arn': TARGET_ROLE }
    assert.deepEqual(injected({ serviceAccountName: 'reports', ...spec }, target), resources)
  })

it('stays as it is without a target', () => {
  const spec = { serviceAccountName: 'reports', resources: { limits }, containers: [bounded] }
  assert.deepEqual(injected(spec, {}), { limits })
})
