import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { connect } from 'node:tls'
import type { ConnectionOptions } from 'node:tls'
import { PARITY_DEFAULTS } from '../../../webhook/core/configuration.ts'
import { BadConfigurationFile, startConfigurationFile } from '../../../webhook/io/config-file.ts'
import { startConfiguration } from '../../../webhook/io/configuration.ts'
import { loadTls } from '../../../webhook/io/tls.ts'
import { toSentence } from '../../../webhook/log.ts'
import { makeCertificate } from '../../kubernetes/certificate.ts'
import { startCluster, until } from './cluster-of-a-test.ts'

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
    everyMs: 5,
    onChange: ({ region }) => changes.push(region),
    onFailure: (error) => failures.push(toSentence(error)),
  })
  context.after(file.stop)
  return { settings: file.settings, changes, failures }
}

test('reads the configuration file, and again when its link is swapped', async (context) => {
  const folder = makeFolder(context)
  mountFiles(folder, 'one', { 'config.yaml': 'region: eu-west-1\n' })
  symlinkSync('..data/config.yaml', join(folder, 'config.yaml'))
  const { settings, changes } = await watchFile(context, join(folder, 'config.yaml'))
  assert.equal(settings.region, 'eu-west-1')
  mountFiles(folder, 'two', { 'config.yaml': 'region: eu-west-2\n' })
  await until(() => changes.length > 0)
  assert.deepEqual(changes, ['eu-west-2'])
})

test('a bad new configuration file is told once, and a good one after it is used', async (context) => {
  const path = join(makeFolder(context), 'config.yaml')
  writeFileSync(path, 'region: eu-west-1\n')
  const { changes, failures } = await watchFile(context, path)
  writeFileSync(path, 'regin: eu-west-1\ngate: maybe\n')
  await until(() => failures.length > 0)
  assert.match(failures[0] ?? '', /config\.yaml cannot be used: .*gate.*; .*regin/)
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

test('without a configuration file there are the defaults', async (context) => {
  const { settings } = await watchFile(context, '')
  assert.equal(settings.gate, 'on')
})

async function startOf(context: TestContext, prepare: 'failing' | 'plain' = 'plain') {
  const cluster = await startCluster(context, {
    version: { major: '1', minor: '31+', gitVersion: 'v1.31.2-eks' },
  })
  if (prepare === 'failing') {
    cluster.kubernetes.break('version', { kind: 'status', code: 503 })
    cluster.kubernetes.break('version', { kind: 'reset' })
  }
  const path = join(makeFolder(context), 'config.yaml')
  writeFileSync(path, 'region: eu-west-1\n')
  const reloads: boolean[] = []
  const configuration = await startConfiguration({
    ...cluster,
    path,
    everyMs: 5,
    fromFlags: { parity: PARITY_DEFAULTS, chainAnnotationPrefix: 'rolechain.io', version: '1' },
    onReload: (isGood) => reloads.push(isGood),
  })
  context.after(configuration.stop)
  return { path, reloads, configuration, logged: cluster.logged }
}

test('puts settings and the version of the API server together, and anew when the file changes', async (context) => {
  const { configuration, path, reloads, logged } = await startOf(context)
  assert.equal(configuration.read(), undefined)
  await until(() => configuration.read() !== undefined)
  assert.deepEqual(configuration.read()?.kubernetesVersion, { major: 1, minor: 31 })
  const stamp = configuration.read()?.stamp
  writeFileSync(path, 'gate: 7\n')
  await until(() => reloads.length === 1)
  assert.equal(configuration.read()?.stamp, stamp)
  assert.match(logged.at(-1)?.message ?? '', /What it said before stays in use/)
  writeFileSync(path, 'region: eu-west-2\n')
  await until(() => reloads.length === 2)
  assert.equal(configuration.read()?.settings.region, 'eu-west-2')
  assert.notEqual(configuration.read()?.stamp, stamp)
  assert.deepEqual(reloads, [false, true])
})

test('asks for the version of the API server until there is an answer', async (context) => {
  const { configuration } = await startOf(context, 'failing')
  await until(() => configuration.read() !== undefined)
})

async function serve(context: TestContext, minVersion: 'TLSv1.2' | 'TLSv1.3' = 'TLSv1.2') {
  const folder = makeFolder(context)
  const files = { certificatePath: join(folder, 'tls.crt'), keyPath: join(folder, 'tls.key') }
  const write = ({ certificate, key }: { certificate: string; key: string }) => {
    writeFileSync(files.certificatePath, certificate)
    writeFileSync(files.keyPath, key)
  }
  const first = await makeCertificate()
  write(first)
  const tls = await loadTls({ ...files, ciphers: '', minVersion })
  const server = createServer(tls.options).listen(0, '127.0.0.1')
  context.after(() => server.close())
  await once(server, 'listening')
  const changes: number[] = []
  const failures: string[] = []
  const unfollow = tls.follow(server, {
    everyMs: 5,
    onChange: (expiresAtMs) => changes.push(expiresAtMs),
    onFailure: (error) => failures.push(toSentence(error)),
  })
  context.after(unfollow)
  const { port } = server.address() as AddressInfo
  return { files, first, write, changes, failures, port }
}

async function peerSerial(port: number, options: ConnectionOptions): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ...options })
  await once(socket, 'secureConnect')
  const { serialNumber } = socket.getPeerCertificate()
  socket.destroy()
  return serialNumber
}

const serialOf = (pem: string) => new X509Certificate(pem).serialNumber

test('serves a new certificate without a restart', async (context) => {
  const { first, write, changes, port } = await serve(context)
  assert.equal(await peerSerial(port, { ca: first.ca }), serialOf(first.certificate))
  const second = await makeCertificate()
  write(second)
  await until(() => changes.length > 0)
  assert.equal(await peerSerial(port, { ca: second.ca }), serialOf(second.certificate))
})

test('a pair that does not fit leaves the old certificate in use, and is told', async (context) => {
  const { files, first, failures, port } = await serve(context)
  writeFileSync(files.keyPath, (await makeCertificate()).key)
  await until(() => failures.length > 0)
  assert.match(failures[0] ?? '', /tls\.crt and the key in .*tls\.key cannot be used: /)
  assert.doesNotMatch(failures[0] ?? '', /PRIVATE KEY/)
  assert.equal(await peerSerial(port, { ca: first.ca }), serialOf(first.certificate))
})

test('refuses TLS versions below the lowest', async (context) => {
  const { first, port } = await serve(context, 'TLSv1.3')
  await peerSerial(port, { ca: first.ca })
  await assert.rejects(peerSerial(port, { ca: first.ca, maxVersion: 'TLSv1.2' }))
})

test('does not start without a certificate, and says which flags name it', async (context) => {
  const folder = makeFolder(context)
  const files = { certificatePath: join(folder, 'a'), keyPath: join(folder, 'b') }
  await assert.rejects(loadTls({ ...files, ciphers: '', minVersion: 'TLSv1.2' }), /--tls-cert/)
  writeFileSync(files.certificatePath, 'x')
  writeFileSync(files.keyPath, 'y')
  await assert.rejects(loadTls({ ...files, ciphers: '', minVersion: 'TLSv1.2' }), /cannot be used/)
})
