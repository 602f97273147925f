/** `/validate` over HTTP: workloads whose pods would be refused are warned of, and every one is let through. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  baseRole,
  createAppUnderTest,
  podWith,
  review,
  serviceAccount,
  targetRole,
  toBody,
  chainPod,
  type Surroundings,
} from './app-under-test.ts'

const path = '/validate?timeout=2s'

function deployment(pod: object, annotations: object = {}): string {
  const { metadata, spec } = pod as { metadata: object; spec: object }
  const object = { metadata: { name: 'web', annotations }, spec: { template: { metadata, spec } } }
  const kind = { group: 'apps', version: 'v1', kind: 'Deployment' }
  return toBody(object, { kind, name: 'web' })
}

const hostNetworkPod = (annotations: Readonly<Record<string, string>>) => {
  const pod = podWith(annotations) as { spec: object }
  return { ...pod, spec: { ...pod.spec, hostNetwork: true } }
}
const asks = { 'rolechain.io/target-role-arn': targetRole }

test('warns of a template whose pods will be refused, and lets it through', async () => {
  const { app, logged } = createAppUnderTest({ cached: serviceAccount({}) })
  const { allowed, warnings, patch } = await review(app, deployment(hostNetworkPod(asks)), path)
  assert.deepEqual([allowed, patch], [true, undefined])
  assert.match(
    warnings?.join(' ') ?? '',
    /^rolechain: pods of this Deployment will be refused: hostNetwork: true: .*drop hostNetwork/,
  )
  const [line] = logged
  assert.deepEqual(
    [line?.['message'], line?.['namespace'], line?.['workload']],
    ["A Deployment's template was allowed.", 'a', 'web'],
  )
})

test('sees the chain of the service account, from the cache', async () => {
  const { app, lookups } = createAppUnderTest({ cached: serviceAccount(asks) })
  const { warnings = [] } = await review(app, deployment(hostNetworkPod({})), path)
  assert.match(warnings[0] ?? '', /will be refused: hostNetwork/)
  assert.deepEqual(lookups, [])
})

/** What is told of a Deployment with these targets. */
async function warningsFor(targets: string): Promise<readonly string[]> {
  const { app } = createAppUnderTest({
    cached: serviceAccount({ 'eks.amazonaws.com/role-arn': baseRole }),
  })
  const pod = podWith({ 'rolechain.io/targets': targets, 'rolechain.io/region': 'eu-west-1' })
  return (await review(app, deployment(pod), path)).warnings ?? []
}

test('warns of targets that are written wrongly, and of several without a default', async () => {
  const chain = `chain: [{roleArn: '${targetRole}'}]`
  const [misspelt = '', region = ''] = await warningsFor(
    `{dev: {${chain}, Default: true}, stg: {${chain}, region: Ireland}}`,
  )
  assert.match(
    misspelt,
    /pods of this Deployment will be refused: .* dev: there is no field 'Default'/,
  )
  assert.match(region, /will be refused: .* stg\.region: 'Ireland' is not a region/)
  const both = await warningsFor(`{dev: {${chain}, default: true}, default: {${chain}}}`)
  assert.match(both.join(), /will be refused: .* has 2 default targets, dev, default/)
  const [none = '', ...others] = await warningsFor(`{dev: {${chain}}, stg: {${chain}}}`)
  assert.match(none, /^rolechain: several targets and none is the default: /)
  assert.deepEqual(others, [])
  assert.deepEqual(await warningsFor(`{dev: {${chain}, default: true}, stg: {${chain}}}`), [])
})

test('says nothing of a template whose pods are fine', async () => {
  const { app, logged } = createAppUnderTest({
    cached: serviceAccount({ 'eks.amazonaws.com/role-arn': baseRole }),
  })
  const { allowed, warnings } = await review(
    app,
    deployment(podWith({ ...asks, 'rolechain.io/region': 'eu-west-1' })),
    path,
  )
  assert.deepEqual([allowed, warnings, logged[0]?.['level']], [true, undefined, 'debug'])
})

test('asks for a service account only where the template asks for a target', async () => {
  const rows: readonly (readonly [
    annotations: Readonly<Record<string, string>>,
    live: Surroundings['live'],
    reads: number,
    warning: RegExp | undefined,
  ])[] = [
    [{}, { kind: 'missing' }, 0, undefined],
    [asks, { kind: 'missing' }, 1, /will be refused: service account a\/b does not exist/],
    [asks, { kind: 'unknown', why: 'the API server is away' }, 1, undefined],
    [{ 'rolechain.io/inject': 'false' }, { kind: 'missing' }, 0, undefined],
    [
      { ...asks, 'rolechain.io/inject': 'false' },
      { kind: 'missing' },
      0,
      /it will not get the target/,
    ],
  ]
  for (const [annotations, live, reads, warning] of rows) {
    const { app, lookups } = createAppUnderTest(live === undefined ? {} : { live })
    const { warnings } = await review(app, deployment(podWith(annotations)), path)
    assert.equal(lookups.length, reads)
    if (warning === undefined) assert.equal(warnings, undefined)
    else assert.match(warnings?.join(' ') ?? '', warning)
  }
})

test('warns of keys that have no effect where they stand, also when nothing is known of the service account', async () => {
  const { app, lookups } = createAppUnderTest()
  const { allowed, warnings } = await review(
    app,
    deployment(podWith({ 'rolechain/target-role-arn': targetRole }), asks),
    path,
  )
  assert.equal(allowed, true)
  const told = warnings?.join(' ') ?? ''
  assert.match(
    told,
    /rolechain.io\/target-role-arn stands on the Deployment itself, where it has no effect; set/,
  )
  assert.match(told, /rolechain\/target-role-arn has no effect: .*did you mean/)
  assert.deepEqual(lookups, [])
})

test('warns of a misspelt target as of what pods will be refused for', async () => {
  const { app } = createAppUnderTest({ cached: serviceAccount({}) })
  const pod = podWith({ 'rolechain.io/targetRoleArn': targetRole })
  const { allowed, warnings } = await review(app, deployment(pod), path)
  assert.equal(allowed, true)
  assert.match(
    warnings?.join(' ') ?? '',
    /^rolechain: pods of this Deployment will be refused: rolechain.io\/targetRoleArn: .*did you mean rolechain.io\/target-role-arn\?$/,
  )
})

test('an error of ours lets the workload through', async () => {
  const { app, logged } = createAppUnderTest({
    cached: serviceAccount({}),
    decisions: {
      mutate: () => {
        throw new Error('broken')
      },
    },
  })
  assert.equal((await review(app, deployment(chainPod), path)).allowed, true)
  assert.match(String(logged[0]?.['message']), /template of a Deployment failed: broken/)
})

test('pods are not judged there, nor workloads at the entry of pods', async () => {
  const { app, metrics } = createAppUnderTest({ cached: serviceAccount({}) })
  for (const [body, where] of [
    [toBody(chainPod), path],
    [deployment(chainPod), '/mutate'],
  ] as const) {
    const { allowed, patch, auditAnnotations } = await review(app, body, where)
    assert.deepEqual([allowed, patch, auditAnnotations?.['reason']], [true, undefined, 'not_a_pod'])
  }
  await review(app, deployment(chainPod), path)
  const { text } = await metrics.read()
  assert.match(text, /^rolechain_webhook_templates_total\{mode="chain"\} 1$/m)
})
