/** The ConfigMap with roles through a real watch: what is told, and what stays while something is broken. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import type { ChangingSources } from '../../../webhook/configuration/current.ts'
import { startRoleSources } from '../../../webhook/configuration/role-sources.ts'
import { parseCommandLine } from '../../../webhook/command-line/command-line.ts'
import { startCluster, until } from './cluster-of-a-test.ts'
import type { ClusterOfATest } from './cluster-of-a-test.ts'

const reader = 'arn:aws:iam::111111111111:role/reader'
const good = JSON.stringify({ 'a/b': { RoleARN: reader } })

interface Watched extends ClusterOfATest {
  /** The role of a/b as it is known now; null where nothing is known at all. */
  readonly role: () => string | undefined | null
  readonly reloads: string[]
  readonly readUnreadiness: () => string
  readonly isUsed: () => boolean
  readonly hasLogged: (pattern: RegExp) => boolean
}

async function watchRoles(context: TestContext, before: (cluster: ClusterOfATest) => void) {
  const cluster = await startCluster(context)
  before(cluster)
  const line = parseCommandLine(['--watch-config-map', '--namespace=ns'])
  assert.ok(line.kind === 'run')
  let known: ChangingSources = {}
  const reloads: string[] = []
  const sources = await startRoleSources(line.values, {
    ...cluster,
    everyMs: 5,
    random: () => 0,
    onChange: (changed) => (known = { ...known, ...changed }),
    onReload: (what, isGood) => reloads.push(`${what} ${isGood}`),
  })
  context.after(sources.stop)
  const watched: Watched = {
    ...cluster,
    ...sources,
    reloads,
    role: () =>
      known.roleMapping === undefined ? null : known.roleMapping.find('a', 'b')?.roleArn,
    hasLogged: (pattern) => cluster.logged.some(({ message }) => pattern.test(message)),
  }
  return watched
}

function apply({ kubernetes }: ClusterOfATest, config: string): void {
  kubernetes.configMaps.apply('ns', 'pod-identity-webhook', { config })
}

test('the ConfigMap is read, and again whenever it changes', async (context) => {
  const watched = await watchRoles(context, (cluster) => {
    apply(cluster, good)
    cluster.kubernetes.configMaps.apply('ns', 'other', { config: '{}' })
    cluster.kubernetes.configMaps.apply('elsewhere', 'pod-identity-webhook', { config: '{}' })
  })
  await until(() => watched.role() === reader)
  assert.deepEqual([watched.readUnreadiness(), watched.isUsed()], ['', true])
  apply(watched, good.replace('reader', 'writer'))
  await until(() => watched.role() === reader.replace('reader', 'writer'))
  assert.deepEqual(watched.reloads, ['config_map true', 'config_map true'])
})

test('without a ConfigMap nobody has a role by it, and the webhook is ready; one that comes later counts', async (context) => {
  const watched = await watchRoles(context, () => undefined)
  assert.match(watched.readUnreadiness(), /ns\/pod-identity-webhook has not been read yet/)
  await until(() => watched.role() === undefined)
  assert.deepEqual([watched.readUnreadiness(), watched.isUsed()], ['', false])
  apply(watched, good)
  await until(() => watched.role() === reader)
})

test('bad content leaves the last good one in use, and what went meanwhile goes with the next good one', async (context) => {
  const watched = await watchRoles(context, (cluster) => apply(cluster, good))
  await until(() => watched.role() === reader)
  apply(watched, '{"a/b":')
  await until(() => watched.hasLogged(/What it said before stays in use/))
  assert.equal(watched.role(), reader)
  assert.deepEqual(watched.reloads, ['config_map true', 'config_map false'])
  watched.kubernetes.configMaps.apply('ns', 'pod-identity-webhook')
  await until(() => watched.hasLogged(/there is no key config/))
  assert.equal(watched.role(), reader)
  apply(watched, '{}')
  await until(() => watched.role() === undefined)
})

test('bad content at the start is told, and does not keep the webhook from being ready', async (context) => {
  const watched = await watchRoles(context, (cluster) => apply(cluster, '[]'))
  await until(() => watched.readUnreadiness() === '')
  assert.ok(watched.hasLogged(/pod-identity-webhook: config is not a JSON object\.$/))
})

test('a deleted ConfigMap takes its roles with it', async (context) => {
  const watched = await watchRoles(context, (cluster) => apply(cluster, good))
  await until(() => watched.role() === reader)
  watched.kubernetes.configMaps.remove('ns', 'pod-identity-webhook')
  await until(() => watched.role() === undefined)
})

test('nothing is missed through bookmarks, broken connections and 410 Gone', async (context) => {
  const watched = await watchRoles(context, (cluster) => apply(cluster, good))
  await until(() => watched.role() === reader)
  const { configMaps } = watched.kubernetes
  const breaks = [configMaps.dropWatches, configMaps.expireWatches, configMaps.bookmark]
  for (const [index, breakIt] of breaks.entries()) {
    breakIt()
    apply(watched, good.replace('reader', `reader-${index}`))
    await until(() => watched.role() === `${reader}-${index}`)
  }
})
