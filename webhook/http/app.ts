/**
 * The webhook's HTTP surface, apart from listening and bounds: routes, and what they answer. It decides nothing about
 * pods.
 */
import type { TlsOptions } from 'node:tls'
import type { FastifyInstance, onRequestHookHandler } from 'fastify'
import { REVIEW_PATHS } from '../core/vocabulary/names.ts'
import { answerReview, tell } from './review-route.ts'
import type { ReviewParts } from './review-route.ts'
import { readClients } from '../certificates/client-ca.ts'
import { quietly } from '../log/quietly.ts'
import { createServer } from './server.ts'

export interface AppParts extends ReviewParts {
  /** Undefined where nothing listens: tests inject their requests. */
  readonly tls?: TlsOptions
  /** Whether the program is about to end: clients are then told to connect elsewhere. */
  readonly isDraining: () => boolean
}

const NEEDS_CERTIFICATE =
  'Reviews are taken from clients with a certificate of the authority in --client-ca only'

export function createApp(parts: AppParts): FastifyInstance {
  const app = createServer(parts.tls)
  const { metrics } = parts
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
  const readRefusal = readClients(app.server, parts.tls)
  const onRequest: onRequestHookHandler = (request, reply, done) => {
    const why = readRefusal(request.socket)
    if (why === '') return done()
    // What follows is thrown away, to its end: who is still sending would not see the answer.
    const refuse = () => {
      void tell(reply, 401, `${NEEDS_CERTIFICATE}: ${why}.`)
    }
    request.raw.once('end', refuse).resume()
  }
  for (const path of REVIEW_PATHS) {
    app.post(path, { onRequest }, (request, reply) => answerReview(parts, { path, request, reply }))
  }
  addHealth(app, parts.readUnreadiness)
  return app
}

export interface MetricsAppParts extends Pick<AppParts, 'metrics' | 'readUnreadiness'> {
  /** What is known of service accounts. Undefined when the debug handler is off. */
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
