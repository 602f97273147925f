/**
 * What the webhook counts: under the upstream webhook's names, so that dashboards go on, and under names of its own.
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { ServiceAccountLookup } from '../core/vocabulary/service-account.ts'
import type { Mode, Verdict } from '../core/review/verdict.ts'
import type { Reason } from '../core/vocabulary/reasons.ts'
import { createTally, registerSumAndCount } from './tallies.ts'

export interface RequestFacts {
  readonly verb: string
  /** The route, not the URL: callers could make endless series otherwise. */
  readonly path: string
  readonly code: number
  readonly milliseconds: number
}

/** What is read again when it changes: files, and the ConfigMap of roles. */
export type Reloadable = 'configuration' | 'certificate' | 'config_map' | 'pod_identities'

export interface Metrics {
  readonly requestAnswered: (facts: RequestFacts) => void
  readonly reviewed: (verdict: Verdict, milliseconds: number) => void
  /** A workload's template was judged as `mode`. */
  readonly templateReviewed: (mode: Mode) => void
  /** A pod went on without its service account being known. */
  readonly serviceAccountMissed: () => void
  readonly liveRead: (outcome: ServiceAccountLookup['kind']) => void
  /** Something was read again, and the new content is in use or not. */
  readonly reloaded: (what: Reloadable, isGood: boolean) => void
  /** The configuration file with this hash is in use. */
  readonly configurationUsed: (sha256: string) => void
  readonly certificateExpiresAt: (seconds: number) => void
  /** Text in the format of Prometheus, and its content type. */
  readonly read: () => Promise<{ readonly text: string; readonly contentType: string }>
}

export interface MetricSources {
  readonly countServiceAccounts: () => number
  /** Lines of the log that nobody took. Absent when the log is not this program's own. */
  readonly countLostLogLines?: () => number
  /** Whether any service account carries a role. */
  readonly isUsed: () => boolean
}

/** Upstream's method labels, by the first reason of the verdict. */
const methods: Readonly<Partial<Record<Reason, string>>> = {
  web_identity: 'sts_web_identity',
  container_credentials: 'container_credentials',
}

export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const requests = createTally(registry, {
    name: 'http_request_count',
    help: 'Requests by verb, path and status code.',
    labelNames: ['verb', 'path', 'code'],
  })
  const latencies = new Histogram({
    name: 'http_request_latencies',
    help: 'Latencies in microseconds by verb and path.',
    labelNames: ['verb', 'path'],
    // Upstream's: 125 ms to 8 s.
    buckets: [125e3, 250e3, 500e3, 1e6, 2e6, 4e6, 8e6],
    registers,
  })
  const durations = registerSumAndCount(registry)
  const parityPods = createTally(registry, {
    name: 'pod_identity_webhook_pod_count',
    help: 'Pods that got credentials as the upstream webhook gives them, by method.',
    labelNames: ['method'],
  })
  const missed = new Counter({
    name: 'pod_identity_webhook_missing_sa_count',
    help: 'Pods that went on although their service account was not known in time.',
    registers,
  })
  const used = new Gauge({
    name: 'pod_identity_webhook_used',
    help: 'Whether any service account carries a role.',
    registers,
  })
  const reviews = createTally(registry, {
    name: 'rolechain_webhook_reviews_total',
    help: 'Reviews by what was done to the pod and what the API server was told.',
    labelNames: ['mode', 'verdict'],
  })
  const templates = new Counter({
    name: 'rolechain_webhook_templates_total',
    help: 'Templates of workloads by what would be done to their pods.',
    labelNames: ['mode'],
    registers,
  })
  const reasons = createTally(registry, {
    name: 'rolechain_webhook_review_reasons_total',
    help: 'Reasons of verdicts; a review may have several.',
    labelNames: ['mode', 'reason'],
  })
  const reviewSeconds = new Histogram({
    name: 'rolechain_webhook_review_duration_seconds',
    help: 'Time from the arrival of a review to its answer, lookups included.',
    labelNames: ['mode'],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers,
  })
  const liveReads = new Counter({
    name: 'rolechain_webhook_service_account_reads_total',
    help: 'Live reads of service accounts by outcome.',
    labelNames: ['outcome'],
    registers,
  })
  const held = new Gauge({
    name: 'rolechain_webhook_service_accounts',
    help: 'Service accounts in the cache.',
    registers,
  })
  const reloads = new Counter({
    name: 'rolechain_webhook_reloads_total',
    help: 'Changes of what the webhook reads again (configuration, certificate, config_map, pod_identities); a failed one leaves the old in use.',
    labelNames: ['file', 'outcome'],
    registers,
  })
  const { countLostLogLines = () => 0 } = sources
  const lostLines = new Counter({
    name: 'rolechain_webhook_log_lines_lost_total',
    help: 'Lines of the log that were dropped, since nobody took them in time.',
    registers,
    collect: () => {
      lostLines.reset()
      lostLines.inc(countLostLogLines())
    },
  })
  const configuration = new Gauge({
    name: 'rolechain_webhook_configuration_info',
    help: 'The configuration file that is in use, by its SHA-256; always 1.',
    labelNames: ['sha256'],
    registers,
  })
  const expiries = [
    new Gauge({
      name: 'rolechain_webhook_certificate_expiry_timestamp_seconds',
      help: 'When the serving certificate ends, in seconds since 1970.',
      registers,
    }),
    new Gauge({
      name: 'rolechain_webhook_certificate_expiry_seconds',
      help: 'Deprecated, gone with the next version: rolechain_webhook_certificate_expiry_timestamp_seconds says the same.',
      registers,
    }),
  ]
  // Without a certificate they would say 1970, which is an alarm.
  for (const expiry of expiries) expiry.remove()

  return {
    requestAnswered: ({ verb, path, code, milliseconds }) => {
      requests(verb, path, String(code))
      latencies.observe({ verb, path }, milliseconds * 1000)
      durations(verb, path, milliseconds * 1000)
    },
    reviewed: ({ mode, kind, reasons: codes }, milliseconds) => {
      reviews(mode, kind)
      for (const reason of codes) reasons(mode, reason)
      reviewSeconds.observe({ mode }, milliseconds / 1000)
      const method = codes[0] && methods[codes[0]]
      if (method !== undefined) parityPods(method)
    },
    templateReviewed: (mode) => templates.inc({ mode }),
    serviceAccountMissed: () => missed.inc(),
    liveRead: (outcome) => liveReads.inc({ outcome }),
    reloaded: (file, isGood) => reloads.inc({ file, outcome: isGood ? 'used' : 'failed' }),
    configurationUsed: (hash) => {
      configuration.reset()
      configuration.set({ sha256: hash }, 1)
    },
    certificateExpiresAt: (seconds) => {
      for (const expiry of expiries) expiry.set(seconds)
    },
    read: async () => {
      used.set(sources.isUsed() ? 1 : 0)
      held.set(sources.countServiceAccounts())
      return { text: await registry.metrics(), contentType: registry.contentType }
    },
  }
}
