/**
 * The whole webhook in this process, started with a command line as an operator would write it, on a Kubernetes API of
 * a test.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { request as requestPlain } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseCommandLine } from '../../webhook/command-line/command-line.ts'
import { createLog } from '../../log/log.ts'
import { EVENTS } from '../../webhook/log/events.ts'
import { startWebhook } from '../../webhook/webhook.ts'
import { startKubernetes } from '../../stand-ins/kubernetes/api.ts'
import type { KubernetesDouble } from '../../stand-ins/kubernetes/api.ts'
import { makeCertificate } from '../../stand-ins/kubernetes/certificate.ts'
import type { NamedServiceAccount } from '../../stand-ins/kubernetes/store.ts'
import { until } from '../webhook/kubernetes/cluster-of-a-test.ts'

/** What the webhook finds where it is started. */
export interface Surroundings {
  /** Beside those without which it would not run here: ports, certificate, access to the API. */
  readonly flags?: readonly string[]
  readonly serviceAccounts?: readonly NamedServiceAccount[]
  /** What the ConfigMap says; there is none without it. */
  readonly config?: string | undefined
  /** What the file of identities says, which a flag then names. */
  readonly identities?: string | undefined
}

export interface HttpAnswer {
  readonly code: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

export interface RunningWebhook extends RunningProgram {
  readonly kubernetes: KubernetesDouble
}

export interface RunningProgram {
  /** A folder of its own. */
  readonly folder: string
  /** Of `/mutate`. */
  readonly port: number
  readonly logged: readonly Readonly<Record<string, unknown>>[]
  send(call: Call): Promise<HttpAnswer>
  /** The same to the plain port. */
  sendPlain(call: Call): Promise<HttpAnswer>
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
  const webhook = await startListeningWebhook(surroundings)
  await untilReady(webhook)
  return webhook
}

export function untilReady(program: RunningProgram): Promise<void> {
  return until(async () => (await program.send({ path: '/readyz' })).code === 200)
}

/** Resolves when it listens; `prepare` changes the API before. */
export async function startListeningWebhook(
  { flags = [], serviceAccounts = [], config, identities }: Surroundings,
  prepare: (kubernetes: KubernetesDouble) => void = () => undefined,
): Promise<RunningWebhook> {
  const kubernetes = await startKubernetes({ serviceAccounts })
  prepare(kubernetes)
  if (config !== undefined) kubernetes.configMaps.apply('eks', 'pod-identity-webhook', { config })
  try {
    const program = await startProgram({
      flags,
      identities,
      writeKubeconfig: (path) => kubernetes.writeKubeconfig(path),
    })
    const stop = async () => {
      await program.stop()
      await kubernetes.stop()
    }
    return { ...program, kubernetes, stop }
  } catch (error) {
    await kubernetes.stop()
    throw error
  }
}

/** The authority whose certificate it serves with. */
export async function readAuthority(): Promise<string> {
  return (await pair).ca
}

export interface ProgramOptions extends Pick<Surroundings, 'flags' | 'identities'> {
  /** Writes the kubeconfig to a path and returns it. */
  readonly writeKubeconfig: (path: string) => string
}

/** The webhook on whatever API the kubeconfig names; resolves when it listens. */
export async function startProgram(options: ProgramOptions): Promise<RunningProgram> {
  const folder = mkdtempSync(join(tmpdir(), 'rolechain-parity-'))
  try {
    return await startProgramIn(folder, options)
  } catch (error) {
    rmSync(folder, { recursive: true })
    throw error
  }
}

async function startProgramIn(folder: string, options: ProgramOptions): Promise<RunningProgram> {
  const { ca, certificate, key } = await pair
  writeFileSync(join(folder, 'tls.crt'), certificate)
  writeFileSync(join(folder, 'tls.key'), key)
  const commandLine = parseCommandLine([
    '--in-cluster=false',
    '--port=0',
    '--metrics-port=0',
    `--kubeconfig=${options.writeKubeconfig(join(folder, 'kubeconfig'))}`,
    `--tls-cert=${join(folder, 'tls.crt')}`,
    `--tls-key=${join(folder, 'tls.key')}`,
    ...flagsOfIdentities(folder, options.identities),
    ...(options.flags ?? []),
  ])
  assert.ok(commandLine.kind === 'run', JSON.stringify(commandLine))
  const logged: Record<string, unknown>[] = []
  const log = createLog(EVENTS, {
    write: (line) => logged.push(JSON.parse(line) as Record<string, unknown>),
    nowMs: Date.now,
    level: 'debug',
  })
  const webhook = await startWebhook(commandLine.values, log)
  const listening = logged.find(({ message }) => message === 'listening')
  const port = Number(listening?.['port'])
  const agent = new Agent({ keepAlive: true, ca, servername: 'localhost' })
  return {
    folder,
    port,
    logged,
    send: (call) => exchange({ agent, port }, call),
    sendPlain: (call) => exchange({ port: Number(listening?.['metricsPort']) }, call),
    stop: async () => {
      agent.destroy()
      await webhook.stop(0)
      rmSync(folder, { recursive: true })
    },
  }
}

function flagsOfIdentities(folder: string, identities: string | undefined): readonly string[] {
  if (identities === undefined) return []
  const path = join(folder, 'identities.json')
  writeFileSync(path, identities)
  return [`--watch-container-credentials-config=${path}`]
}

interface Server {
  /** Undefined: without TLS. */
  readonly agent?: Agent
  readonly port: number
}

async function exchange({ agent, port }: Server, call: Call): Promise<HttpAnswer> {
  const { path, body, method = body === undefined ? 'GET' : 'POST', headers = {} } = call
  const options = { host: '127.0.0.1', port, path, method, headers }
  const sent = agent === undefined ? requestPlain(options) : request({ ...options, agent })
  sent.end(body)
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  const chunks = (await answer.toArray()) as Buffer[]
  const text = Buffer.concat(chunks).toString('utf8')
  return { code: answer.statusCode ?? 0, headers: answer.headers, text }
}
