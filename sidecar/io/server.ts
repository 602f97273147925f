/**
 * The credentials endpoint: turns HTTP on the pod's loopback into the facts that `reply.ts` decides on, and its replies into HTTP.
 * It owns the bounds on connections, headers and time, and the log of refusals; it decides on no answer but those to broken HTTP.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { SessionSource } from '../core/answer.ts'
import type { Clock } from '../core/clock.ts'
import {
  isWorthWaiting,
  readRoute,
  type Refusal,
  type Reply,
  toErrorReply,
  toTargetReply,
  toTokenReply,
} from '../core/reply.ts'
import type { Log } from '../log.ts'
import type { EndpointTokens } from './endpoint-tokens.ts'
import { type Listening, listenPersistently } from './listening.ts'

/** The slowest reply that every SDK takes is 0.8 s; the rest is for a busy machine. */
const WAIT_LIMIT_MS = 500

/** A token has about 1,070 bytes; SDKs send few headers beside it. */
const HEADER_LIMIT_BYTES = 16 * 1024

/** SDKs send a request at once; whoever takes longer than this is broken or means harm. */
const REQUEST_TIMEOUT_MS = 5_000

/** How long a connection may wait for another request. */
const KEEP_ALIVE_MS = 5_000

/** An idle connection costs some 10 KB; beyond this many the one that has been quiet for longest is dropped. */
const CONNECTION_LIMIT = 1_024

/** Of equal refusals one a second is logged, with the number of those that were not: clients that retry would fill the disk. */
const REFUSAL_INTERVAL_MS = 1_000

export interface EndpointOptions {
  readonly port: number
  readonly targets: ReadonlySet<string>
  readonly source: SessionSource
  readonly tokens: EndpointTokens
  readonly clock: Clock
  readonly log: Log
  /** Called with each reply. `target` is absent when the request led to none. */
  readonly onReply: (status: number, target: string | undefined) => void
  readonly onListening: () => void
}

/** Starts the endpoint on 127.0.0.1. Stopping it closes every connection. */
export function startEndpoint(options: EndpointOptions): Listening {
  const server = createServer({
    maxHeaderSize: HEADER_LIMIT_BYTES,
    headersTimeout: REQUEST_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: 1_000,
    // Refused by us, with a sentence.
    requireHostHeader: false,
  })
  // Node would drop the headers beyond 2,000 in silence, and with them what shows a proxy; their size is bounded anyway.
  server.maxHeadersCount = 0
  const logRefusal = createRefusalLog(options)
  const conclude = (reply: Reply, target: string | undefined): void => {
    if (reply.refusal) logRefusal(reply.status, reply.refusal, target)
    options.onReply(reply.status, target)
  }
  const touch = boundConnections(server)

  server.on('request', (request, response) => {
    touch(request.socket)
    void answer(options, request).then(([reply, target]) => {
      conclude(reply, target)
      send(response, reply, hasBody(request))
    })
  })
  server.on('connect', (_request, socket) => {
    const reply = toErrorReply(405, { code: 'method_not_allowed', sentence: 'This is no proxy.' })
    conclude(reply, undefined)
    socket.end(toRawReply(reply))
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy()
      return
    }
    const reply = toBrokenRequestReply(error.code)
    conclude(reply, undefined)
    endBroken(socket as Socket, reply)
  })

  const listening = listenPersistently({
    ...options,
    server,
    address: { kind: 'port', host: '127.0.0.1', port: options.port },
    subject: 'The endpoint',
  })
  return {
    problem: () => listening.problem(),
    stop: () => {
      listening.stop()
      server.closeAllConnections()
    },
  }
}

/** Never rejects: a surprise is answered too, as something that may pass. */
async function answer(
  options: EndpointOptions,
  request: IncomingMessage,
): Promise<readonly [Reply, string | undefined]> {
  const { source, tokens, clock, targets } = options
  const arrivedAtMs = clock.nowMs()
  const waitMs = (): number =>
    Math.min(WAIT_LIMIT_MS, Math.max(0, arrivedAtMs + WAIT_LIMIT_MS - clock.nowMs()))
  try {
    const route = readRoute(
      {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headersDistinct,
      },
      targets,
    )
    if (route.kind === 'refused') return [route.reply, route.target]
    const { target, authorization } = route
    const refusal = toTokenReply(target, tokens.verify(target, authorization))
    if (refusal) return [refusal, target]
    source.wake(target)
    if (isWorthWaiting(source.stateOf(target), clock.nowMs())) {
      await source.whenHeld(target, waitMs())
    }
    return [toTargetReply(target, source.stateOf(target), clock.nowMs()), target]
  } catch (error) {
    const sentence = `The sidecar failed to answer (${error instanceof Error ? error.name : 'unknown error'}); this is a defect of the sidecar.`
    return [toErrorReply(503, { code: 'internal_error', sentence }), undefined]
  }
}

function send(response: ServerResponse, reply: Reply, isLast: boolean): void {
  response.writeHead(reply.status, {
    ...reply.headers,
    'Content-Length': Buffer.byteLength(reply.body),
    ...(isLast && { Connection: 'close' }),
  })
  response.end(reply.body)
}

/** A body is not read, so the connection cannot be used again. */
function hasBody(request: IncomingMessage): boolean {
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers
  return length !== '0' || encoding !== undefined
}

function toBrokenRequestReply(errorCode: string | undefined): Reply {
  if (errorCode === 'HPE_HEADER_OVERFLOW') {
    return toErrorReply(431, {
      code: 'headers_too_large',
      sentence: `The request's headers are larger than ${String(HEADER_LIMIT_BYTES)} bytes.`,
    })
  }
  if (errorCode === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return toErrorReply(408, {
      code: 'request_timeout',
      sentence: `The request was not complete within ${String(REQUEST_TIMEOUT_MS)} ms.`,
    })
  }
  return toErrorReply(400, { code: 'bad_request', sentence: 'The request is not HTTP/1.1.' })
}

/** Closes without a reset, which would take the reply away from a client that is still sending. */
function endBroken(socket: Socket, reply: Reply): void {
  socket.setTimeout(1_000, () => socket.destroy())
  socket.end(toRawReply(reply))
}

function toRawReply(reply: Reply): string {
  const headers = Object.entries({
    ...reply.headers,
    'Content-Length': String(Buffer.byteLength(reply.body)),
    Connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${String(reply.status)} Refused\r\n${headers.join('')}\r\n${reply.body}`
}

/** Drops the connection that has been quiet for longest when there are too many, so that nobody can lock others out. */
function boundConnections(server: Server): (socket: Socket) => void {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    const [quietest] = sockets
    if (sockets.size > CONNECTION_LIMIT) quietest?.destroy()
  })
  return (socket) => {
    sockets.delete(socket)
    if (!socket.destroyed) sockets.add(socket)
  }
}

function createRefusalLog({
  clock,
  log,
}: EndpointOptions): (status: number, refusal: Refusal, target: string | undefined) => void {
  const seen = new Map<string, { nextAtMs: number; unlogged: number }>()
  return (status, { code, sentence }, target) => {
    const nowMs = clock.nowMs()
    const key = `${code} ${target ?? ''}`
    const last = seen.get(key)
    if (last && nowMs < last.nextAtMs && nowMs >= last.nextAtMs - REFUSAL_INTERVAL_MS) {
      last.unlogged += 1
      return
    }
    seen.set(key, { nextAtMs: nowMs + REFUSAL_INTERVAL_MS, unlogged: 0 })
    log.warn('refused', sentence, {
      code,
      status,
      target,
      unlogged: last?.unlogged === 0 ? undefined : last?.unlogged,
    })
  }
}
