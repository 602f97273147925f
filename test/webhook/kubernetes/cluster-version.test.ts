/** The version of the API server, as it is asked for over the network. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import type { KubernetesVersion } from '../../../webhook/core/configuration/configuration.ts'
import { followClusterVersion } from '../../../webhook/kubernetes/cluster-version.ts'
import type { Fault } from '../../../stand-ins/kubernetes/faults.ts'
import { startCluster, until } from './cluster-of-a-test.ts'

const EKS = { major: '1', minor: '31+', gitVersion: 'v1.31.2-eks' }

async function follow(context: TestContext, fault?: Fault) {
  const cluster = await startCluster(context, { version: EKS })
  const mend = fault === undefined ? undefined : cluster.kubernetes.breakAll('version', fault)
  const told: KubernetesVersion[] = []
  const version = followClusterVersion({
    ...cluster,
    everyMs: 5,
    onVersion: (changed) => told.push(changed),
  })
  context.after(version.stop)
  const asked = () => cluster.kubernetes.requests.filter(({ kind }) => kind === 'version').length
  const warned = () => cluster.logged.filter(({ level }) => level === 'warn')
  return { ...cluster, version, told, asked, warned, mend }
}

test('tells the version at first, and again only when it is another', async (context) => {
  const { kubernetes, told, asked, version } = await follow(context)
  assert.equal(version.isSettled(), false)
  await until(() => asked() > 3)
  assert.deepEqual([told, version.isSettled()], [[{ major: 1, minor: 31 }], true])
  kubernetes.upgrade({ ...EKS, minor: '32+' })
  await until(() => told.length > 1)
  assert.deepEqual(told.at(-1), { major: 1, minor: 32 })
})

test('what is known stays while it cannot be asked, and that is told once', async (context) => {
  const { kubernetes, told, asked, warned } = await follow(context)
  await until(() => told.length > 0)
  const mend = kubernetes.breakAll('version', { kind: 'status', code: 503 })
  const before = asked()
  await until(() => asked() > before + 3)
  assert.equal(warned().length, 1)
  assert.match(warned()[0]?.message ?? '', /answered 503.*it counts as 1\.31\./)
  mend()
  kubernetes.upgrade({ ...EKS, minor: '32' })
  await until(() => told.length > 1)
})

for (const code of [401, 403, 404]) {
  test(`where it may not be asked (${code}), nobody waits for it, and it is asked again`, async (context) => {
    const { told, asked, version, warned, mend } = await follow(context, { kind: 'status', code })
    await until(version.isSettled)
    await until(() => asked() > 3)
    assert.deepEqual([told, warned().length], [[], 1])
    assert.match(warned()[0]?.message ?? '', /pods that ask for a target are refused/)
    mend?.()
    await until(() => told.length > 0)
  })
}

const faults: readonly Fault[] = [
  { kind: 'status', code: 503 },
  { kind: 'status', code: 429 },
  { kind: 'reset' },
  { kind: 'cut' },
]
for (const fault of faults) {
  test(`after several failures (${JSON.stringify(fault)}) nobody waits any longer, and it is asked again`, async (context) => {
    const { told, asked, version, mend } = await follow(context, fault)
    await until(version.isSettled)
    assert.ok(asked() >= 4)
    assert.deepEqual(told, [])
    mend?.()
    await until(() => told.length > 0)
  })
}
