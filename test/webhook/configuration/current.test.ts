/** The configuration file: what is taken up, and what stays in use while it cannot be used. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { PARITY_DEFAULTS } from '../../../webhook/core/configuration/configuration.ts'
import {
  BadConfigurationFile,
  startConfigurationFile,
} from '../../../webhook/configuration/file.ts'
import { startConfiguration } from '../../../webhook/configuration/current.ts'
import { watchFiles } from '../../../webhook/files/watch-files.ts'
import { toSentence } from '../../../log/error-text.ts'
import { startCluster, until } from '../kubernetes/cluster-of-a-test.ts'
import { EVERY_MS, untilLookedAt } from './looks.ts'

function makeFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'rolechain-'))
  context.after(() => rmSync(folder, { recursive: true }))
  return folder
}

/** Puts files as the kubelet mounts ConfigMaps and Secrets: links through `..data`, which is swapped as a whole. */
function mountFiles(folder: string, generation: string, files: Record<string, string>): void {
  mkdirSync(join(folder, generation))
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder, generation, name), content)
  }
  symlinkSync(generation, join(folder, '..data_tmp'))
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'))
}

async function watchFile(context: TestContext, path: string) {
  const changes: (string | null)[] = []
  const failures: string[] = []
  const file = await startConfigurationFile({
    path,
    everyMs: EVERY_MS,
    onChange: ({ region }) => changes.push(region),
    onFailure: (error) => failures.push(toSentence(error)),
  })
  context.after(file.stop)
  return { settings: file.settings, changes, failures }
}

test('takes up the configuration file, and once more when its link is swapped, however often it looks', async (context) => {
  const folder = makeFolder(context)
  mountFiles(folder, 'one', { 'config.yaml': 'region: eu-west-1\n' })
  symlinkSync('..data/config.yaml', join(folder, 'config.yaml'))
  const { settings, changes } = await watchFile(context, join(folder, 'config.yaml'))
  assert.equal(settings.region, 'eu-west-1')
  await untilLookedAt(10)
  assert.deepEqual(changes, [])
  mountFiles(folder, 'two', { 'config.yaml': 'region: eu-west-2\n' })
  await until(() => changes.length > 0)
  await untilLookedAt(10)
  assert.deepEqual(changes, ['eu-west-2'])
})

test('a bad new configuration file is told once, and a good one after it is used', async (context) => {
  const path = join(makeFolder(context), 'config.yaml')
  writeFileSync(path, 'region: eu-west-1\n')
  const { changes, failures } = await watchFile(context, path)
  writeFileSync(path, 'regin: eu-west-1\ngate: maybe\n')
  await until(() => failures.length > 0)
  assert.match(failures[0] ?? '', /config\.yaml cannot be used: .*gate.*; .*regin/)
  await untilLookedAt(10)
  assert.equal(failures.length, 1)
  writeFileSync(path, 'region: eu-west-3\n')
  await until(() => changes.length > 0)
  assert.deepEqual([changes, failures.length], [['eu-west-3'], 1])
  rmSync(path)
  await until(() => failures.length > 1)
  assert.match(failures[1] ?? '', /ENOENT/)
})

test('does not start with a bad configuration file, and tells every problem', async (context) => {
  const folder = makeFolder(context)
  const path = join(folder, 'config.yaml')
  const start = () =>
    startConfigurationFile({
      path,
      everyMs: 1000,
      onChange: () => undefined,
      onFailure: () => undefined,
    })
  await assert.rejects(start(), BadConfigurationFile)
  writeFileSync(path, 'region: [\n')
  await assert.rejects(start(), BadConfigurationFile)
  writeFileSync(path, 'region: nowhere\ngate: maybe\n')
  await assert.rejects(
    start(),
    (error) => error instanceof BadConfigurationFile && error.problems.length === 2,
  )
})

/** What a file without content looks like in YAML. */
const EMPTY = ['', ' \n\n', '---\n', 'null\n', '~\n', '# policy: {default: deny}\n']

test('an emptied or lost file leaves in use what it said, and the same content is good when it comes back', async (context) => {
  const path = join(makeFolder(context), 'config.yaml')
  const content = 'region: eu-west-1\npolicy: { default: deny }\n'
  writeFileSync(path, content)
  const { changes, failures } = await watchFile(context, path)
  for (const [index, empty] of EMPTY.entries()) {
    writeFileSync(path, empty)
    await until(() => failures.length > index)
    assert.match(failures.at(-1) ?? '', /config\.yaml cannot be used: the file is empty; /)
  }
  rmSync(path)
  await until(() => failures.length > EMPTY.length)
  assert.match(failures.at(-1) ?? '', /ENOENT/)
  assert.deepEqual(changes, [])
  writeFileSync(path, content)
  await until(() => changes.length > 0)
  assert.deepEqual([changes, failures.length], [['eu-west-1'], EMPTY.length + 1])
})

test('does not start with an empty file: it would be taken for the defaults', async (context) => {
  const path = join(makeFolder(context), 'config.yaml')
  for (const empty of EMPTY) {
    writeFileSync(path, empty)
    await assert.rejects(
      watchFile(context, path),
      /config\.yaml cannot be used: the file is empty; for the defaults write \{\}/,
    )
  }
})

test('a file of several documents is refused, and what is no YAML is told with its place', async (context) => {
  const path = join(makeFolder(context), 'config.yaml')
  for (const [text, says] of [
    [
      'region: eu-west-1\n---\nregion: eu-west-2\n',
      /it holds 2 documents, separated by ---; keep one/,
    ],
    ['region: eu-west-1\nchains: [\n', /config\.yaml cannot be used: .*\((?:\d+:\d+|line \d+)/],
  ] as const) {
    writeFileSync(path, text)
    await assert.rejects(watchFile(context, path), says)
  }
})

test('a file that is still being written is not taken for what it is to become', async (context) => {
  const path = join(makeFolder(context), 'file')
  writeFileSync(path, 'whole')
  const told: string[] = []
  let looks = 0
  const stop = watchFiles({
    paths: [path],
    known: ['whole'],
    everyMs: 1,
    // Each look finds more of it, until it is all there.
    read: async () => {
      looks += 1
      return ['whole again'.slice(0, looks)]
    },
    onChange: ([text = '']) => told.push(text),
    onFailure: (error) => assert.fail(toSentence(error)),
  })
  context.after(stop)
  await until(() => told.length > 0)
  assert.deepEqual(told, ['whole again'])
})

test('without a configuration file there are the defaults', async (context) => {
  const { settings } = await watchFile(context, '')
  assert.equal(settings.gate, 'on')
})

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

async function startOf(context: TestContext) {
  const cluster = await startCluster(context)
  const path = join(makeFolder(context), 'config.yaml')
  writeFileSync(path, 'region: eu-west-1\n')
  const reloads: boolean[] = []
  const used: string[] = []
  const configuration = await startConfiguration({
    ...cluster,
    path,
    everyMs: EVERY_MS,
    fromFlags: { parity: PARITY_DEFAULTS, chainAnnotationPrefix: 'rolechain.io', version: '1' },
    onReload: (isGood) => reloads.push(isGood),
    onUse: (sum) => used.push(sum),
  })
  context.after(configuration.stop)
  return { path, reloads, used, configuration, logged: cluster.logged }
}

test('puts settings and the version of the API server together, and anew when the file changes', async (context) => {
  const { configuration, path, reloads, used, logged } = await startOf(context)
  assert.equal(configuration.read().kubernetesVersion, null)
  await until(() => configuration.read().kubernetesVersion !== null)
  const { stamp } = configuration.read()
  writeFileSync(path, 'gate: 7\n')
  await until(() => reloads.length === 1)
  assert.equal(configuration.read().stamp, stamp)
  assert.match(logged.at(-1)?.message ?? '', /What it said before stays in use/)
  writeFileSync(path, 'region: eu-west-2\n')
  await until(() => reloads.length === 2)
  assert.equal(configuration.read().settings.region, 'eu-west-2')
  assert.notEqual(configuration.read().stamp, stamp)
  assert.deepEqual(configuration.read().kubernetesVersion, { major: 1, minor: 34 })
  assert.deepEqual(reloads, [false, true])
  // As sha256sum prints it, and without the file that could not be used.
  assert.deepEqual(used, [hash('region: eu-west-1\n'), hash('region: eu-west-2\n')])
})
