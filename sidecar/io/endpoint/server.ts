/**
 * The credentials endpoint: turns HTTP on the pod's loopback into the facts that `reply.ts` decides on, and its replies
 * into HTTP. It owns the bounds on connections, headers and time, and the log of refusals; it decides on no answer but
 * those to broken HTTP.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { SessionSource } from '../../core/refresh/sessions.ts'
import type { Clock } from '../../core/clock.ts'
import { formOf } from '../../core/endpoint/forms.ts'
import {
  isWorthWaiting,
  type Place,
  readRoute,
  refuse,
  type Refusal,
  type Reply,
  type Route,
  toTargetReply,
  toTokenReply,
} from '../../core/endpoint/reply.ts'
import type { Log } from '../../events.ts'
import { boundConnections } from './client-connections.ts'
import type { EndpointTokens } from './endpoint-tokens.ts'
import { type Listening, listenPersistently } from '../listening.ts'
import { readConnectionLimit } from './open-files.ts'

/** The slowest reply that every SDK takes is 0.8 s; the rest is for a busy machine. */
const WAIT_LIMIT_MS = 500

/** A token has about 1,070 bytes; SDKs send few headers beside it. */
const HEADER_LIMIT_BYTES = 16 * 1024

/** SDKs send a request at once. A client that takes longer is broken, or an attacker. */
const REQUEST_TIMEOUT_MS = 5_000

/** How long a connection may wait for another request. */
const KEEP_ALIVE_MS = 5_000

/**
 * Of equal refusals one a second is logged, with the number of those that were not: clients that retry would fill the
 * disk.
 */
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
  // Node would drop the headers beyond 2,000 in silence, and with them what shows a proxy; their size is bounded
  // anyway.
  server.maxHeadersCount = 0
  const logRefusal = createRefusalLog(options)
  const conclude = (reply: Reply, target: string | undefined): void => {
    if (reply.refusal) logRefusal(reply.status, reply.refusal, target)
    options.onReply(reply.status, target)
  }
  const connections = boundConnections(server, readConnectionLimit())

  server.on('request', (request, response) => {
    const { socket } = request
    const turn = connections.noteRequest(socket)
    if (turn === 'ignored') return
    response.once('close', () => connections.noteAnswer(socket))
    const reply = (given: Reply, target: string | undefined): void => {
      // A refusal ends the connection, so each guess of a token needs a new one.
      const isLast = turn === 'last' || given.refusal !== undefined || hasBody(request)
      if (isLast) connections.noteEnd(socket)
      conclude(given, target)
      // What else has been sent is not even read.
      if (isLast && !hasBody(request)) response.once('finish', () => socket.destroy())
      send(response, given, isLast)
    }
    try {
      const route = judge(options, request)
      if (route.kind === 'refused') reply(route.reply, route.target)
      else {
        void answer(options, route.place)
          .catch((error: unknown) => toDefectReply(error, request))
          .then((given) => reply(given, route.place.target))
      }
    } catch (error) {
      reply(toDefectReply(error, request), undefined)
    }
  })
  server.on('connect', (_request, socket) => {
    const reply = refuse('method_not_allowed', 'This is no proxy.')
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

/** The answer to a request whose token is good. It rejects only when there is a bug. */
async function answer({ source, clock }: EndpointOptions, place: Place): Promise<Reply> {
  const { target } = place
  source.wake(target)
  if (isWorthWaiting(source.stateOf(target), clock.nowMs())) {
    await source.whenHeld(target, WAIT_LIMIT_MS)
  }
  return toTargetReply(place, source.stateOf(target), clock.nowMs())
}

/** Judges a request by what it is, at once: what is refused costs no more than this. */
function judge({ tokens, targets }: EndpointOptions, request: IncomingMessage): Route {
  const route = readRoute(
    { method: request.method ?? '', path: request.url ?? '', headers: request.headersDistinct },
    targets,
  )
  if (route.kind === 'refused') return route
  const { place, authorization } = route
  const reply = toTokenReply(place, tokens.verify(place.target, authorization))
  return reply ? { kind: 'refused', target: place.target, reply } : route
}

/** A surprise is answered too, as something that may pass. */
function toDefectReply(error: unknown, { url = '' }: IncomingMessage): Reply {
  const sentence = `The sidecar failed to answer (${error instanceof Error ? error.name : 'unknown error'}); this is a defect of the sidecar.`
  return refuse('internal_error', sentence, formOf(url))
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
    return refuse(
      'headers_too_large',
      `The request's headers are larger than ${String(HEADER_LIMIT_BYTES)} bytes.`,
    )
  }
  if (errorCode === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return refuse(
      'request_timeout',
      `The request was not complete within ${String(REQUEST_TIMEOUT_MS)} ms.`,
    )
  }
  return refuse('bad_request', 'The request is not HTTP/1.1.')
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
    log('refused', sentence, {
      code,
      status,
      target,
      unlogged: last?.unlogged === 0 ? undefined : last?.unlogged,
    })
  }
}
