/** Reviews from clients with a certificate of one authority only, by real TLS connections to the real webhook. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { connect } from 'node:tls'
import type { ConnectionOptions } from 'node:tls'
import { makeCertificate } from '../../../stand-ins/kubernetes/certificate.ts'
import { until } from '../kubernetes/cluster-of-a-test.ts'
import { plainPod, toBody } from './app-under-test.ts'
import { requestOf } from './loads.ts'
import { startWebhookStage } from '../webhook-stage.ts'
import type { WebhookStage } from '../webhook-stage.ts'
import { run } from '../webhook-process.ts'

const hourMs = 3_600_000
const PATHS = ['/mutate', '/mutate/enforce', '/validate']

function pathIn(folder: string): string {
  return join(folder, 'client-ca.crt')
}

/** A webhook that knows this authority, and how to exchange the authority. */
async function startGuarded(context: TestContext, ca: string) {
  const webhook = await startWebhookStage(context, {
    args: (folder) => {
      writeFileSync(pathIn(folder), ca)
      return [`--client-ca=${pathIn(folder)}`]
    },
  })
  return { ...webhook, write: (pem: string) => writeFileSync(pathIn(webhook.folder), pem) }
}

async function codeOf(
  { send }: WebhookStage,
  client: { readonly certificate: string; readonly key: string } | undefined,
  path = '/mutate',
): Promise<number> {
  const identity = client === undefined ? {} : { cert: client.certificate, key: client.key }
  const { code, text } = await send(path, toBody(plainPod), identity)
  if (code !== 200) assert.match(text, /^Reviews are taken from clients with a certificate of /)
  return code
}

test('takes reviews from clients of the authority only, and answers probes of everybody', async (context) => {
  const right = await makeCertificate()
  const webhook = await startGuarded(context, right.ca)
  const expired = await makeCertificate(new Date(Date.now() - hourMs))
  for (const path of PATHS) {
    assert.equal(await codeOf(webhook, right, path), 200)
    assert.equal(await codeOf(webhook, undefined, path), 401)
    assert.equal(await codeOf(webhook, await makeCertificate(), path), 401)
    assert.equal(await codeOf(webhook, expired, path), 401)
  }
  const { text } = await webhook.send('/mutate', toBody(plainPod))
  assert.match(text, /--client-ca only: no certificate was shown\.\n$/)
  for (const path of ['/healthz', '/readyz']) assert.equal((await webhook.send(path)).code, 200)
})

test('an authority that has ended itself lets nobody in', async (context) => {
  const ended = await makeCertificate(new Date(Date.now() - hourMs))
  const webhook = await startGuarded(context, ended.ca)
  assert.equal(await codeOf(webhook, ended), 401)
})

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`a session of ${version} that is resumed has the rights that it had`, async (context) => {
    const right = await makeCertificate()
    const webhook = await startGuarded(context, right.ca)
    const wrong = await makeCertificate()
    for (const [client, code] of [
      [undefined, 401],
      [wrong, 401],
      [right, 200],
    ] as const) {
      const identity = client === undefined ? {} : { cert: client.certificate, key: client.key }
      const options = { ...identity, minVersion: version, maxVersion: version }
      const first = await ask(webhook, options)
      const second = await ask(webhook, { ...options, session: first.session })
      assert.deepEqual([first.code, second.code], [code, code])
      assert.equal(second.isResumed, true)
    }
  })
}

/** One review on a connection with these options, and the session by which to come back. */
async function ask(
  { port, ca }: WebhookStage,
  options: ConnectionOptions,
): Promise<{ code: number; session: Buffer | undefined; isResumed: boolean }> {
  const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca, ...options })
  let session: Buffer | undefined
  socket.on('session', (next: Buffer) => {
    session = next
  })
  socket.on('error', () => undefined)
  await once(socket, 'secureConnect')
  const isResumed = socket.isSessionReused()
  let text = ''
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  socket.write(requestOf(toBody(plainPod)))
  await once(socket, 'close')
  return { code: Number(text.split(' ')[1]), session, isResumed }
}

test('reads the authority again when it changes, and keeps it when the file cannot be used', async (context) => {
  const [old, next] = [await makeCertificate(), await makeCertificate()]
  const webhook = await startGuarded(context, old.ca)
  webhook.write(next.ca)
  await until(async () => (await codeOf(webhook, next)) === 200)
  assert.equal(await codeOf(webhook, old), 401)
  const { ca: third } = await makeCertificate()
  for (const broken of ['', 'no certificate', third.replace(/[A-Z]{8}/, 'AAAAAAAA')]) {
    webhook.write(broken)
    // A later one is in use only after this one was read.
    assert.equal(await codeOf(webhook, undefined), 401)
    assert.equal(await codeOf(webhook, next), 200)
  }
  webhook.write(old.ca)
  await until(async () => (await codeOf(webhook, old)) === 200)
  assert.equal(await codeOf(webhook, next), 401)
})

test('takes clients of two authorities of one name while the first is renewed', async (context) => {
  const [old, next] = [await makeCertificate(), await makeCertificate()]
  for (const bundle of [`${old.ca}\n${next.ca}\n`, `${next.ca}\n${old.ca}\n`]) {
    const webhook = await startGuarded(context, bundle)
    assert.equal(await codeOf(webhook, old), 200)
    assert.equal(await codeOf(webhook, next), 200)
    assert.equal(await codeOf(webhook, await makeCertificate()), 401)
  }
})

test('does not start with an authority that it cannot use', async (context) => {
  const stage = await startWebhookStage(context)
  const path = (name: string) => join(stage.folder, name)
  writeFileSync(path('empty'), '')
  for (const [name, why] of [
    ['empty', /client certificates in .*empty cannot be used: it has no PEM certificate/],
    ['missing', /cannot be read \(--client-ca\): ENOENT/],
  ] as const) {
    const { child, lines } = run(context, [
      '--in-cluster=false',
      '--port=0',
      '--metrics-port=0',
      `--kubeconfig=${path('kubeconfig')}`,
      `--tls-cert=${path('tls.crt')}`,
      `--tls-key=${path('tls.key')}`,
      `--client-ca=${path(name)}`,
    ])
    assert.deepEqual(await once(child, 'exit'), [1, null])
    assert.match(lines.at(-1)?.message ?? '', why)
  }
})
