/** Runs the real webhook as a process: TLS with a certificate of its own, a Kubernetes API, a configuration file. */
import { writeFile } from 'node:fs/promises'
import { get } from 'node:https'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import { makeCertificate } from '../stand-ins/kubernetes/certificate.ts'
import type { WebhookAddress } from './api-server.ts'
import type { Journal } from './journal.ts'
import { findFreePort } from '../stand-ins/ports.ts'
import { startProgram } from './program.ts'
import { PATIENCE_MS } from './stage.ts'

export interface WebhookStart {
  readonly folder: string
  readonly kubeconfig: string
  /** For pods that ask for no target; the others get it from the configuration file. */
  readonly region: string
  /** Content of the configuration file. */
  readonly configuration: unknown
  /** Gets its log under `webhook`. */
  readonly journal: Journal
}

export interface RunningWebhook extends WebhookAddress {
  readonly pid: number | undefined
  stop(): Promise<void>
}

const main = fileURLToPath(new URL('../webhook/main.ts', import.meta.url))

/** Resolves when the webhook says that it is ready; throws what it said last when it does not. */
export async function startWebhook(start: WebhookStart): Promise<RunningWebhook> {
  const { folder, kubeconfig, region, configuration, journal } = start
  const { ca, certificate, key } = await makeCertificate()
  const inFolder = (name: string) => join(folder, name)
  await writeFile(inFolder('tls.crt'), certificate)
  await writeFile(inFolder('tls.key'), key, { mode: 0o600 })
  await writeFile(inFolder('rolechain.yaml'), stringify(configuration))
  const port = await findFreePort()
  const program = startProgram({
    args: [
      main,
      `--port=${port}`,
      `--metrics-port=${await findFreePort()}`,
      '--in-cluster=false',
      `--aws-default-region=${region}`,
      `--tls-cert=${inFolder('tls.crt')}`,
      `--tls-key=${inFolder('tls.key')}`,
      `--kubeconfig=${kubeconfig}`,
      `--config=${inFolder('rolechain.yaml')}`,
    ],
    environment: {},
    onLine: (line) => journal.add({ from: 'webhook', line }),
  })
  let hasEnded = false
  void program.ended.then(() => {
    hasEnded = true
  })
  const isUp = await waitUntilReady({ port, ca }, () => hasEnded)
  if (!isUp) {
    await program.stop()
    const last = journal.entries.findLast(({ from }) => from === 'webhook')
    throw new Error(`The webhook did not become ready: ${last?.line ?? 'it said nothing'}`)
  }
  const stop = async () => {
    // Asked kindly, it goes on for as long as a cluster takes to notice; here is no cluster.
    program.kill('SIGKILL')
    await program.ended
  }
  return { port, ca, pid: program.pid, stop }
}

async function waitUntilReady(address: WebhookAddress, hasEnded: () => boolean): Promise<boolean> {
  const deadline = performance.now() + PATIENCE_MS
  while (performance.now() < deadline && !hasEnded()) {
    if (await isReady(address)) return true
    await sleep(25)
  }
  return false
}

function isReady({ port, ca }: WebhookAddress): Promise<boolean> {
  return new Promise((resolve) => {
    get(`https://localhost:${port}/readyz`, { ca, agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    }).on('error', () => resolve(false))
  })
}
