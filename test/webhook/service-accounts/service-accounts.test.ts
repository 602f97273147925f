import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createLiveRead } from '../../../webhook/service-accounts/live-reads.ts'
import { startServiceAccountCache } from '../../../webhook/service-accounts/cache.ts'
import { createServiceAccounts } from '../../../webhook/service-accounts/service-accounts.ts'
import type { ServiceAccounts } from '../../../webhook/service-accounts/service-accounts.ts'
import { startCluster, until } from '../kubernetes/cluster-of-a-test.ts'
import type { ClusterOfATest } from '../kubernetes/cluster-of-a-test.ts'

async function start(
  context: TestContext,
  gracePeriodMs = 5000,
): Promise<ClusterOfATest & { serviceAccounts: ServiceAccounts; readsSeen: () => number }> {
  const cluster = await startCluster(context)
  const cache = startServiceAccountCache({ ...cluster, random: () => 0, firstDelayMs: 1 })
  context.after(cache.stop)
  await until(cache.isRead)
  const { kubernetes, api, chainLabel } = cluster
  await until(() => kubernetes.requests.some(({ kind }) => kind === 'watch'))
  const readLive = createLiveRead({
    api,
    chainLabel,
    nowMs: Date.now,
    sleep,
    onRead: () => undefined,
  })
  return {
    ...cluster,
    serviceAccounts: createServiceAccounts({ cache, readLive, gracePeriodMs }),
    readsSeen: () => kubernetes.requests.filter(({ kind }) => kind === 'read').length,
  }
}

const request = { namespace: 'a', name: 'b', mayTakeMs: 5000 }
const annotations = { x: 'y' }

test('reads a service account live, also one that the cache does not have yet', async (context) => {
  const { kubernetes, serviceAccounts } = await start(context)
  kubernetes.apply({ namespace: 'a', name: 'b', annotations })
  assert.deepEqual(await serviceAccounts.readLive(request), {
    kind: 'found',
    serviceAccount: { namespace: 'a', name: 'b', annotations, lacksChainLabel: true },
  })
})

test('a 404 is a definite answer, for a live read and for a miss', async (context) => {
  const { serviceAccounts } = await start(context)
  assert.deepEqual(await serviceAccounts.readLive(request), { kind: 'missing' })
  assert.deepEqual(await serviceAccounts.awaitMissing(request), { kind: 'missing' })
})

test('says why a live read failed', async (context) => {
  const { kubernetes, serviceAccounts } = await start(context)
  kubernetes.break('read', { kind: 'status', code: 500 })
  assert.deepEqual(await serviceAccounts.readLive(request), {
    kind: 'unknown',
    why: 'The API server answered 500: scripted',
  })
})

test('gives up when the review may take no longer', async (context) => {
  const { kubernetes, serviceAccounts } = await start(context)
  kubernetes.break('read', { kind: 'hang' })
  assert.deepEqual(await serviceAccounts.readLive({ ...request, mayTakeMs: 20 }), {
    kind: 'unknown',
    why: 'The Kubernetes API did not tell it within 20 ms.',
  })
})

test('reviews of one service account share a read, but none that had begun before they came', async (context) => {
  const { kubernetes, serviceAccounts, readsSeen } = await start(context)
  kubernetes.apply({ namespace: 'a', name: 'b' })
  kubernetes.break('read', { kind: 'delay', ms: 50 })
  const first = serviceAccounts.readLive(request)
  await until(() => readsSeen() === 1)
  // The first answer may already be on its way without this.
  kubernetes.apply({ namespace: 'a', name: 'b', annotations })
  const later = await Promise.all(
    Array.from({ length: 20 }, () => serviceAccounts.readLive(request)),
  )
  await first
  assert.equal(readsSeen(), 2)
  for (const lookup of later) {
    assert.deepEqual(lookup.kind === 'found' && lookup.serviceAccount.annotations, annotations)
  }
})

test('a read that hangs holds up none that comes later', async (context) => {
  const { kubernetes, api, chainLabel, readsSeen } = await start(context)
  kubernetes.apply({ namespace: 'a', name: 'b' })
  kubernetes.break('read', { kind: 'hang' })
  const waitsMs: number[] = []
  const readLive = createLiveRead({
    chainLabel,
    api,
    nowMs: Date.now,
    sleep: (milliseconds) => Promise.resolve(waitsMs.push(milliseconds)),
    onRead: () => undefined,
  })
  const hanging = readLive('a', 'b')
  await until(() => readsSeen() === 1)
  const later = readLive('a', 'b')
  assert.equal(await Promise.race([hanging, later]), await later)
  assert.equal((await later).kind, 'found')
  assert.deepEqual(waitsMs, [100])
})

test('a flood of reads becomes 50 at once and then 500 a second', async (context) => {
  const { api, chainLabel, readsSeen } = await start(context)
  const waitsMs: number[] = []
  const noteSleep = (milliseconds: number) => Promise.resolve(waitsMs.push(milliseconds))
  let nowMs = 0
  const readLive = createLiveRead({
    chainLabel,
    api,
    nowMs: () => nowMs,
    sleep: noteSleep,
    onRead: () => undefined,
  })
  await Promise.all(Array.from({ length: 52 }, (_entry, index) => readLive('a', `n${index}`)))
  assert.deepEqual(waitsMs, [2, 4])
  nowMs = 10_000
  await Promise.all(Array.from({ length: 50 }, (_entry, index) => readLive('b', `n${index}`)))
  assert.deepEqual(waitsMs, [2, 4])
  assert.equal(readsSeen(), 102)
})

test('a miss is found by the live read', async (context) => {
  const { kubernetes, serviceAccounts } = await start(context)
  kubernetes.apply({ namespace: 'a', name: 'b', annotations })
  const lookup = await serviceAccounts.awaitMissing(request)
  assert.equal(lookup.kind, 'found')
})

test('when the live read fails, a miss waits for the watch', async (context) => {
  const { kubernetes, serviceAccounts, readsSeen } = await start(context)
  kubernetes.break('read', { kind: 'status', code: 500 })
  const lookup = serviceAccounts.awaitMissing(request)
  await until(() => readsSeen() === 1)
  kubernetes.apply({ namespace: 'a', name: 'b', annotations })
  assert.deepEqual(await lookup, {
    kind: 'found',
    serviceAccount: { namespace: 'a', name: 'b', annotations, lacksChainLabel: true },
  })
})

test('when nothing comes within the grace period, a miss says why the live read failed', async (context) => {
  const { kubernetes, serviceAccounts } = await start(context, 300)
  kubernetes.break('read', { kind: 'status', code: 500 })
  assert.deepEqual(await serviceAccounts.awaitMissing(request), {
    kind: 'unknown',
    why: 'The API server answered 500: scripted',
  })
})

test('a miss waits no longer than the review may take', async (context) => {
  const { kubernetes, serviceAccounts } = await start(context, 3_600_000)
  kubernetes.break('read', { kind: 'hang' })
  const lookup = await serviceAccounts.awaitMissing({ ...request, mayTakeMs: 20 })
  assert.equal(lookup.kind, 'unknown')
})

test('with a grace period of 0 a miss costs no read', async (context) => {
  const { serviceAccounts, readsSeen } = await start(context, 0)
  assert.equal((await serviceAccounts.awaitMissing(request)).kind, 'unknown')
  assert.equal(readsSeen(), 0)
})
