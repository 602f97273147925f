/**
 * The real webhook program beside a Kubernetes double, ready to answer; what becomes of its log is the test's choice.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess, StdioOptions } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import type { RequestOptions } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readImageEnv } from '../../bench/image-env.ts'
import { startKubernetes } from '../../stand-ins/kubernetes/api.ts'
import type { KubernetesDouble } from '../../stand-ins/kubernetes/api.ts'
import { makeCertificate } from '../../stand-ins/kubernetes/certificate.ts'
import { findFreePort } from '../../stand-ins/ports.ts'
import { baseRole } from './http/app-under-test.ts'
import { until } from './kubernetes/cluster-of-a-test.ts'

const MAIN = fileURLToPath(new URL('../../webhook/main.ts', import.meta.url))

export interface WebhookStage {
  readonly child: ChildProcess
  readonly port: number
  readonly metricsPort: number
  readonly ca: string
  readonly folder: string
  readonly kubernetes: KubernetesDouble
  /** One request on a connection of its own; GET without a body. */
  readonly send: (path: string, body?: string, more?: RequestOptions) => Promise<Sent>
  readonly readMetric: (name: string) => Promise<number>
}

export interface Sent {
  readonly code: number
  readonly text: string
}

export interface StageOptions {
  readonly args?: (folder: string) => readonly string[]
  /** Of the program; its log is thrown away unless told. */
  readonly stdio?: StdioOptions
}

/** Starts it with the env of the image, and waits until it is ready. It is gone when the test ends. */
export async function startWebhookStage(
  context: { readonly after: (end: () => unknown) => unknown },
  { args = () => [], stdio = 'ignore' }: StageOptions = {},
): Promise<WebhookStage> {
  const kubernetes = await startKubernetes({
    serviceAccounts: [
      { namespace: 'a', name: 'b', annotations: { 'eks.amazonaws.com/role-arn': baseRole } },
    ],
  })
  context.after(() => kubernetes.stop())
  const folder = mkdtempSync(join(tmpdir(), 'rolechain-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const { ca, certificate, key } = await makeCertificate()
  writeFileSync(join(folder, 'tls.crt'), certificate)
  writeFileSync(join(folder, 'tls.key'), key)
  writeFileSync(join(folder, 'config.yaml'), 'sidecar: { image: localhost/sidecar:1 }\n')
  const port = await findFreePort()
  const metricsPort = await findFreePort()
  const command = [
    MAIN,
    '--in-cluster=false',
    `--port=${port}`,
    `--metrics-port=${metricsPort}`,
    `--kubeconfig=${kubernetes.writeKubeconfig(join(folder, 'kubeconfig'))}`,
    `--tls-cert=${join(folder, 'tls.crt')}`,
    `--tls-key=${join(folder, 'tls.key')}`,
    `--config=${join(folder, 'config.yaml')}`,
    ...args(folder),
  ]
  const env = { ...process.env, ...readImageEnv('webhook') }
  const child = spawn(process.execPath, command, { stdio, env })
  context.after(() => child.kill('SIGKILL'))
  await untilReady(child, metricsPort)
  return {
    child,
    port,
    metricsPort,
    ca,
    folder,
    kubernetes,
    send: (path, body, more) => exchange({ port, ca, path, ...more }, body),
    readMetric: async (name) => {
      const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
      return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN)
    },
  }
}

async function untilReady(child: ChildProcess, metricsPort: number): Promise<void> {
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`It ended with status ${child.exitCode}.`)
    const answer = await fetch(`http://127.0.0.1:${metricsPort}/readyz`).catch(() => undefined)
    return answer?.status === 200
  })
}

async function exchange(options: RequestOptions, body: string | undefined): Promise<Sent> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const sent = request(
    {
      host: '127.0.0.1',
      servername: 'localhost',
      method: body === undefined ? 'GET' : 'POST',
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      agent: false,
      ...options,
    },
    resolve,
  )
  sent.on('error', reject)
  sent.end(body)
  const answer = await promise
  const chunks = (await answer.toArray()) as Buffer[]
  return { code: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }
}
