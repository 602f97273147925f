/** The serving certificate from files. */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { connect } from 'node:tls'
import type { ConnectionOptions } from 'node:tls'
import { loadTls } from '../../../webhook/certificates/from-files.ts'
import { toSentence } from '../../../log/error-text.ts'
import { makeCertificate } from '../../../stand-ins/kubernetes/certificate.ts'
import { until } from '../kubernetes/cluster-of-a-test.ts'

function makeFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'rolechain-'))
  context.after(() => rmSync(folder, { recursive: true }))
  return folder
}

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
