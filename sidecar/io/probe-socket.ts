/**
 * Tells the probe command how things stand, over a unix socket in the state folder: no other container can listen there
 * in the sidecar's name. The server answers as soon as the sidecar is ready, or when the client closes its side, that
 * is, asks for the state as it is.
 */
import { connect, createServer, type Socket } from 'node:net'
import type { Clock } from '../core/clock.ts'
import type { Readiness } from '../core/endpoint/readiness.ts'
import type { Log } from '../events.ts'
import { type Listening, listenPersistently } from './listening.ts'

export interface ProbeSocket extends Listening {
  /** Looks again whether those who wait can be told that the sidecar is ready. */
  notify(): void
}

export interface ProbeSocketOptions {
  readonly path: string
  readonly readReadiness: () => Readiness
  /** Called each time a client has been told that the sidecar is ready. */
  readonly onReady: () => void
  readonly clock: Clock
  readonly log: Log
}

/** Starts to listen for probes. */
export function startProbeSocket(options: ProbeSocketOptions): ProbeSocket {
  const waiting = new Set<Socket>()
  const tell = (socket: Socket, readiness: Readiness): void => {
    waiting.delete(socket)
    if (readiness.isReady) options.onReady()
    socket.end(JSON.stringify(readiness))
  }
  const notify = (): void => {
    if (waiting.size === 0) return
    const readiness = options.readReadiness()
    if (readiness.isReady) for (const socket of waiting) tell(socket, readiness)
  }
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    waiting.add(socket)
    socket.once('close', () => waiting.delete(socket))
    // A probe that was killed while it waited.
    socket.on('error', () => socket.destroy())
    socket.once('end', () => {
      if (waiting.has(socket)) tell(socket, options.readReadiness())
    })
    socket.resume()
    notify()
  })
  const listening = listenPersistently({
    ...options,
    server,
    address: { kind: 'socket', path: options.path },
    subject: 'The probe socket',
  })
  return {
    notify,
    problem: () => listening.problem(),
    stop: () => {
      listening.stop()
      for (const socket of waiting) socket.destroy()
    },
  }
}

/**
 * Asks the sidecar once: resolves when it is ready, or after `waitMs` with what is in the way. Undefined when nobody
 * answers: the sidecar has not started yet, or has crashed. Never rejects.
 */
export function askProbeSocket(path: string, waitMs: number): Promise<Readiness | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ path, allowHalfOpen: true })
    let answer = ''
    const asking = setTimeout(() => socket.end(), waitMs)
    const givingUp = setTimeout(() => socket.destroy(), waitMs + 1_000)
    socket.setEncoding('utf8')
    socket.on('data', (text: string) => {
      answer += text
    })
    socket.once('end', () => socket.end())
    socket.on('error', () => socket.destroy())
    socket.once('close', () => {
      clearTimeout(asking)
      clearTimeout(givingUp)
      resolve(parseReadiness(answer))
    })
  })
}

function parseReadiness(text: string): Readiness | undefined {
  try {
    return JSON.parse(text) as Readiness
  } catch {
    return undefined
  }
}
