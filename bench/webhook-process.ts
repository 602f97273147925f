/** The webhook as a process of its own beside an API double: what it needs in a folder, its start, its end. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { startKubernetes, type KubernetesDouble } from '../stand-ins/kubernetes/api.ts'
import { makeCertificate } from '../stand-ins/kubernetes/certificate.ts'
import type { NamedServiceAccount } from '../stand-ins/kubernetes/store.ts'
import { findFreePort } from '../stand-ins/ports.ts'
import { readImageEnv } from './image-env.ts'
import { startProgram } from './process.ts'

const WEBHOOK = 'dist/webhook.cjs'

export interface WebhookProcess {
  readonly pid: number
  readonly origin: string
  readonly kubernetes: KubernetesDouble
  /** What it serves with, for a peer. */
  readonly keyFile: string
  readonly certificateFile: string
  /** From its start until it listened, and until it was ready. */
  readonly listeningMs: number
  readonly readyMs: number
  readonly stop: () => Promise<void>
}

export async function startWebhookProcess(
  serviceAccounts: readonly NamedServiceAccount[],
): Promise<WebhookProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'rolechain-bench-'))
  const kubernetes = await startKubernetes({ serviceAccounts })
  const { key, certificate } = await makeCertificate()
  const keyFile = join(folder, 'tls.key')
  const certificateFile = join(folder, 'tls.crt')
  const configurationFile = join(folder, 'config.yaml')
  writeFileSync(keyFile, key)
  writeFileSync(certificateFile, certificate)
  writeFileSync(configurationFile, 'sidecar: { image: localhost/rolechain-sidecar:bench }\n')
  const port = await findFreePort()
  const metricsPort = await findFreePort()
  const startedAtMs = performance.now()
  const webhook = startProgram(
    WEBHOOK,
    [
      '--in-cluster=false',
      `--tls-key=${keyFile}`,
      `--tls-cert=${certificateFile}`,
      `--config=${configurationFile}`,
      `--port=${port}`,
      `--metrics-port=${metricsPort}`,
    ],
    { env: writePodFiles(folder, kubernetes) },
  )
  const stop = async () => {
    await webhook.stop()
    await kubernetes.stop()
    rmSync(folder, { recursive: true })
  }
  try {
    const origin = `https://127.0.0.1:${port}`
    await webhook.lineWith(/"listening"/)
    const listeningMs = performance.now() - startedAtMs
    await waitUntilReady(origin)
    const readyMs = performance.now() - startedAtMs
    const files = { keyFile, certificateFile }
    return { pid: webhook.pid, origin, kubernetes, ...files, listeningMs, readyMs, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/**
 * The env of a pod whose token and authority are in `folder`. As in a cluster, and not by a kubeconfig: the library
 * that reads those is not loaded there, and takes 14 MB.
 */
function writePodFiles(
  folder: string,
  { url, ca, token }: KubernetesDouble,
): Readonly<Record<string, string>> {
  writeFileSync(join(folder, 'token'), token)
  writeFileSync(join(folder, 'ca.crt'), ca)
  const moved = join(folder, 'moved.cjs')
  writeFileSync(
    moved,
    `const files = require('node:fs/promises'), { readFile } = files
files.readFile = (path, ...rest) =>
  readFile(path.replace('/var/run/secrets/kubernetes.io/serviceaccount', ${JSON.stringify(folder)}), ...rest)
`,
  )
  const { hostname, port } = new URL(url)
  const { NODE_OPTIONS: ofImage = '', ...env } = readImageEnv('webhook')
  return {
    ...env,
    KUBERNETES_SERVICE_HOST: hostname,
    KUBERNETES_SERVICE_PORT: port,
    NODE_OPTIONS: `${ofImage} --require=${moved}`,
  }
}

/** Ready means that the service accounts have been read: before, reviews would wait. */
async function waitUntilReady(origin: string): Promise<void> {
  const agent = new Agent({ connect: { rejectUnauthorized: false } })
  for (;;) {
    const { statusCode, body } = await request(`${origin}/readyz`, { dispatcher: agent })
    await body.dump()
    if (statusCode === 200) break
    await delay(20)
  }
  await agent.close()
}
