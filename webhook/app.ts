/** The webhook's HTTP surface, apart from listening: routes, limits, and what bad requests are told. It decides nothing about pods. */
import http from 'node:http'
import https from 'node:https'
import type { SecureContextOptions } from 'node:tls'
import fastify from 'fastify'
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifyServerOptions } from 'fastify'
import type { Configuration } from './core/configuration.ts'
import type { Reason } from './core/reasons.ts'
import { readReview, toReview } from './core/review.ts'
import type { Envelope, ReadReview } from './core/review.ts'
import type { Mode, Verdict } from './core/verdict.ts'
import { readDurationMs } from './flag-values.ts'
import type { Metrics } from './io/metrics.ts'
import type { Judge } from './judge.ts'
import { toSentence } from './log.ts'
import type { Log } from './log.ts'

export interface AppParts {
  /** Undefined where nothing listens: tests inject their requests. */
  readonly tls?: SecureContextOptions
  readonly judge: Judge
  /** Undefined until the API server has said its version. */
  readonly readConfiguration: () => Configuration | undefined
  /** Why the webhook is not ready; empty when it is. */
  readonly readUnreadiness: () => string
  /** Whether the program is about to end: clients are then told to connect elsewhere. */
  readonly isDraining: () => boolean
  readonly metrics: Metrics
  readonly log: Log
}

/**
 * The API server takes no request above 3 MiB (an etcd object is at most 1.5 MiB, its JSON about twice that). A review carries the object
 * and, for updates, the old one; 1 MiB more is for the user's groups, options and the envelope.
 */
const bodyLimitBytes = (2 * 3 + 1) * 1024 * 1024

/** What manifests set, for callers that do not say how long they wait. */
const defaultTimeoutMs = 5000
/** For the way back. */
const marginMs = 300

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
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body)
  })
  app.addHook('onResponse', (request, reply, done) => {
    metrics.requestAnswered({
      verb: request.method,
      path: request.routeOptions.url ?? 'other',
      code: reply.statusCode,
      milliseconds: reply.elapsedTime,
    })
    done()
  })
  app.addHook('onRequest', (_request, reply, done) => {
    if (parts.isDraining()) reply.header('connection', 'close')
    done()
  })
  app.post('/mutate', (request, reply) => answerReview(parts, request, reply))
  // The entry of namespaces in which no pod may run without being judged.
  app.post('/mutate/enforce', (request, reply) => answerReview(parts, request, reply))
  addHealth(app, parts.readUnreadiness)
  return app
}

/** The plain port: metrics and health. */
export function createMetricsApp({
  metrics,
  readUnreadiness,
}: Pick<AppParts, 'metrics' | 'readUnreadiness'>): FastifyInstance {
  const app = createServer(undefined)
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
    exposeHeadRoutes: false,
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
    return path.startsWith('/mutate') && request.method !== 'POST'
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

function tell(reply: FastifyReply, code: number, sentence: string): FastifyReply {
  return reply.code(code).header('content-type', 'text/plain; charset=utf-8').send(`${sentence}\n`)
}

async function answerReview(
  parts: AppParts,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const query = request.url.split('?', 2)[1] ?? ''
  if (/%(?![0-9a-fA-F]{2})/.test(query)) {
    return tell(reply, 400, 'The query has a percent sign that escapes nothing.')
  }
  const configuration = parts.readConfiguration()
  if (configuration === undefined) {
    return tell(reply, 503, `Not ready: ${parts.readUnreadiness()}`)
  }
  const startedAt = performance.now()
  const review = readReview(parseJson(request.body))
  if (review.kind === 'unreadable') {
    return tell(reply, 400, `The body is not an AdmissionReview: ${review.why}.`)
  }
  const verdict = await judgeReview(parts, review, {
    configuration,
    isEnforced: request.routeOptions.url === '/mutate/enforce',
    mayTakeMs: readTimeoutMs(query) - marginMs,
  })
  parts.metrics.reviewed(verdict, performance.now() - startedAt)
  logReview(parts.log, review, verdict)
  return reply
    .header('content-type', 'application/json')
    .send(JSON.stringify(toReview(review.envelope, verdict, toBase64)))
}

type Answerable = Exclude<ReadReview, { kind: 'unreadable' }>

function judgeReview(
  { judge }: AppParts,
  review: Answerable,
  call: { configuration: Configuration; isEnforced: boolean; mayTakeMs: number },
): Verdict | Promise<Verdict> {
  if (review.kind === 'pod') {
    const { namespace, pod } = review
    const { configuration, isEnforced, mayTakeMs } = call
    return judge({ admission: { namespace, pod, isEnforced }, configuration, mayTakeMs })
  }
  if (review.kind === 'other') return { kind: 'allowed', ...toTold('skip', 'not_a_pod') }
  const message = `rolechain: the review cannot be answered: ${review.why}`
  return { kind: 'denied', ...toTold('reject', 'malformed_review'), message }
}

function toTold(mode: Mode, reason: Reason): Omit<Verdict & { kind: 'allowed' }, 'kind'> {
  return { mode, reasons: [reason], warnings: [], auditAnnotations: { intent: mode, reason } }
}

/** Undefined for what is not JSON. */
function parseJson(body: unknown): unknown {
  try {
    return Buffer.isBuffer(body) ? (JSON.parse(body.toString('utf8')) as unknown) : undefined
  } catch {
    return undefined
  }
}

/** The API server says in the query how long it waits, as a Go duration. */
function readTimeoutMs(query: string): number {
  return readDurationMs(new URLSearchParams(query).get('timeout') ?? '') ?? defaultTimeoutMs
}

function toBase64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64')
}

/** One line a review: at `info` when something was done, refused or warned of. */
function logReview(log: Log, review: Answerable, verdict: Verdict): void {
  const { kind, mode, reasons, warnings } = verdict
  const isQuiet = kind === 'allowed' && warnings.length === 0
  log(isQuiet ? 'debug' : 'info', `A pod was ${kind}.`, {
    ...readNames(review),
    uid: (review.envelope satisfies Envelope).uid,
    verdict: kind,
    mode,
    reasons,
    ...(kind === 'denied' ? { problem: verdict.message } : {}),
    ...(warnings.length === 0 ? {} : { warnings }),
  })
}

/** What people know the pod by: at admission many have only the prefix of a name. */
function readNames(review: Answerable): { namespace?: string; pod?: unknown } {
  if (review.kind !== 'pod') return {}
  const { metadata } = review.pod as {
    metadata?: { name?: unknown; generateName?: unknown } | null
  }
  return { namespace: review.namespace, pod: metadata?.name ?? metadata?.generateName }
}
