/** A webhook whose TLS port cannot be opened, at the moment before its process ends. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { startKubernetes } from '../../stand-ins/kubernetes/api.ts'
import { makeCertificate } from '../../stand-ins/kubernetes/certificate.ts'

/** Starts the webhook, which fails; gives what /readyz of the plain port says once the service accounts are read. */
const program = `
import { parseCommandLine } from '${new URL('../../webhook/command-line/command-line.ts', import.meta.url).href}'
import { startWebhook } from '${new URL('../../webhook/webhook.ts', import.meta.url).href}'
const { values } = parseCommandLine(process.argv.slice(1))
let port
const read = Promise.withResolvers()
const log = (level, message, details) => {
  port ??= details?.metricsPort
  if (message.startsWith('Read ')) read.resolve()
}
const failure = await startWebhook(values, log).then(() => 'started', ({ code }) => code)
await read.promise
const { status } = await fetch(\`http://127.0.0.1:\${port}/readyz\`)
process.stdout.write(JSON.stringify({ failure, status }))
process.exit(0)
`

async function takePort(context: TestContext): Promise<number> {
  const server = createServer()
  server.listen(0, '::')
  await once(server, 'listening')
  context.after(() => server.close())
  return (server.address() as AddressInfo).port
}

test('is never ready before the TLS port is open: a rollout would end the old webhook for it', async (context) => {
  const kubernetes = await startKubernetes()
  context.after(() => kubernetes.stop())
  const folder = mkdtempSync(join(tmpdir(), 'rolechain-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const { certificate, key } = await makeCertificate()
  writeFileSync(join(folder, 'tls.crt'), certificate)
  writeFileSync(join(folder, 'tls.key'), key)
  const parameters = [
    '--in-cluster=false',
    `--port=${await takePort(context)}`,
    '--metrics-port=0',
    `--kubeconfig=${kubernetes.writeKubeconfig(join(folder, 'kubeconfig'))}`,
    `--tls-cert=${join(folder, 'tls.crt')}`,
    `--tls-key=${join(folder, 'tls.key')}`,
  ]
  const child = spawn(
    process.execPath,
    ['--input-type=module', '--eval', program, '--', ...parameters],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  context.after(() => child.kill('SIGKILL'))
  assert.deepEqual(JSON.parse(await text(child.stdout)), { failure: 'EADDRINUSE', status: 503 })
})
