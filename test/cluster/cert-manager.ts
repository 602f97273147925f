/**
 * The real cert-manager in a cluster: its own chart, with a process on this machine (`cert-manager/main.go`) in place
 * of its pods, whose images no node of the kit could pull.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { findFreePort } from '../../stand-ins/ports.ts'
import { installOnce, needTool } from '../sdks/cache.ts'
import { run } from './command.ts'
import { HOST_IP, until } from './suite.ts'

const MODULE = 'github.com/cert-manager/cert-manager'
const NAME = 'cert-manager'
const WEBHOOK = 'cert-manager-webhook'
const here = ['--namespace', NAME]
const LINES_OF_LOG = 40

const VALUES = {
  crds: { enabled: true, keep: false },
  replicaCount: 0,
  webhook: { replicaCount: 0 },
  cainjector: { replicaCount: 0 },
  startupapicheck: { enabled: false },
}

/** A folder with the program and the chart; the first time on a machine it takes minutes. */
function build(): Promise<string> {
  const sources = join(import.meta.dirname, 'cert-manager/')
  return installOnce(NAME, [sources], async (folder) => {
    await needTool('go', 'golang-go')
    const env = { CGO_ENABLED: '0', GOFLAGS: '-mod=readonly' }
    const go = ['go', '-C', folder]
    await run([...go, 'build', '-trimpath', '-ldflags=-s -w', '-o', 'program', '.'], { env })
    const source = await run([...go, 'list', '-m', '-f={{.Dir}}', MODULE], { env })
    const chart = join(source.trim(), 'deploy/charts/cert-manager')
    // What Go keeps may not be written to, and so not be removed.
    await run(['cp', '--recursive', '--no-preserve=mode', chart, join(folder, 'chart')])
  })
}

/** Beside those of the pods that there are none of. */
function toEndpoints(port: number): object {
  const labels = { 'kubernetes.io/service-name': WEBHOOK }
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${WEBHOOK}-outside`, namespace: NAME, labels },
    addressType: 'IPv4',
    endpoints: [{ addresses: [HOST_IP] }],
    ports: [{ name: 'https', port }],
  }
}

const ISSUER = {
  apiVersion: 'cert-manager.io/v1',
  kind: 'Issuer',
  metadata: { name: 'probe', namespace: NAME },
  spec: { selfSigned: {} },
}

/** cert-manager while it runs. */
export interface CertManager {
  /** Runs `scenario`, and adds to its failure what cert-manager said last. */
  during(scenario: () => Promise<void>): Promise<void>
  /** Takes it away. */
  stop(): Promise<void>
}

/** Starts the program; it ends with its input, and so with this process. */
function startProgram(folder: string, port: number): CertManager {
  const child = spawn(join(folder, 'program'), [`--webhook-port=${port}`], {
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  const ended = once(child, 'close')
  let log: readonly string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => {
    log = [...log, line].slice(-LINES_OF_LOG)
  })
  return {
    during: (scenario) =>
      scenario().catch((error: unknown) => {
        throw new Error([String(error), ...log].join('\n'), { cause: error })
      }),
    stop: async () => {
      child.stdin.end()
      await ended
    },
  }
}

async function uninstall(): Promise<void> {
  await run(['helm', 'uninstall', NAME, ...here, '--wait'])
  await run(['kubectl', 'delete', 'namespace', NAME, '--wait=false'])
}

/** Installs it, and waits until it answers. */
export async function startCertManager(): Promise<CertManager> {
  const folder = await build()
  const install = ['helm', 'install', NAME, join(folder, 'chart'), ...here, '--create-namespace']
  await run([...install, '--values=-'], { input: JSON.stringify(VALUES) })
  const port = await findFreePort()
  await run(['kubectl', 'apply', '-f', '-'], { input: JSON.stringify(toEndpoints(port)) })
  const program = startProgram(folder, port)
  const stop = async () => {
    await program.stop()
    await uninstall()
  }
  try {
    const create = ['kubectl', 'create', '--dry-run=server', '-f', '-']
    const answer = () => run(create, { input: JSON.stringify(ISSUER) })
    await program.during(async () => void (await until('cert-manager', answer)))
    return { ...program, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
