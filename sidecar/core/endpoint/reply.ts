/**
 * What the endpoint answers, as a pure function of the request, the verdict on its token, and what is held for the
 * target. The forms of the replies are in `forms.ts`; the texts are for the people who see them in a log.
 */
import { TARGET_NAME } from '../../contract.ts'
import type { FailureCode } from '../failures/failures.ts'
import type { TargetState } from '../refresh/sessions.ts'
import type { Session } from '../session.ts'
import { type Form, formOf, FORMS } from './forms.ts'
import { type RefusalCode, REFUSALS } from './refusals.ts'

/** The facts of a request that decide its answer. */
export interface RequestFacts {
  readonly method: string
  /** As it stands on the request line. */
  readonly path: string
  /** Every value of each header, by its lower-case name. */
  readonly headers: Readonly<Record<string, readonly string[] | undefined>>
}

/** An answer, ready to be sent but for its length. */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Absent when credentials are served. Free of secrets: it is logged. */
  readonly refusal?: Refusal
}

export interface Refusal {
  /** The same in the reply, the log and the metrics. */
  readonly code: RefusalCode | FailureCode
  readonly sentence: string
}

/** Whose credentials are asked for, and in which form. */
export interface Place {
  readonly target: string
  readonly form: Form
}

/** Where a request leads: to the credentials of a target, if its `authorization` is good, or to a refusal. */
export type Route =
  | { readonly kind: 'target'; readonly place: Place; readonly authorization: string }
  | { readonly kind: 'refused'; readonly target?: string; readonly reply: Reply }

/**
 * How a token was judged. `unreadable`: it is none of the known ones, and the file that would tell cannot be read, so
 * it may be right.
 */
export type TokenVerdict = 'accepted' | 'refused' | 'unreadable'

/** With and without port: some SDKs leave it out, and a forwarded port is another. */
const LOOPBACK = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/i

/**
 * Signs that a proxy or a browser asks on behalf of somebody else. No SDK sends any of them. Not among them: what
 * tracing adds to the requests of an application (`traceparent`, `x-amzn-trace-id`, `x-request-id`), and
 * `sec-fetch-mode`, which Node's `fetch` sends.
 */
const FOREIGN_HEADER = new RegExp(
  `^(?:${[
    // Who asked the proxy, and for what.
    '(?:x-)?forwarded.*',
    '(?:.*-)?via',
    '(?:.*-)?(?:client|cluster|real|remote|original|originating|connecting|source|user)-?(?:ip|addr|address|host)',
    'x-(?:original|rewrite|host).*',
    // The proxy itself.
    '(?:(?:x|wl)-)?proxy.*',
    'max-forwards',
    'cdn-loop',
    '(?:cf|fastly|akamai|true|surrogate)-.*',
    'x-(?:envoy|arr|nginx|varnish|akamai|azure-fdid|azure-ref|appengine|vercel|amz-cf).*',
    // Browsers.
    'origin',
    'referer',
    'sec-(?!fetch-mode$).*',
    'upgrade-insecure-requests',
    'access-control-.*',
  ].join('|')})$`,
)

/** Characters of a header's name that are shown. */
const NAME_LIMIT = 64

/**
 * Finds out what is asked for. Rules, the first that holds wins:
 *
 *   Host is not the loopback, or not given once | 403
 *   a header that only proxies or browsers send | 403
 *   not the path of a target of this pod        | 403
 *   another method than GET                     | 405
 *   no Authorization, or several                | 401
 */
export function readRoute(request: RequestFacts, targets: ReadonlySet<string>): Route {
  const { headers, path } = request
  const form = formOf(path)
  const foreign = readForeignness(headers, form)
  if (foreign !== undefined) return { kind: 'refused', reply: foreign }
  const target = path.startsWith(form.pathPrefix) ? path.slice(form.pathPrefix.length) : ''
  const place = { target, form }
  if (!targets.has(target)) return { kind: 'refused', reply: toUnknownPathReply(place) }
  if (request.method !== 'GET') return { kind: 'refused', target, reply: toMethodReply(form) }
  const [authorization, ...others] = headers['authorization'] ?? []
  if (authorization === undefined || authorization.trim() === '' || others.length > 0) {
    return { kind: 'refused', target, reply: toMissingTokenReply(place) }
  }
  return { kind: 'target', place, authorization: authorization.trim() }
}

/** The refusal of a request whose token is not accepted; undefined when it is. */
export function toTokenReply({ target, form }: Place, verdict: TokenVerdict): Reply | undefined {
  if (verdict === 'accepted') return undefined
  if (verdict === 'refused') {
    return refuse(
      'wrong_token',
      `The Authorization header is no endpoint token of target ${target}: send the content of ${form.tokenFileOf(target)}; a container may use only the targets whose token it mounts.`,
      form,
    )
  }
  return refuse(
    'endpoint_token_unreadable',
    `The sidecar cannot read the endpoint token of target ${target}, so it cannot tell whether this one is right: see its log, and the kubelet's events of the pod.`,
    form,
  )
}

/**
 * Whether a short wait may turn the answer into credentials: nothing is held, and the last failure was not for good.
 */
export function isWorthWaiting(state: TargetState, nowMs: number): boolean {
  return liveSession(state, nowMs) === undefined && state.failure?.isPermanent !== true
}

/**
 * The answer to a request whose token is accepted.
 *
 *   session  | last failure | answer
 *   -------- | ------------ | --------------------------------------------
 *   live     | any          | 200 with it, until its last second
 *   none     | permanent    | 403 with the failure's sentence
 *   none     | passing      | 503 with the failure's sentence
 *   none     | none         | 503, the first attempt has not ended yet
 */
export function toTargetReply({ target, form }: Place, state: TargetState, nowMs: number): Reply {
  const session = liveSession(state, nowMs)
  if (session !== undefined) {
    return { status: 200, headers: toHeaders('application/json'), body: form.toBody(session) }
  }
  const { failure } = state
  if (failure === undefined) {
    return refuse(
      'no_credentials_yet',
      `There are no credentials of target ${target} yet: the sidecar is asking STS for them; try again in a second.`,
      form,
    )
  }
  return toErrorReply(failure.isPermanent ? 403 : 503, failure, form)
}

/** Of a session that has not ended; the same rule for endpoint and probe. */
export function liveSession(state: TargetState, nowMs: number): Session | undefined {
  return state.session !== undefined && state.session.expiresAtMs > nowMs
    ? state.session
    : undefined
}

/** The endpoint's own refusals, with the status that belongs to the code. */
export function refuse(code: RefusalCode, sentence: string, form: Form = FORMS.credentials): Reply {
  return toErrorReply(REFUSALS[code].status, { code, sentence }, form)
}

function toErrorReply(status: number, { code, sentence }: Refusal, form: Form): Reply {
  return {
    status,
    headers: toHeaders(form.refusalType),
    body: form.toRefusalBody(code, sentence),
    refusal: { code, sentence },
  }
}

function toHeaders(type: string): Reply['headers'] {
  return { 'Content-Type': type, 'Cache-Control': 'no-store' }
}

function toMethodReply(form: Form): Reply {
  const reply = refuse('method_not_allowed', 'Only GET is answered here.', form)
  return { ...reply, headers: { ...reply.headers, Allow: 'GET' } }
}

function readForeignness(headers: RequestFacts['headers'], form: Form): Reply | undefined {
  const [host, ...others] = headers['host'] ?? []
  if (host === undefined || others.length > 0 || !LOOPBACK.test(host)) {
    return refuse(
      'foreign_host',
      `The Host header is not the loopback: ask ${form.whatToAsk}.`,
      form,
    )
  }
  const foreign = Object.keys(headers).find((name) => FOREIGN_HEADER.test(name))
  if (foreign === undefined) return undefined
  return refuse(
    'forwarded_request',
    `The request carries ${foreign.slice(0, NAME_LIMIT)}, so a proxy or a browser sent it: credentials are only for programs of this pod that ask directly; put 127.0.0.1 into NO_PROXY and no_proxy.`,
    form,
  )
}

function toUnknownPathReply({ target, form }: Place): Reply {
  return TARGET_NAME.test(target)
    ? refuse(
        'unknown_target',
        `This pod has no target ${target}: name it in the pod's annotations, or ask ${form.whatToAsk}.`,
        form,
      )
    : refuse('unknown_path', `There is nothing at this path: ask ${form.whatToAsk}.`, form)
}

function toMissingTokenReply({ target, form }: Place): Reply {
  return refuse(
    'missing_token',
    `The request carries no Authorization header, or several: send the content of ${form.tokenFileOf(target)}, the endpoint token of target ${target}.`,
    form,
  )
}
