/** A pod's worth of surroundings for the real sidecar program: the strict AWS, folders with tokens, and its env. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { findFreePort } from '../../stand-ins/ports.ts'
import {
  CONFIGURATION_VARIABLE,
  credentialsPath,
  endpointTokenFolder,
  HELPER_SOURCE,
  type Hop,
  processPath,
  serialiseSidecarConfiguration,
  type SidecarConfiguration,
  STATE_FOLDER,
  STS_TOKEN_FOLDER,
  TOKEN_FILE,
} from '../../sidecar/contract.ts'
import { findPrograms } from './programs.ts'
import { type Stage, startStage } from './stage.ts'
import { until } from './until.ts'

export type Variables = Readonly<Record<string, string>>

/** A running or ended program of the pod. */
export interface Program {
  readonly child: ChildProcess
  /** What it has written, to either stream. */
  text(): string
  /** The log's events so far. */
  events(): readonly string[]
  /** Its exit status, once it has ended. */
  ended(): Promise<number | null>
}

export interface PodStage extends Stage {
  readonly port: number
  readonly root: string
  /** The env of the sidecar. */
  readonly variables: Variables
  /** Of the container that may use the target. */
  containerVariables(target: string): Variables
  writeEndpointToken(target: string, value: string): void
  /** Starts the sidecar, or with `probe` its probe. */
  start(options?: StartOptions): Program
  /** Asks for a target's credentials with this token. */
  ask(target: string, token: string): Promise<{ status: number; body: Record<string, string> }>
  /** Asks for them in the form of `credential_process`. */
  askProcess(target: string, token: string): Promise<{ status: number; text: string }>
  /** Asks until there are credentials. */
  askUntilServed(target: string, token: string): Promise<Record<string, string>>
}

export interface StartOptions {
  readonly args?: readonly string[]
  readonly variables?: Readonly<Record<string, string | undefined>>
  readonly runtimeArgs?: readonly string[]
  /** A command that runs the command that follows it. */
  readonly launcher?: readonly string[]
}

/** What stands in for the helper of the image. */
export const HELPER = '#!/bin/sh\nexit 1\n'

/** Starts everything but the sidecar. The endpoint token of a target is `token-of-<target>`. */
export async function startPodStage(
  chains: Readonly<Record<string, readonly Hop[]>>,
  given: Partial<SidecarConfiguration> = {},
): Promise<PodStage> {
  const stage = await startStage()
  const root = join(stage.folder, 'root')
  const port = await findFreePort()
  const tokenFile = (target: string): string => join(root, endpointTokenFolder(target), TOKEN_FILE)
  mkdirSync(join(root, STS_TOKEN_FOLDER), { recursive: true })
  symlinkSync(stage.tokenFile, join(root, STS_TOKEN_FOLDER, TOKEN_FILE))
  mkdirSync(join(root, STATE_FOLDER), { recursive: true })
  mkdirSync(join(root, dirname(HELPER_SOURCE)), { recursive: true })
  writeFileSync(join(root, HELPER_SOURCE), HELPER)
  for (const target of Object.keys(chains)) {
    mkdirSync(join(root, endpointTokenFolder(target)), { recursive: true })
    writeFileSync(tokenFile(target), `token-of-${target}`)
  }
  const targets = Object.fromEntries(
    Object.entries(chains).map(([target, chain]) => [target, { chain }]),
  )
  const variables = {
    [CONFIGURATION_VARIABLE]: serialiseSidecarConfiguration({ targets, port, ...given }),
    AWS_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL_STS: stage.aws.url,
    POD_NAME: 'nightly',
    POD_NAMESPACE: 'team-a',
    ROLECHAIN_ALLOW_HTTP_STS: 'true',
    ROLECHAIN_ROOT_FOLDER: root,
  }
  const programs: Program[] = []
  let sidecar: Program | undefined
  const origin = `http://127.0.0.1:${String(port)}`
  const url = (target: string): string => `${origin}${credentialsPath(target)}`
  const ask: PodStage['ask'] = async (target, token) => {
    const answer = await fetch(url(target), { headers: { Authorization: token } })
    return { status: answer.status, body: (await answer.json()) as Record<string, string> }
  }
  return {
    ...stage,
    port,
    root,
    variables,
    containerVariables: (target) => ({
      AWS_CONTAINER_CREDENTIALS_FULL_URI: url(target),
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: tokenFile(target),
      AWS_REGION: 'eu-west-1',
      AWS_EC2_METADATA_DISABLED: 'true',
    }),
    writeEndpointToken: (target, value) => {
      writeFileSync(tokenFile(target), value)
    },
    start: ({ args = [], variables: more = {}, runtimeArgs = [], launcher = [] } = {}) => {
      const program = [process.execPath, ...runtimeArgs, findPrograms().main, ...args]
      const [command = '', ...commandArgs] = [...launcher, ...program]
      const child = spawn(command, commandArgs, {
        env: { ...variables, ...more },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      const observed = observe(child)
      programs.push(observed)
      if (args.length === 0) sidecar = observed
      return observed
    },
    ask,
    askProcess: async (target, token) => {
      const headers = { Authorization: token }
      const answer = await fetch(`${origin}${processPath(target)}`, { headers })
      return { status: answer.status, text: await answer.text() }
    },
    askUntilServed: (target, token) =>
      until(
        async () => {
          const answer = await ask(target, token).catch(() => undefined)
          if (answer?.status === 200) return answer.body
          // Nobody waits for the answer of a sidecar that has ended.
          if (sidecar && hasEnded(sidecar)) throw new Error(`it has ended: ${sidecar.text()}`)
          return undefined
        },
        () => `the log of the sidecar is\n${sidecar?.text() ?? 'empty: it was not started'}`,
      ),
    stop: async () => {
      for (const { child } of programs) if (child.exitCode === null) child.kill('SIGKILL')
      await stage.stop()
    },
  }
}

/** The processes that a process has started and that still run. */
export function childrenOf(pid: number): readonly string[] {
  const id = String(pid)
  return readFileSync(`/proc/${id}/task/${id}/children`, 'utf8').trim().split(' ').filter(Boolean)
}

/** Whether a process runs; one that has ended may stay in the table until its parent has looked. */
export function isRunning(pid = ''): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== ''
  } catch {
    return false
  }
}

function hasEnded({ child }: Program): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

function observe(child: ChildProcess): Program {
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8')
    stream?.on('data', (chunk: string) => {
      text += chunk
    })
  }
  const ended = once(child, 'close').then(([status]) => status as number | null)
  return {
    child,
    text: () => text,
    events: () =>
      text
        .split('\n')
        .filter((line) => line.startsWith('{') && line.endsWith('}'))
        .map((line) => (JSON.parse(line) as { event: string }).event),
    ended: () => ended,
  }
}
