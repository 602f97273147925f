/** One review over HTTP: from a request's body to what is sent back, counted and logged. What pods are told is decided elsewhere. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Configuration } from './core/configuration.ts'
import type { Reason } from './core/reasons.ts'
import { readReview, toReview } from './core/review.ts'
import type { ReadReview } from './core/review.ts'
import type { Mode, Verdict } from './core/verdict.ts'
import { readDurationMs } from './flag-values.ts'
import type { Metrics } from './io/metrics.ts'
import type { Judge } from './judge.ts'
import type { TemplateJudge } from './judge-template.ts'
import type { Log } from './log.ts'

export interface ReviewParts {
  readonly judge: Judge
  readonly judgeTemplate: TemplateJudge
  readonly readConfiguration: () => Configuration
  /** Why the webhook is not ready; empty when it is. */
  readonly readUnreadiness: () => string
  readonly metrics: Metrics
  readonly log: Log
}

/**
 * Where reviews are sent to.
 *
 *   /mutate         | pods
 *   /mutate/enforce | pods of namespaces in which none may run without being judged
 *   /validate       | workloads, whose authors are only warned
 */
export const REVIEW_PATHS = ['/mutate', '/mutate/enforce', '/validate'] as const

export type ReviewPath = (typeof REVIEW_PATHS)[number]

/** One request for a review, and its answer to be. */
export interface Exchange {
  readonly path: ReviewPath
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/** What manifests set, for callers that do not say how long they wait. */
const defaultTimeoutMs = 5000
/** For the way back. */
const marginMs = 300

/** Answers a request for one of {@link REVIEW_PATHS}. */
export function answerReview(
  parts: ReviewParts,
  { path, request, reply }: Exchange,
): FastifyReply | Promise<FastifyReply> {
  const mayTakeMs = readMayTakeMs(request.url)
  if (mayTakeMs === undefined) {
    return tell(reply, 400, 'The query has a percent sign that escapes nothing.')
  }
  const review = readReview(parseJson(request.body))
  if (review.kind === 'unreadable') {
    return tell(reply, 400, `The body is not an AdmissionReview: ${review.why}.`)
  }
  const verdict = judgeReview(parts, review, {
    configuration: parts.readConfiguration(),
    path,
    mayTakeMs,
  })
  const answer = (judged: Verdict): FastifyReply => {
    if (review.kind === 'template') parts.metrics.templateReviewed(judged.mode)
    else parts.metrics.reviewed(judged, performance.now() - request.arrivedAtMs)
    logReview(parts.log, review, judged)
    return reply
      .header('content-type', 'application/json; charset=utf-8')
      .send(JSON.stringify(toReview(review.envelope, judged, toBase64)))
  }
  return verdict instanceof Promise ? verdict.then(answer) : answer(verdict)
}

type Answerable = Exclude<ReadReview, { kind: 'unreadable' }>

function judgeReview(
  { judge, judgeTemplate }: ReviewParts,
  review: Answerable,
  call: { configuration: Configuration; path: ReviewPath; mayTakeMs: number },
): Verdict | Promise<Verdict> {
  const { configuration, path, mayTakeMs } = call
  if (review.kind === 'malformed') {
    const message = `rolechain: the review cannot be answered: ${review.why}`
    const told = toTold('reject', 'malformed_review')
    return { kind: 'denied', ...told, message, problems: [message] }
  }
  if (review.kind === 'pod' && path !== '/validate') {
    const { namespace, pod } = review
    const admission = { namespace, pod, isEnforced: path === '/mutate/enforce' }
    return judge({ admission, configuration, mayTakeMs })
  }
  return review.kind === 'template' && path === '/validate'
    ? judgeTemplate({ ...review, configuration, mayTakeMs })
    : { kind: 'allowed', ...toTold('skip', 'not_a_pod') }
}

function toTold(mode: Mode, reason: Reason): Omit<Verdict & { kind: 'allowed' }, 'kind'> {
  return { mode, reasons: [reason], warnings: [], auditAnnotations: { intent: mode, reason } }
}

/** Undefined for what is not JSON. */
function parseJson(body: unknown): unknown {
  try {
    return typeof body === 'string' ? (JSON.parse(body) as unknown) : undefined
  } catch {
    return undefined
  }
}

/** The last URL and what it said: API servers send the same with every review. */
let lastUrl = ''
let lastMayTakeMs: number | undefined

/** The API server says in the query how long it waits, as a Go duration. Undefined for a query that cannot be read. */
function readMayTakeMs(url: string): number | undefined {
  if (url === lastUrl) return lastMayTakeMs
  const query = url.split('?', 2)[1] ?? ''
  const timeoutMs = /%(?![0-9a-fA-F]{2})/.test(query)
    ? undefined
    : (readDurationMs(new URLSearchParams(query).get('timeout') ?? '') ?? defaultTimeoutMs)
  lastUrl = url
  lastMayTakeMs = timeoutMs === undefined ? undefined : timeoutMs - marginMs
  return lastMayTakeMs
}

function toBase64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64')
}

/** One line a review: at `info` when something was done, refused or warned of. */
function logReview(log: Log, review: Answerable, verdict: Verdict): void {
  const { kind, mode, reasons, warnings } = verdict
  const isQuiet = kind === 'allowed' && warnings.length === 0
  const what = review.kind === 'template' ? `${review.workload}'s template` : 'pod'
  log(isQuiet ? 'debug' : 'info', `A ${what} was ${kind}.`, {
    ...readNames(review),
    uid: review.envelope.uid,
    verdict: kind,
    mode,
    reasons,
    problem: kind === 'denied' ? verdict.message : undefined,
    warnings: warnings.length === 0 ? undefined : warnings,
  })
}

/** What people know the pod by: at admission many have only the prefix of a name. */
function readNames(review: Answerable): { namespace?: string; pod?: unknown; workload?: string } {
  if (review.kind === 'template') return { namespace: review.namespace, workload: review.name }
  if (review.kind !== 'pod') return {}
  const { metadata } = review.pod as {
    metadata?: { name?: unknown; generateName?: unknown } | null
  }
  return { namespace: review.namespace, pod: metadata?.name ?? metadata?.generateName }
}

/** Answers with a sentence. */
export function tell(reply: FastifyReply, code: number, sentence: string): FastifyReply {
  return reply.code(code).header('content-type', 'text/plain; charset=utf-8').send(`${sentence}\n`)
}
