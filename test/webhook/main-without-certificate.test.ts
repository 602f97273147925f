/** A webhook that makes its certificate itself, on a cluster that does not let it. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { startKubernetes } from '../../stand-ins/kubernetes/api.ts'
import { until } from './kubernetes/cluster-of-a-test.ts'
import { run } from './webhook-process.ts'

async function startWithoutCertificate(context: TestContext) {
  const kubernetes = await startKubernetes()
  context.after(() => kubernetes.stop())
  const mend = kubernetes.breakAll('write', { kind: 'status', code: 403 })
  const folder = mkdtempSync(join(tmpdir(), 'rolechain-'))
  context.after(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'config.yaml'), 'sidecar: { image: localhost/sidecar:1 }\n')
  const webhook = run(context, [
    '--port=0',
    '--metrics-port=0',
    `--kubeconfig=${kubernetes.writeKubeconfig(join(folder, 'kubeconfig'))}`,
    `--config=${join(folder, 'config.yaml')}`,
  ])
  await until(() => webhook.lines.some(({ metricsPort }) => metricsPort !== undefined))
  const port = webhook.lines.find(({ metricsPort }) => metricsPort !== undefined)?.metricsPort
  const ask = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`)
    return { code: answer.status, text: await answer.text() }
  }
  const tried = () => webhook.lines.some(({ level }) => level === 'error')
  return { ...webhook, mend, ask, tried }
}

test('without a certificate it is alive, says why it is not ready, and is when it gets one', async (context) => {
  const { ask, tried, mend, lines } = await startWithoutCertificate(context)
  await until(tried)
  assert.equal((await ask('/healthz')).code, 200)
  const { code, text } = await ask('/readyz')
  assert.equal(code, 503)
  assert.match(text, /^Not ready: there is no serving certificate: The API server answered 403/)
  mend()
  await until(() => lines.some(({ message }) => message === 'listening'))
  await until(async () => (await ask('/readyz')).code === 200)
})

test('without a certificate it ends at once when it is told to', async (context) => {
  const { child, tried } = await startWithoutCertificate(context)
  await until(tried)
  child.kill('SIGTERM')
  assert.deepEqual(await once(child, 'exit'), [0, null])
})
