/**
 * Keeps a server listening at an address: when the address is taken it says so once and tries again until it is free.
 * It owns nothing of what the server answers.
 */
import { rmSync } from 'node:fs'
import type { Server } from 'node:net'
import type { Clock } from '../core/clock.ts'
import type { Event, Log } from '../events.ts'
import { errorCode } from './error-code.ts'

/** An address is free again within a blink when the process that held it ends. */
const RETRY_INTERVAL_MS = 250

export type Address =
  | { readonly kind: 'port'; readonly host?: string; readonly port: number }
  | { readonly kind: 'socket'; readonly path: string }

export interface Listening {
  /** Why it does not listen, as a stable sentence; undefined when it does. */
  problem(): string | undefined
  /** Stops listening and trying. Open connections are the server's matter. */
  stop(): void
}

export interface ListeningOptions {
  readonly server: Server
  readonly address: Address
  /** What listens there, as the subject of a sentence: `The endpoint`. */
  readonly subject: string
  readonly clock: Clock
  readonly log: Log
  readonly onListening?: () => void
}

/** Starts to listen. Never throws and never gives up. */
export function listenPersistently(options: ListeningOptions): Listening {
  const { server, address, clock, log, subject } = options
  let problem: string | undefined = `${subject} is starting`
  let isProblemLogged = false
  let cancelRetry: (() => void) | undefined

  const tryToListen = (): void => {
    if (address.kind === 'port') {
      server.listen({ port: address.port, ...(address.host && { host: address.host }) })
      return
    }
    removeSocket(address.path)
    server.listen({ path: address.path })
  }

  server.on('listening', () => {
    problem = undefined
    isProblemLogged = false
    log('listening', `${subject} listens at ${toText(address)}.`)
    options.onListening?.()
  })
  server.on('error', (error) => {
    const found = describe(options, error)
    if (!isProblemLogged) log(found.event, found.sentence)
    isProblemLogged = true
    // An error while listening is one of accepting a connection, such as EMFILE, and passes.
    if (server.listening) return
    problem = found.sentence
    cancelRetry = clock.setTimer(tryToListen, RETRY_INTERVAL_MS)
  })
  tryToListen()

  return {
    problem: () => problem,
    stop: () => {
      cancelRetry?.()
      server.close()
    },
  }
}

/**
 * Removes what a killed run has left; two sidecars never share a state folder. If it cannot, listening fails and says
 * so.
 */
function removeSocket(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {
    // Told by the server's own error.
  }
}

function describe(
  { address, subject }: ListeningOptions,
  error: Error,
): { readonly event: Event; readonly sentence: string } {
  const code = errorCode(error)
  if (code === 'EADDRINUSE' && address.kind === 'port') {
    return {
      event: 'port_taken',
      sentence: `${subject} cannot listen at ${toText(address)}: another process of the pod has taken the port; it is tried again every 250 ms; let that process use another port, or give the sidecar one with the annotation sidecar-port`,
    }
  }
  const fix =
    address.kind === 'socket'
      ? "; see whether the sidecar's user may write to the volume rolechain-state, and whether that is full"
      : ''
  return {
    event: 'cannot_listen',
    sentence: `${subject} cannot listen at ${toText(address)} (${code}); it is tried again every 250 ms${fix}`,
  }
}

function toText(address: Address): string {
  return address.kind === 'port'
    ? `${address.host ?? 'any address'}, port ${String(address.port)}`
    : address.path
}
