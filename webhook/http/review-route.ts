/**
 * One review over HTTP: from a request's body to what is sent back, counted and logged. What pods are told is decided
 * elsewhere.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Configuration } from '../core/configuration/configuration.ts'
import type { ReviewPath } from '../core/vocabulary/names.ts'
import { readExcessive, readReview, toReview } from '../core/review/review.ts'
import type { ReadReview } from '../core/review/review.ts'
import { malformed, tooLarge, tooLargeToAdvise, unjudged } from '../core/review/verdicts.ts'
import type { Verdict } from '../core/review/verdict.ts'
import { readDurationMs } from '../command-line/go-durations.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { caught, judgeFailure } from '../judge/failure.ts'
import type { Judge, PodRequest } from '../judge/judge.ts'
import type { TemplateJudge } from '../judge/judge-template.ts'
import { toSentence } from '../../log/error-text.ts'
import type { Log } from '../log/events.ts'
import { quietly } from '../log/quietly.ts'
import type { Body } from './read-body.ts'

export interface ReviewParts {
  readonly judge: Judge
  readonly judgeTemplate: TemplateJudge
  /** Of pods that all webhooks have been over. */
  readonly judgeFinal: Judge
  readonly readConfiguration: () => Configuration
  /** Why the webhook is not ready; empty when it is. */
  readonly readUnreadiness: () => string
  readonly metrics: Metrics
  readonly log: Log
}

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

/** Answers a request for a review. */
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
  const podRequest = toPodRequest(review, call)
  const write = (verdict: Verdict): EncodedAnswer => ({
    verdict,
    text: JSON.stringify(toReview(review.envelope, verdict, toBase64)),
  })
  const send = ({ verdict, text }: EncodedAnswer): FastifyReply => {
    quietly(() => {
      if (review.kind === 'template') parts.metrics.templateReviewed(verdict.mode)
      else parts.metrics.reviewed(verdict, performance.now() - request.arrivedAtMs)
    })
    quietly(() => logReview(parts.log, review, verdict))
    return reply.header('content-type', 'application/json; charset=utf-8').send(text)
  }
  const answer = caught(
    () => judgeReview(parts, review, { ...call, podRequest }),
    write,
    (error) => {
      quietly(() =>
        parts.log('judging_failed', `Judging ${subjectOf(review)} failed: ${toSentence(error)}`),
      )
      return write(judgeFailure(podRequest, error))
    },
  )
  return answer instanceof Promise ? answer.then(send) : send(answer)
}

/** A verdict, and the answer as it is sent. */
interface EncodedAnswer {
  readonly verdict: Verdict
  readonly text: string
}

interface ReviewCall {
  readonly configuration: Configuration
  readonly path: ReviewPath
  readonly mayTakeMs: number
}

/** Undefined where no pod is to be judged. */
function toPodRequest(review: Answerable, call: ReviewCall): PodRequest | undefined {
  if (review.kind !== 'pod' || call.path === '/validate') return undefined
  const { namespace, pod } = review
  const unknownMeans = ['/mutate/enforce', '/verify'].includes(call.path) ? 'refuse' : 'admit'
  return {
    admission: { namespace, pod, unknownMeans },
    configuration: call.configuration,
    mayTakeMs: call.mayTakeMs,
  }
}

type Answerable = Exclude<ReadReview, { kind: 'unreadable' }>

function judgeReview(
  { judge, judgeTemplate, judgeFinal }: ReviewParts,
  review: Answerable,
  call: ReviewCall & { readonly podRequest: PodRequest | undefined },
): Verdict | Promise<Verdict> {
  const { configuration, path, mayTakeMs, podRequest } = call
  const judgePod = path === '/verify' ? judgeFinal : judge
  if (podRequest !== undefined) return judgePod(podRequest)
  if (review.kind === 'malformed') return malformed(review.why)
  if (review.kind === 'excessive') {
    return path === '/validate' ? tooLargeToAdvise(review.why) : tooLarge(review.why)
  }
  if (review.kind !== 'template' || path !== '/validate') return unjudged('not_a_pod')
  const { namespace, pod, workload } = review
  return judgeTemplate({ workload, admission: { namespace, pod }, configuration, mayTakeMs })
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

/** What failed to be judged. */
function subjectOf(review: Answerable): string {
  if (review.kind === 'template') return `the template of a ${cut(review.workload.kind)}`
  return review.kind === 'pod' ? 'a pod' : 'a review'
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
