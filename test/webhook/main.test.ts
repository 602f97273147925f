import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { startKubernetes } from '../../stand-ins/kubernetes/api.ts'
import type { KubernetesDouble } from '../../stand-ins/kubernetes/api.ts'
import { makeCertificate } from '../../stand-ins/kubernetes/certificate.ts'
import { baseRole, chainPod, plainPod, toBody } from './http/app-under-test.ts'
import type { Answer } from './http/app-under-test.ts'
import { until } from './kubernetes/cluster-of-a-test.ts'
import { run, type Line } from './webhook-process.ts'

interface Webhook {
  readonly child: ChildProcess
  readonly lines: readonly Line[]
  readonly kubernetes: KubernetesDouble
  readonly send: (path: string, body?: string) => Promise<{ code: number; text: string }>
}

/** Starts it; `before` says what is broken from the beginning. */
async function startWebhook(
  context: TestContext,
  before: (kubernetes: KubernetesDouble) => void = () => undefined,
): Promise<Webhook> {
  const kubernetes = await startKubernetes({
    serviceAccounts: [
      { namespace: 'a', name: 'b', annotations: { 'eks.amazonaws.com/role-arn': baseRole } },
    ],
  })
  context.after(() => kubernetes.stop())
  before(kubernetes)
  const folder = mkdtempSync(join(tmpdir(), 'rolechain-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const { ca, certificate, key } = await makeCertificate()
  writeFileSync(join(folder, 'tls.crt'), certificate)
  writeFileSync(join(folder, 'tls.key'), key)
  writeFileSync(join(folder, 'config.yaml'), 'sidecar: { image: localhost/sidecar:1 }\n')
  kubernetes.writeKubeconfig(join(folder, 'kubeconfig'))
  const { child, lines } = run(context, [
    '--in-cluster=false',
    '--port=0',
    '--metrics-port=0',
    `--kubeconfig=${join(folder, 'kubeconfig')}`,
    `--tls-cert=${join(folder, 'tls.crt')}`,
    `--tls-key=${join(folder, 'tls.key')}`,
    `--config=${join(folder, 'config.yaml')}`,
  ])
  await until(() => lines.some(({ message }) => message === 'listening'))
  const port = lines.find(({ message }) => message === 'listening')?.port ?? 0
  const send = (path: string, body?: string) => exchange({ port, ca, path, body })
  return { child, lines, kubernetes, send }
}

async function exchange(call: {
  port: number
  ca: string
  path: string
  body: string | undefined
}): Promise<{ code: number; text: string }> {
  const { port, ca, path, body } = call
  const sent = request({
    host: '127.0.0.1',
    port,
    ca,
    path,
    servername: 'localhost',
    method: body === undefined ? 'GET' : 'POST',
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
  })
  sent.end(body)
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  const chunks = (await answer.toArray()) as Buffer[]
  return { code: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }
}

async function waitUntilReady({ send }: Webhook): Promise<void> {
  await until(async () => (await send('/readyz')).code === 200)
}

test('becomes ready, judges pods over TLS, and ends in good order', async (context) => {
  const webhook = await startWebhook(context)
  await waitUntilReady(webhook)
  for (const pod of [plainPod, chainPod]) {
    const { code, text } = await webhook.send('/mutate?timeout=5s', toBody(pod))
    assert.equal(code, 200)
    const { response } = JSON.parse(text) as Answer
    assert.deepEqual([response.uid, response.allowed], ['uid-1', true])
    assert.notEqual(response.patch, undefined)
  }
  webhook.child.kill('SIGINT')
  assert.deepEqual(await once(webhook.child, 'exit'), [0, null])
})

test('where it may not ask for the version it is ready too, gives roles, and refuses targets', async (context) => {
  const webhook = await startWebhook(context, (kubernetes) => {
    kubernetes.breakAll('version', { kind: 'status', code: 403 })
  })
  await waitUntilReady(webhook)
  const ask = async (pod: object) =>
    (JSON.parse((await webhook.send('/mutate', toBody(pod))).text) as Answer).response
  const plain = await ask(plainPod)
  assert.equal(plain.allowed, true)
  assert.notEqual(plain.patch, undefined)
  const chain = await ask(chainPod)
  assert.equal(chain.allowed, false)
  assert.match(chain.status?.message ?? '', /has not told the webhook its version.*\/version/)
})

test('on SIGTERM it is no longer ready, and still answers until the cluster has noticed', async (context) => {
  const webhook = await startWebhook(context)
  await waitUntilReady(webhook)
  const exit = once(webhook.child, 'exit')
  webhook.child.kill('SIGTERM')
  await until(() => webhook.lines.some(({ message }) => message.startsWith('Told to end')))
  assert.equal((await webhook.send('/readyz')).code, 503)
  assert.equal((await webhook.send('/mutate', toBody(plainPod))).code, 200)
  assert.deepEqual(await exit, [0, null])
})

test('tells all that is wrong with its flags, one JSON line each, and exits with 1', async (context) => {
  const { child, lines, others } = run(context, ['--port=x', '--nope', '--in-cluster=false'])
  const [code] = (await once(child, 'close')) as [number]
  assert.equal(code, 1)
  assert.deepEqual(
    lines.map(({ level }) => level),
    ['error', 'error'],
  )
  assert.deepEqual(others, [])
})

test('says in one JSON line why it cannot start', async (context) => {
  const { child, lines, others } = run(context, [
    '--in-cluster=false',
    '--kubeconfig=/nonexistent/kubeconfig',
  ])
  const [code] = (await once(child, 'close')) as [number]
  assert.deepEqual([code, lines.length, others], [1, 1, []])
  assert.match(lines[0]?.message ?? '', /could not start.*\/nonexistent\/kubeconfig/)
})

test('prints its version', async (context) => {
  const { child, others } = run(context, ['--version'])
  await once(child, 'close')
  assert.deepEqual(others, ['dev'])
})
