/**
 * The HTTP server under the routes: its bounds of time, connections and memory, and what requests are told that meet no
 * route.
 */
import http from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import https from 'node:https'
import type { TlsOptions } from 'node:tls'
import fastify from 'fastify'
import type { FastifyInstance, FastifyServerOptions } from 'fastify'
import { REVIEW_PATHS } from '../core/vocabulary/names.ts'
import { tell } from './review-route.ts'
import { boundConnections } from './connections.ts'
import type { Connections } from './connections.ts'
import { createMemoryBudget } from './memory-budget.ts'
import type { Share } from './memory-budget.ts'
import { toSentence } from '../../log/error-text.ts'
import { BodyRefusal, readBody } from './read-body.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** When its headers had been read, by the monotonic clock. */
    arrivedAtMs: number
    /** What its body holds. */
    memory: Share | undefined
  }
}

/**
 * For all bodies that are being read or judged, and large answers that are being sent. The largest review takes 7 MiB
 * and 6 MiB for its entries; ordinary ones some 20 KB each.
 */
const BUDGET_BYTES = 24 * 1024 * 1024

/** Characters; as much as the kernel takes from a program anyway. */
const SMALL_ANSWER = 16 * 1024

/**
 * An API server has one for each review that it waits for, some dozen. A TLS connection takes up to 100 KB.
 */
const CONNECTIONS_LIMIT = 512

/**
 * For a handshake, headers, and a whole request: an API server sends all at once, and waits 10 s itself unless told
 * otherwise.
 */
const waitMs = 10_000

/** For a client that does not send and does not read. The longest review takes 30 s. */
const idleMs = 40_000

/**
 * Go's clients drop idle connections after 90 s: the server must not be the first, or it would cut off a review that is
 * on its way.
 */
const keepAliveTimeoutMs = 120_000

const timeouts: http.ServerOptions = {
  headersTimeout: waitMs,
  requestTimeout: waitMs,
  keepAliveTimeout: keepAliveTimeoutMs,
  // How often these are looked at; Node would do so every 30 s.
  connectionsCheckingInterval: 1000,
}

/** No route has a schema; without this, fastify loads compilers for them at the start. */
const noSchemas = {
  compilersFactory: {
    buildValidator: () => () => () => true,
    buildSerializer: () => () => JSON.stringify,
  },
} as unknown as NonNullable<FastifyServerOptions['schemaController']>

/** A server without routes. `tls` is undefined for the plain port, and where nothing listens. */
export function createServer(tls: TlsOptions | undefined): FastifyInstance {
  const budget = createMemoryBudget(BUDGET_BYTES)
  let connections: Connections | undefined
  const options: FastifyServerOptions = {
    // While the server closes, reviews on open connections are still answered.
    return503OnClosing: false,
    schemaController: noSchemas,
    serverFactory: (handler) => {
      const listener = (request: IncomingMessage, response: ServerResponse) => {
        if (connections?.begin(request.socket) !== false) handler(request, response)
      }
      const server: http.Server =
        tls === undefined
          ? http.createServer(timeouts, listener)
          : https.createServer({ ...timeouts, handshakeTimeout: waitMs, ...tls }, listener)
      server.timeout = idleMs
      connections = boundConnections(server, CONNECTIONS_LIMIT)
      return server
    },
  }
  const app = fastify(options)
  app.decorateRequest('arrivedAtMs', 0)
  app.decorateRequest('memory')
  app.addHook('onRequest', (request, _reply, done) => {
    request.arrivedAtMs = performance.now()
    done()
  })
  app.removeAllContentTypeParsers()
  // Parsed where it is answered, so that our own sentence says that a body is not JSON.
  app.addContentTypeParser('application/json', (request, payload, done) => {
    request.memory = readBody(payload, budget, (refusal, body) => {
      if (refusal === null) connections?.read(request.socket)
      done(refusal, body)
    })
  })
  // oxlint-disable-next-line max-params -- fastify calls it with these four
  app.addHook('onSend', (request, reply, payload, done) => {
    request.memory?.release()
    connections?.answered(request.socket)
    if (typeof payload === 'string' && payload.length > SMALL_ANSWER) {
      const share = budget.open(() => request.socket.destroy())
      reply.raw.once('close', share.release)
      share.take(payload.length)
    }
    done()
  })
  app.setNotFoundHandler((request, reply) => {
    const [path = ''] = request.url.split('?')
    return REVIEW_PATHS.some((known) => known === path) && request.method !== 'POST'
      ? tell(reply.header('allow', 'POST'), 405, 'Reviews are sent by POST.')
      : tell(reply, 404, 'There is nothing at this path.')
  })
  app.setErrorHandler((error: { readonly statusCode?: number } & Error, _request, reply) =>
    tell(reply, error.statusCode ?? 500, toProblem(error)),
  )
  return app
}

function toProblem(error: { readonly statusCode?: number } & Error): string {
  if (error.statusCode === 415) {
    return 'The content type has to be application/json, with an AdmissionReview as body.'
  }
  if (error instanceof BodyRefusal) return error.message
  return `The request failed: ${toSentence(error)}`
}
