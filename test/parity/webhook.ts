/** The whole webhook in this process, started with a command line as an operator would write it, on a Kubernetes API of a test. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseCommandLine } from '../../webhook/config.ts'
import { createLog } from '../../webhook/log.ts'
import { startWebhook } from '../../webhook/webhook.ts'
import { startKubernetes } from '../kubernetes/api.ts'
import type { KubernetesDouble } from '../kubernetes/api.ts'
import { makeCertificate } from '../kubernetes/certificate.ts'
import type { NamedServiceAccount } from '../kubernetes/store.ts'

/** What the webhook finds where it is started. */
export interface Surroundings {
  /** Beside those without which it would not run here: ports, certificate, access to the API. */
  readonly flags?: readonly string[]
  readonly serviceAccounts?: readonly NamedServiceAccount[]
}

export interface HttpAnswer {
  readonly code: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

export interface RunningWebhook {
  readonly kubernetes: KubernetesDouble
  /** A folder of its own. */
  readonly folder: string
  readonly logged: readonly Readonly<Record<string, unknown>>[]
  send(call: Call): Promise<HttpAnswer>
  stop(): Promise<void>
}

export interface Call {
  readonly path: string
  readonly method?: string
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** One pair for all: making it takes longer than starting the webhook. */
const pair = makeCertificate()

/** Resolves when it is ready. */
export async function startWebhookIn(surroundings: Surroundings): Promise<RunningWebhook> {
  const { flags = [], serviceAccounts = [] } = surroundings
  const { ca, certificate, key } = await pair
  const folder = mkdtempSync(join(tmpdir(), 'rolechain-parity-'))
  const kubeconfig = join(folder, 'kubeconfig')
  writeFileSync(join(folder, 'tls.crt'), certificate)
  writeFileSync(join(folder, 'tls.key'), key)
  const commandLine = parseCommandLine([
    '--in-cluster=false',
    '--port=0',
    '--metrics-port=0',
    `--kubeconfig=${kubeconfig}`,
    `--tls-cert=${join(folder, 'tls.crt')}`,
    `--tls-key=${join(folder, 'tls.key')}`,
    ...flags,
  ])
  assert.ok(commandLine.kind === 'run', JSON.stringify(commandLine))
  const kubernetes = await startKubernetes({ serviceAccounts })
  kubernetes.writeKubeconfig(kubeconfig)
  const logged: Record<string, unknown>[] = []
  const log = createLog({
    write: (line) => logged.push(JSON.parse(line) as Record<string, unknown>),
    nowMs: Date.now,
    isVerbose: true,
  })
  const webhook = await startWebhook(commandLine.values, log)
  const listening = logged.find(({ message }) => message === 'listening')
  const agent = new Agent({ keepAlive: true, ca, servername: 'localhost' })
  const send = (call: Call) => exchange(agent, Number(listening?.['port']), call)
  let isReady = false
  while (!isReady) isReady = (await send({ path: '/readyz' })).code === 200
  return {
    kubernetes,
    folder,
    logged,
    send,
    stop: async () => {
      agent.destroy()
      await webhook.stop(0)
      await kubernetes.stop()
      rmSync(folder, { recursive: true })
    },
  }
}

async function exchange(agent: Agent, port: number, call: Call): Promise<HttpAnswer> {
  const { path, body, method = body === undefined ? 'GET' : 'POST', headers = {} } = call
  const sent = request({ host: '127.0.0.1', port, agent, path, method, headers })
  sent.end(body)
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  const chunks = (await answer.toArray()) as Buffer[]
  const text = Buffer.concat(chunks).toString('utf8')
  return { code: answer.statusCode ?? 0, headers: answer.headers, text }
}
