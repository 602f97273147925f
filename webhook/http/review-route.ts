/** One review over HTTP: from a request's body to what is sent back, counted and logged. What pods are told is decided elsewhere. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Configuration } from '../core/configuration/configuration.ts'
import type { Reason } from '../core/vocabulary/reasons.ts'
import { readExcessive, readReview, toReview } from '../core/review/review.ts'
import type { ReadReview } from '../core/review/review.ts'
import type { Mode, Verdict } from '../core/review/verdict.ts'
import { readDurationMs } from '../command-line/go-durations.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { toFailedVerdict } from '../judge/judge.ts'
import type { Judge } from '../judge/judge.ts'
import type { TemplateJudge } from '../judge/judge-template.ts'
import type { Log } from '../log/events.ts'
import { quietly } from '../log/quietly.ts'
import type { Body } from './read-body.ts'

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
/** The longest that Kubernetes lets an API server wait; no timer of ours runs longer, whatever the query says. */
const longestTimeoutMs = 30_000
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
  const review = readSent(request.body as Body | undefined)
  // The text is not needed any more, and a lookup may take seconds.
  request.body = undefined
  if (review.kind === 'unreadable') {
    return tell(reply, 400, `The body is not an AdmissionReview: ${review.why}.`)
  }
  const call = { configuration: parts.readConfiguration(), path, mayTakeMs }
  const fail = (error: unknown) => toFailed(review, call, error)
  const answer = (judged: Verdict): FastifyReply => {
    const { verdict, text } = encode(review, judged, fail)
    quietly(() => {
      if (review.kind === 'template') parts.metrics.templateReviewed(verdict.mode)
      else parts.metrics.reviewed(verdict, performance.now() - request.arrivedAtMs)
    })
    quietly(() => logReview(parts.log, review, verdict))
    return reply.header('content-type', 'application/json; charset=utf-8').send(text)
  }
  try {
    const verdict = judgeReview(parts, review, call)
    return verdict instanceof Promise ? verdict.catch(fail).then(answer) : answer(verdict)
  } catch (error) {
    return answer(fail(error))
  }
}

interface ReviewCall {
  readonly configuration: Configuration
  readonly path: ReviewPath
  readonly mayTakeMs: number
}

/** The answer as it is sent. A verdict that cannot be written down is a failure of ours, and told as one. */
function encode(
  review: Answerable,
  judged: Verdict,
  fail: (error: unknown) => Verdict,
): { readonly verdict: Verdict; readonly text: string } {
  const write = (verdict: Verdict) => ({
    verdict,
    text: JSON.stringify(toReview(review.envelope, verdict, toBase64)),
  })
  try {
    return write(judged)
  } catch (error) {
    return write(fail(error))
  }
}

/** After an error of ours outside of the judgement. Workloads are only warned of, so they go on. */
function toFailed(review: Answerable, call: ReviewCall, error: unknown): Verdict {
  if (review.kind !== 'pod' || call.path === '/validate') {
    return { kind: 'allowed', ...toTold('skip', 'internal_error') }
  }
  const { namespace, pod } = review
  const admission = { namespace, pod, isEnforced: call.path === '/mutate/enforce' }
  return toFailedVerdict({ admission }, call.configuration, error)
}

type Answerable = Exclude<ReadReview, { kind: 'unreadable' }>

function judgeReview(
  { judge, judgeTemplate }: ReviewParts,
  review: Answerable,
  call: ReviewCall,
): Verdict | Promise<Verdict> {
  const { configuration, path, mayTakeMs } = call
  if (review.kind === 'excessive') return judgeExcessive(review.why, path)
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

/** Nobody knows whether it asks for a role, and no pod is so large; workloads are only warned of. */
function judgeExcessive(why: string, path: ReviewPath): Verdict {
  const what = `rolechain: the review ${why}, more than it can judge`
  if (path === '/validate') {
    const warnings = [`${what}; pods of this kind will be refused`]
    return { kind: 'allowed', ...toTold('skip', 'review_too_large'), warnings }
  }
  const message = `${what}. Make the pod smaller.`
  return { kind: 'denied', ...toTold('reject', 'review_too_large'), message, problems: [message] }
}

function toTold(mode: Mode, reason: Reason): Omit<Verdict & { kind: 'allowed' }, 'kind'> {
  return { mode, reasons: [reason], warnings: [], auditAnnotations: { intent: mode, reason } }
}

function readSent(body: Body | undefined): ReadReview {
  return body?.kind === 'excessive'
    ? readExcessive(body.head, body.excess)
    : readReview(parseJson(body?.text))
}

/** Undefined for what is not JSON. */
function parseJson(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as unknown)
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
  lastMayTakeMs =
    timeoutMs === undefined
      ? undefined
      : Math.max(Math.min(timeoutMs, longestTimeoutMs) - marginMs, 0)
  return lastMayTakeMs
}

function toBase64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64')
}

/** One line a review: at `info` when something was done, refused or warned of. */
function logReview(log: Log, review: Answerable, verdict: Verdict): void {
  const { kind, mode, reasons, warnings } = verdict
  const isQuiet = kind === 'allowed' && warnings.length === 0
  const what = review.kind === 'template' ? `${cut(review.workload.kind)}'s template` : 'pod'
  log(isQuiet ? 'review_passed' : 'reviewed', `A ${what} was ${kind}.`, {
    ...readNames(review),
    uid: cut(review.envelope.uid),
    verdict: kind,
    mode,
    reasons,
    problem: kind === 'denied' ? verdict.message : undefined,
    warnings: warnings.length === 0 ? undefined : warnings,
  })
}

/** What people know the pod by: at admission many have only the prefix of a name. */
function readNames(review: Answerable): {
  namespace?: string
  pod?: string | undefined
  workload?: string
} {
  if (review.kind === 'template') {
    return { namespace: cut(review.namespace), workload: cut(review.name) }
  }
  if (review.kind !== 'pod') return {}
  const { metadata } = review.pod as {
    metadata?: { name?: unknown; generateName?: unknown } | null
  }
  const name = metadata?.name ?? metadata?.generateName
  return { namespace: cut(review.namespace), pod: typeof name === 'string' ? cut(name) : undefined }
}

/** No name in Kubernetes is longer; what somebody else sends may be. */
function cut(name: string): string {
  return name.slice(0, 253)
}

/** Answers with a sentence. */
export function tell(reply: FastifyReply, code: number, sentence: string): FastifyReply {
  return reply.code(code).header('content-type', 'text/plain; charset=utf-8').send(`${sentence}\n`)
}
