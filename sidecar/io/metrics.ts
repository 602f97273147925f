/**
 * Counts what the sidecar does and shows it to Prometheus on a port of its own, for those who ask for one. The few
 * lines of text are made by hand: a metrics library would cost every pod more memory than all of this.
 */
import { createServer } from 'node:http'
import type { Attempt, SessionSource } from '../core/refresh/sessions.ts'
import type { Clock } from '../core/clock.ts'
import type { Log } from '../events.ts'
import { type Listening, listenPersistently } from './listening.ts'

export interface Metrics {
  countAttempt(attempt: Attempt): void
  countReply(status: number, target: string | undefined): void
  /** All metrics in Prometheus's text format, version 0.0.4. */
  render(): string
}

/** Starts all counts at zero. */
export function createMetrics(targets: readonly string[], source: SessionSource): Metrics {
  const attempts = new Map(targets.map((target) => [toLabels({ target, outcome: 'success' }), 0]))
  const replies = new Map(targets.map((target) => [toLabels({ target, status: '200' }), 0]))
  const readExpiry = (): [string, number][] =>
    targets.flatMap((target) => {
      const { session } = source.stateOf(target)
      return session ? [[toLabels({ target }), session.expiresAtMs / 1_000]] : []
    })
  return {
    countAttempt: (attempt) => {
      const outcome = attempt.kind === 'refreshed' ? 'success' : attempt.failure.code
      increment(attempts, toLabels({ target: attempt.target, outcome }))
    },
    countReply: (status, target = '') => {
      increment(replies, toLabels({ target, status: String(status) }))
    },
    render: () =>
      [
        '# HELP rolechain_sidecar_refreshes_total Attempts to walk the chain of a target, by outcome: success, or the code of the failure.',
        '# TYPE rolechain_sidecar_refreshes_total counter',
        ...toLines('rolechain_sidecar_refreshes_total', attempts),
        '# HELP rolechain_sidecar_session_expiry_timestamp_seconds When the session that is served for a target ends.',
        '# TYPE rolechain_sidecar_session_expiry_timestamp_seconds gauge',
        ...toLines('rolechain_sidecar_session_expiry_timestamp_seconds', readExpiry()),
        '# HELP rolechain_sidecar_requests_total Requests to the credentials endpoint, by target (empty when the request led to none) and HTTP status.',
        '# TYPE rolechain_sidecar_requests_total counter',
        ...toLines('rolechain_sidecar_requests_total', replies),
        '',
      ].join('\n'),
  }
}

/** Serves the metrics at `/metrics` on every address of the pod. */
export function startMetricsServer(options: {
  readonly port: number
  readonly metrics: Metrics
  readonly clock: Clock
  readonly log: Log
}): Listening {
  const server = createServer({ requestTimeout: 5_000, headersTimeout: 5_000 })
  server.maxConnections = 16
  server.on('request', (request, response) => {
    const isFound = request.method === 'GET' && request.url === '/metrics'
    response.writeHead(isFound ? 200 : 404, {
      'Content-Type': 'text/plain; version=0.0.4; charset=utf-8',
    })
    response.end(isFound ? options.metrics.render() : 'Only GET /metrics is answered here.\n')
  })
  const listening = listenPersistently({
    ...options,
    server,
    address: { kind: 'port', port: options.port },
    subject: 'The metrics server',
  })
  return {
    problem: () => listening.problem(),
    stop: () => {
      listening.stop()
      server.closeAllConnections()
    },
  }
}

/**
 * Values need no escaping: names of targets, codes of failures and HTTP statuses have no quote, backslash or line end.
 */
function toLabels(labels: Readonly<Record<string, string>>): string {
  return `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(',')}}`
}

function increment(counts: Map<string, number>, labels: string): void {
  counts.set(labels, (counts.get(labels) ?? 0) + 1)
}

function toLines(name: string, values: Iterable<readonly [string, number]>): string[] {
  return [...values].map(([labels, value]) => `${name}${labels} ${String(value)}`)
}
