/**
 * aws-iam-authenticator, built from its Go module: what API servers of EKS ask who a token of `aws eks get-token` is
 * of. It asks STS under its true name, through the suite's proxy, and reads `aws-auth` of its cluster.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { findFreePort } from '../../stand-ins/ports.ts'
import { run } from '../cluster/command.ts'
import { installOnce, needTool } from '../sdks/cache.ts'

const MODULE = 'sigs.k8s.io/aws-iam-authenticator/cmd/aws-iam-authenticator'

/** Builds it, once a version. */
export async function buildAuthenticator(): Promise<string> {
  const locks = ['go.mod', 'go.sum'].map((file) => join(import.meta.dirname, 'authenticator', file))
  const folder = await installOnce('aws-iam-authenticator', locks, async (cwd) => {
    await needTool('go', 'golang-go')
    await run(['sh', '-c', `cd "$0" && go build -trimpath -o authenticator ${MODULE}`, cwd], {
      env: { CGO_ENABLED: '0', GOFLAGS: '-mod=readonly' },
    })
  })
  return join(folder, 'authenticator')
}

/** Certificate and webhook configuration of one authenticator, made before its API server starts. */
export interface Prepared {
  readonly program: string
  readonly folder: string
  readonly port: number
  /** For `--authentication-token-webhook-config-file`. */
  readonly webhookFile: string
}

/** Makes what an API server needs to start. */
export async function prepareAuthenticator(program: string, folder: string): Promise<Prepared> {
  await run(['sh', '-c', 'cd "$1" && "$0" init --cluster-id payments', program, folder])
  const port = await findFreePort()
  const made = await readFile(join(folder, 'aws-iam-authenticator.kubeconfig'), 'utf8')
  const webhookFile = join(folder, 'webhook.yaml')
  await writeFile(webhookFile, made.replace(':21362/', `:${port}/`))
  return { program, folder, port, webhookFile }
}

/** How it reaches its cluster and STS. */
export interface Reach {
  readonly kubeconfig: string
  /** `http://127.0.0.1:port`. */
  readonly proxy: string
  /** File of the authority that signed STS's certificate. */
  readonly authority: string
}

const DEADLINE_MS = 60_000

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

async function writeConfiguration(folder: string, accessEntries: string): Promise<string> {
  const file = join(folder, 'authenticator.yaml')
  const server = { dynamicfilepath: accessEntries, backendMode: ['DynamicFile', 'EKSConfigMap'] }
  await writeFile(file, JSON.stringify({ clusterID: 'payments', server }))
  return file
}

/** A running authenticator. */
export interface Authenticator {
  /** File of the access entries, which it reads again whenever it changes. */
  readonly accessEntries: string
  stop(): Promise<void>
}

/** Starts it; returns when it listens. Access entries come before aws-auth, as on EKS. */
export async function startAuthenticator(
  { program, folder, port }: Prepared,
  { kubeconfig, proxy, authority }: Reach,
): Promise<Authenticator> {
  const accessEntries = join(folder, 'access-entries.json')
  await writeFile(accessEntries, JSON.stringify({ mapRoles: [], mapUsers: [] }))
  const logFile = join(folder, 'authenticator.log')
  const log = await open(logFile, 'w')
  const parameters = [
    ['server', '--config', await writeConfiguration(folder, accessEntries)],
    ['--state-dir', folder, '--kubeconfig-pregenerated'],
    ['--port', String(port), '--kubeconfig', kubeconfig],
  ]
  const child = spawn(program, parameters.flat(), {
    env: { ...process.env, HTTPS_PROXY: proxy, SSL_CERT_FILE: authority, AWS_REGION: 'us-east-1' },
    stdio: ['ignore', log.fd, log.fd],
  })
  await log.close()
  const end = Date.now() + DEADLINE_MS
  while (!(await isListening(port))) {
    if (Date.now() > end || child.exitCode !== null)
      throw new Error(`The authenticator does not start:\n${await readFile(logFile, 'utf8')}`)
    await pause(250)
  }
  return {
    accessEntries,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const closed = once(child, 'close')
      // It holds nothing that has to be put in order, and does not end on SIGTERM while it watches a cluster.
      child.kill('SIGKILL')
      await closed
    },
  }
}
