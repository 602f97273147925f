/** The endpoint on a free port with a token file and a scripted source of sessions, and raw sockets that talk to it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findFreePort } from '../../stand-ins/ports.ts'
import type { TargetState } from '../../sidecar/core/refresh/sessions.ts'
import type { Clock } from '../../sidecar/core/clock.ts'
import { createEndpointTokens } from '../../sidecar/io/endpoint/endpoint-tokens.ts'
import { startEndpoint } from '../../sidecar/io/endpoint/server.ts'
import { type CollectedLog, collectLog } from './collected-log.ts'
import { untilListening } from './until.ts'

export const PATH = '/v1/credentials/default'
export const TOKEN = 'token-of-default'

export const realClock: Clock = {
  nowMs: () => Date.now(),
  setTimer: (callback, delayMs) => {
    const timer = setTimeout(callback, delayMs)
    return () => {
      clearTimeout(timer)
    }
  },
}

export interface EndpointStage {
  readonly port: number
  readonly collected: CollectedLog
  /** What is held; tests change it. */
  state: TargetState
  /** The targets that were looked at, in order. */
  readonly woken: string[]
  /** The statuses of all answers. */
  readonly replies: number[]
  /** Lets those who wait for a session look again. */
  wake(): void
  /** Sends these bytes and reads until the endpoint closes. */
  exchange(bytes: string): Promise<string>
  /** Connects, and leaves the rest to the test. */
  open(): Promise<Socket>
  stop(): void
}

/** Starts an endpoint for the targets `default` and `other`; the clock is the machine's unless told. */
export async function startEndpointStage(
  state: TargetState,
  clock: Clock = realClock,
): Promise<EndpointStage> {
  const folder = mkdtempSync(join(tmpdir(), 'rolechain-test-'))
  const files = { default: join(folder, 'default'), other: join(folder, 'other') }
  writeFileSync(files.default, TOKEN)
  writeFileSync(files.other, 'token-of-other')
  const collected = collectLog()
  const { log } = collected
  const waiting = new Set<() => void>()
  const tokens = createEndpointTokens({
    files,
    accepted: {},
    clock,
    log,
    onChange: () => undefined,
  })
  tokens.start()
  const port = await findFreePort()
  const stage: EndpointStage = {
    port,
    collected,
    state,
    woken: [],
    replies: [],
    wake: () => {
      for (const resolve of waiting) resolve()
    },
    exchange: (bytes) => exchange(port, bytes),
    open: () => open(port),
    stop: () => {
      tokens.stop()
      endpoint.stop()
      rmSync(folder, { recursive: true })
    },
  }
  const endpoint = startEndpoint({
    port,
    targets: new Set(Object.keys(files)),
    source: {
      stateOf: () => stage.state,
      wake: (target) => {
        stage.woken.push(target)
      },
      whenHeld: (_target, timeoutMs) =>
        new Promise((resolve) => {
          waiting.add(resolve)
          setTimeout(resolve, timeoutMs)
        }),
    },
    tokens,
    clock,
    log,
    onReply: (status) => stage.replies.push(status),
    onListening: () => undefined,
  })
  await untilListening(endpoint)
  return stage
}

/** A request as SDKs send it; `given` takes the place of headers, or takes them away. */
export function toRequest(
  given: Readonly<Record<string, string | undefined>> = {},
  path = PATH,
): string {
  const headers = { Host: '127.0.0.1', Authorization: TOKEN, Connection: 'close', ...given }
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}\r\n`],
  )
  return `GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`
}

async function exchange(port: number, bytes: string): Promise<string> {
  const socket = await open(port)
  let text = ''
  socket.setEncoding('utf8')
  socket.on('data', (chunk: string) => {
    text += chunk
  })
  socket.write(bytes)
  await new Promise((resolve) => socket.once('close', resolve))
  return text
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      resolve(socket)
    })
    socket.on('error', reject)
  })
}
