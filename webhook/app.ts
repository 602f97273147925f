/** The webhook's HTTP surface, apart from listening: routes, limits, and what bad requests are told. It decides nothing about pods. */
import http from 'node:http'
import https from 'node:https'
import type { SecureContextOptions } from 'node:tls'
import fastify from 'fastify'
import type { FastifyInstance, FastifyServerOptions } from 'fastify'
import { answerReview, REVIEW_PATHS, tell } from './answer-review.ts'
import type { ReviewParts } from './answer-review.ts'
import { toSentence } from './log.ts'
import { quietly } from './quietly.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** When its headers had been read, by the monotonic clock. */
    arrivedAtMs: number
  }
}

export interface AppParts extends ReviewParts {
  /** Undefined where nothing listens: tests inject their requests. */
  readonly tls?: SecureContextOptions
  /** Whether the program is about to end: clients are then told to connect elsewhere. */
  readonly isDraining: () => boolean
}

/**
 * The API server takes no request above 3 MiB (an etcd object is at most 1.5 MiB, its JSON about twice that). A review carries the object
 * and, for updates, the old one; 1 MiB more is for the user's groups, options and the envelope.
 */
const bodyLimitBytes = (2 * 3 + 1) * 1024 * 1024

/** Go's clients drop idle connections after 90 s: the server must not be the first, or it would cut off a review that is on its way. */
const keepAliveTimeoutMs = 120_000

/** No route has a schema; without this, fastify loads compilers for them at the start. */
const noSchemas = {
  compilersFactory: {
    buildValidator: () => () => () => true,
    buildSerializer: () => () => JSON.stringify,
  },
} as unknown as NonNullable<FastifyServerOptions['schemaController']>

export function createApp(parts: AppParts): FastifyInstance {
  const app = createServer(parts.tls)
  const { metrics } = parts
  // Parsed where it is answered, so that what is not JSON is told in a sentence of ours.
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    done(null, body)
  })
  app.decorateRequest('arrivedAtMs', 0)
  app.addHook('onRequest', (request, _reply, done) => {
    request.arrivedAtMs = performance.now()
    done()
  })
  // Not `onResponse`: that listens to the end of each answer, which costs more than all the counting.
  // oxlint-disable-next-line max-params -- fastify calls it with these four
  app.addHook('onSend', (request, reply, _payload, done) => {
    if (parts.isDraining()) reply.header('connection', 'close')
    quietly(() =>
      metrics.requestAnswered({
        verb: request.method,
        path: request.routeOptions.url ?? 'other',
        code: reply.statusCode,
        milliseconds: performance.now() - request.arrivedAtMs,
      }),
    )
    done()
  })
  for (const path of REVIEW_PATHS) {
    app.post(path, (request, reply) => answerReview(parts, { path, request, reply }))
  }
  addHealth(app, parts.readUnreadiness)
  return app
}

export interface MetricsAppParts extends Pick<AppParts, 'metrics' | 'readUnreadiness'> {
  /** What is known of service accounts; undefined where nobody is to be told. */
  readonly readKnownRoles?: () => object
}

/** The plain port: metrics and health, and what is known of service accounts at upstream's path. */
export function createMetricsApp({
  metrics,
  readUnreadiness,
  readKnownRoles,
}: MetricsAppParts): FastifyInstance {
  const app = createServer(undefined)
  if (readKnownRoles !== undefined) {
    app.get('/debug/alpha/cache', (_request, reply) =>
      reply
        .header('content-type', 'application/json')
        .send(JSON.stringify(readKnownRoles(), undefined, 1)),
    )
  }
  addHealth(app, readUnreadiness)
  app.get('/metrics', async (_request, reply) => {
    const { text, contentType } = await metrics.read()
    return reply.header('content-type', contentType).send(text)
  })
  return app
}

function addHealth(app: FastifyInstance, readUnreadiness: AppParts['readUnreadiness']): void {
  app.get('/healthz', (_request, reply) => tell(reply, 200, 'ok'))
  app.get('/readyz', (_request, reply) => {
    const why = readUnreadiness()
    return why === '' ? tell(reply, 200, 'ok') : tell(reply, 503, `Not ready: ${why}`)
  })
}

function createServer(tls: SecureContextOptions | undefined): FastifyInstance {
  const options: FastifyServerOptions = {
    bodyLimit: bodyLimitBytes,
    // While the server closes, reviews on open connections are still answered.
    return503OnClosing: false,
    schemaController: noSchemas,
    serverFactory: (handler) => {
      const server: http.Server =
        tls === undefined ? http.createServer(handler) : https.createServer(tls, handler)
      server.keepAliveTimeout = keepAliveTimeoutMs
      server.headersTimeout = 10_000
      server.requestTimeout = 30_000
      return server
    },
  }
  const app = fastify(options)
  app.removeAllContentTypeParsers()
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
  if (error.statusCode === 413) return `The body is larger than ${bodyLimitBytes} bytes.`
  return `The request failed: ${toSentence(error)}`
}
