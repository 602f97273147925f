import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { startServiceAccountCache } from '../../../webhook/service-accounts/cache.ts'
import type { ServiceAccountCache } from '../../../webhook/service-accounts/cache.ts'
import type { DoubleOptions } from '../../../stand-ins/kubernetes/api.ts'
import { startCluster, until } from '../kubernetes/cluster-of-a-test.ts'
import type { ClusterOfATest } from '../kubernetes/cluster-of-a-test.ts'

async function startCache(
  context: TestContext,
  options: DoubleOptions = {},
  prepare: (cluster: ClusterOfATest) => void = () => undefined,
): Promise<ClusterOfATest & { cache: ServiceAccountCache }> {
  const cluster = await startCluster(context, options)
  prepare(cluster)
  const cache = startServiceAccountCache({ ...cluster, random: () => 0, firstDelayMs: 1 })
  context.after(cache.stop)
  return { ...cluster, cache }
}

const label = (value: string) => ({ labels: { 'rolechain.io/chain': value, other: 'x' } })
const role = (name: string) => ({ 'eks.amazonaws.com/role-arn': name })

function roleIn(cache: ServiceAccountCache, namespace: string, name: string): string | undefined {
  return cache.get(namespace, name)?.annotations['eks.amazonaws.com/role-arn']
}

function isWatching({ kubernetes }: ClusterOfATest, times = 1): boolean {
  return kubernetes.requests.filter(({ kind }) => kind === 'watch').length >= times
}

test('has read the list before it says so, and asks for metadata only', async (context) => {
  const serviceAccounts = [{ namespace: 'a', name: 'b', annotations: role('r') }]
  const { cache, kubernetes } = await startCache(context, { serviceAccounts })
  assert.equal(cache.isRead(), false)
  await until(cache.isRead)
  assert.equal(roleIn(cache, 'a', 'b'), 'r')
  assert.equal(cache.size(), 1)
  assert.match(kubernetes.requests[0]?.accept ?? '', /as=PartialObjectMetadataList/)
})

test('keeps of labels only who has annotations and not the label of chains', async (context) => {
  const annotated = { namespace: 'a', annotations: role('r') }
  const serviceAccounts = [
    { ...annotated, name: 'labelled', ...label('true') },
    { ...annotated, name: 'otherwise', ...label('yes') },
    { ...annotated, name: 'unlabelled' },
    { namespace: 'a', name: 'plain' },
  ]
  const { cache, kubernetes } = await startCache(context, { serviceAccounts })
  await until(cache.isRead)
  const lacking = () =>
    [...cache.list()].filter((found) => found.lacksChainLabel).map(({ name }) => name)
  assert.deepEqual(lacking(), ['otherwise', 'unlabelled'])
  assert.ok([...cache.list()].every((found) => !('labels' in found)))
  kubernetes.apply({ ...annotated, name: 'unlabelled', ...label('true') })
  await until(() => !lacking().includes('unlabelled'))
  assert.deepEqual(lacking(), ['otherwise'])
})

test('reads a large cluster in pages', async (context) => {
  const serviceAccounts = Array.from({ length: 1250 }, (_, index) => ({
    namespace: 'a',
    name: `n${index}`,
    annotations: role(`r${index}`),
  }))
  const { cache, kubernetes } = await startCache(context, { serviceAccounts })
  await until(cache.isRead)
  assert.equal(cache.size(), 1250)
  assert.equal(roleIn(cache, 'a', 'n1249'), 'r1249')
  assert.equal(kubernetes.requests.filter(({ kind }) => kind === 'list').length, 3)
})

test('a list that fails on a later page is read anew, whole', async (context) => {
  const serviceAccounts = Array.from({ length: 750 }, (_, index) => ({
    namespace: 'a',
    name: `n${index}`,
  }))
  const cluster = await startCluster(context, { serviceAccounts })
  // The list takes two pages; the second breaks.
  const read = cluster.api.read
  let pages = 0
  const api = {
    ...cluster.api,
    read: (...call: Parameters<typeof read>) => {
      pages += 1
      return pages === 2 ? Promise.reject(new Error('broken')) : read(...call)
    },
  }
  const cache = startServiceAccountCache({ ...cluster, api, random: () => 0, firstDelayMs: 1 })
  context.after(cache.stop)
  await until(cache.isRead)
  assert.deepEqual([cache.size(), pages], [750, 4])
})

test('follows what is created, annotated and removed', async (context) => {
  const { cache, kubernetes } = await startCache(context)
  await until(cache.isRead)
  kubernetes.apply({ namespace: 'a', name: 'b', annotations: role('one') })
  await until(() => roleIn(cache, 'a', 'b') === 'one')
  kubernetes.apply({ namespace: 'a', name: 'b', annotations: role('two') })
  await until(() => roleIn(cache, 'a', 'b') === 'two')
  kubernetes.remove('a', 'b')
  await until(() => cache.get('a', 'b') === undefined)
})

test('goes on where it was when the connection breaks, without a new list', async (context) => {
  const cluster = await startCache(context)
  const { cache, kubernetes } = cluster
  await until(() => isWatching(cluster))
  kubernetes.apply({ namespace: 'a', name: 'before' })
  await until(() => cache.get('a', 'before') !== undefined)
  const release = kubernetes.breakAll('watch', { kind: 'reset' })
  await until(() => kubernetes.dropWatches() > 0)
  kubernetes.apply({ namespace: 'a', name: 'meanwhile' })
  await until(() => isWatching(cluster, 2))
  release()
  await until(() => cache.get('a', 'meanwhile') !== undefined)
  assert.equal(kubernetes.requests.filter(({ kind }) => kind === 'list').length, 1)
  assert.ok(cluster.logged.some(({ level }) => level === 'warn'))
})

test('goes on when the API server ends the watch, and says nothing about it', async (context) => {
  const cluster = await startCache(context)
  const { cache, kubernetes } = cluster
  await until(() => kubernetes.endWatches() > 0)
  kubernetes.apply({ namespace: 'a', name: 'b' })
  await until(() => cache.get('a', 'b') !== undefined)
  assert.deepEqual(
    cluster.logged.filter(({ level }) => level === 'warn'),
    [],
  )
})

test('reads the list anew after 410 Gone, and drops what went meanwhile', async (context) => {
  const serviceAccounts = [{ namespace: 'a', name: 'gone' }]
  const cluster = await startCache(context, { serviceAccounts })
  const { cache, kubernetes } = cluster
  await until(() => isWatching(cluster))
  const release = kubernetes.breakAll('watch', { kind: 'reset' })
  await until(() => kubernetes.dropWatches() > 0)
  kubernetes.remove('a', 'gone')
  kubernetes.apply({ namespace: 'a', name: 'new' })
  kubernetes.compact()
  release()
  await until(() => cache.get('a', 'new') !== undefined)
  assert.equal(cache.get('a', 'gone'), undefined)
})

test('a bookmark moves the place from which the next watch goes on', async (context) => {
  const cluster = await startCache(context)
  const { kubernetes } = cluster
  await until(() => isWatching(cluster))
  // No service account has changed: only the bookmark tells this place. The answer ends in good order, so it is read
  // before.
  const place = kubernetes.bookmark()
  await until(() => kubernetes.endWatches() > 0)
  await until(() => isWatching(cluster, 2))
  const query = new URL(kubernetes.requests.at(-1)?.url ?? '', kubernetes.url).searchParams
  assert.equal(query.get('allowWatchBookmarks'), 'true')
  assert.equal(query.get('resourceVersion'), place)
})

test('keeps what it has, and tries again, while the API server is away', async (context) => {
  const serviceAccounts = [{ namespace: 'a', name: 'b' }]
  const cluster = await startCache(context, { serviceAccounts })
  const { cache, kubernetes } = cluster
  await until(() => isWatching(cluster))
  const releases = [
    kubernetes.breakAll('watch', { kind: 'status', code: 503 }),
    kubernetes.breakAll('list', { kind: 'status', code: 503 }),
  ]
  await until(() => kubernetes.dropWatches() > 0)
  await until(() => kubernetes.requests.filter(({ kind }) => kind === 'list').length > 1)
  assert.notEqual(cache.get('a', 'b'), undefined)
  assert.equal(cache.isRead(), true)
  for (const release of releases) release()
  kubernetes.apply({ namespace: 'a', name: 'c' })
  await until(() => cache.get('a', 'c') !== undefined)
})

test('is not read as long as the list fails, whatever way it fails', async (context) => {
  const { cache } = await startCache(context, {}, ({ kubernetes }) => {
    kubernetes.break('list', { kind: 'status', code: 500 })
    kubernetes.break('list', { kind: 'reset' })
    kubernetes.break('list', { kind: 'cut' })
    kubernetes.break('list', { kind: 'status', code: 403 })
  })
  assert.equal(cache.isRead(), false)
  await until(cache.isRead)
})

test('tells once when a service account appears, and not after the waiting was ended', async (context) => {
  const { cache, kubernetes } = await startCache(context)
  await until(cache.isRead)
  const seen: string[] = []
  const end = cache.onceSeen('a', 'b', () => seen.push('ended'))
  cache.onceSeen('a', 'b', ({ name }) => seen.push(name))
  end()
  kubernetes.apply({ namespace: 'a', name: 'b' })
  kubernetes.apply({ namespace: 'a', name: 'b', annotations: role('r') })
  await until(() => roleIn(cache, 'a', 'b') === 'r')
  assert.deepEqual(seen, ['b'])
})

test('stops in the middle of a list', async (context) => {
  const { cache } = await startCache(context, {}, ({ kubernetes }) => {
    kubernetes.break('list', { kind: 'hang' })
  })
  await cache.stop()
  assert.equal(cache.isRead(), false)
})
