/**
 * Asks the agent of EKS Pod Identity for the session that all chains begin with. Not by the SDK's `fromHttp`: that
 * drops the AWS account, reads no word of a refusal, and its answer has no bound. Only the child loads it.
 */
import { Agent, type IncomingMessage, request } from 'node:http'
import type { StsOutcome } from '../../core/chain/chain.ts'
import type { PodIdentity } from '../../core/chain/job.ts'
import { LONGEST_LIFE_MS } from '../../core/chain/session-of-hop.ts'
import { FAILURES, toFailure } from '../../core/failures/errors.ts'
import {
  toAgentFailure,
  toAgentTokenAdvice,
  toUnreadableAgentFailure,
} from '../../core/failures/pod-identity.ts'
import { describeToken } from '../../core/failures/token-claims.ts'
import { ASSOCIATED_ROLE, type Session } from '../../core/session.ts'
import { errorCode } from '../error-code.ts'
import { readBounded } from './passage.ts'
import { readStsToken } from './token.ts'

/** The agent is on the same node: it is there at once, or it is not there. */
const CONNECTION_TIMEOUT_MS = 1000

/** The agent itself asks EKS at most some times, with a second for each. */
const ANSWER_TIMEOUT_MS = 5000

/** Never rejects. The token is read each time, because the kubelet replaces it. */
export async function askAgent(
  { agentUrl, tokenFile }: PodIdentity,
  signal: AbortSignal,
): Promise<StsOutcome> {
  const read = await readStsToken(tokenFile, Date.now())
  if (read.kind === 'missing') {
    const { code, detail, claims } = read
    const advice = toAgentTokenAdvice(FAILURES[code].advice)
    const token = claims && describeToken(claims)
    return { kind: 'failure', failure: toFailure(code, { hop: 0, detail, token, advice }) }
  }
  const { token } = read
  const startedAtMs = Date.now()
  const got = await get(agentUrl, token, signal)
  if (got.kind === 'no-answer') return { kind: 'failure', failure: toAgentFailure(got, [token]) }
  if (got.status !== 200) return { kind: 'failure', failure: toAgentFailure(got, [token]) }
  return toAgentOutcome(got.text, startedAtMs)
}

type Got =
  | { readonly kind: 'answer'; readonly status: number; readonly text: string }
  | {
      readonly kind: 'no-answer'
      readonly systemCode?: string
      readonly isConnected: boolean
    }

/**
 * One request, straight to the address whatever proxies there are, and with the token as it is: the agent wants no
 * scheme before it, and its own address as the host, which is what Node sends for a URL.
 */
async function get(url: string, token: string, signal: AbortSignal): Promise<Got> {
  const connecting = new AbortController()
  const timer = setTimeout(() => connecting.abort(), CONNECTION_TIMEOUT_MS)
  let isConnected = false
  const answered = Promise.withResolvers<IncomingMessage>()
  const ended = AbortSignal.any([
    signal,
    connecting.signal,
    AbortSignal.timeout(CONNECTION_TIMEOUT_MS + ANSWER_TIMEOUT_MS),
  ])
  request(url, {
    agent: new Agent({ keepAlive: false }),
    headers: { Authorization: token, Accept: 'application/json' },
    signal: ended,
  })
    .on('socket', (socket) => {
      socket.once('connect', () => {
        isConnected = true
        clearTimeout(timer)
      })
    })
    .on('response', answered.resolve)
    .on('error', answered.reject)
    .end()
  try {
    const response = await answered.promise
    const body = await readBounded(response)
    if (body === undefined) return { kind: 'answer', status: 0, text: 'more than 256 KiB' }
    return { kind: 'answer', status: response.statusCode ?? 0, text: body.toString('utf8') }
  } catch (error) {
    if (ended.aborted) return { kind: 'no-answer', isConnected }
    return { kind: 'no-answer', isConnected, systemCode: errorCode(error) }
  } finally {
    clearTimeout(timer)
  }
}

/** With no word of the answer in a failure: where it is unreadable, any part of it may be a secret. */
function toAgentOutcome(text: string, startedAtMs: number): StsOutcome {
  const answer = parseAnswer(text)
  if (answer === undefined) {
    const detail = 'an answer without credentials'
    return { kind: 'failure', failure: toUnreadableAgentFailure(detail) }
  }
  const leftMs = answer.expiresAtMs - Date.now()
  if (leftMs <= 0 || leftMs > LONGEST_LIFE_MS) {
    const detail = `the session that the agent gave ${leftMs <= 0 ? 'has expired already' : 'lasts longer than any of AWS'}`
    return { kind: 'failure', failure: toFailure('clock_wrong', { hop: 0, detail }) }
  }
  const { expiresAtMs } = answer
  const session: Session = {
    ...answer,
    roleArn: ASSOCIATED_ROLE,
    expiration: new Date(expiresAtMs).toISOString().replace(/\.\d+Z$/, 'Z'),
    acquiredAtMs: startedAtMs,
  }
  return { kind: 'session', session }
}

type AgentAnswer = Pick<
  Session,
  'accessKeyId' | 'secretAccessKey' | 'sessionToken' | 'accountId' | 'expiresAtMs'
>

function parseAnswer(text: string): AgentAnswer | undefined {
  const value = parseObject(text)
  const texts = ['AccessKeyId', 'SecretAccessKey', 'Token', 'Expiration'].map((key) => value?.[key])
  if (!texts.every(isText)) return undefined
  const [accessKeyId = '', secretAccessKey = '', sessionToken = '', expiration = ''] = texts
  const expiresAtMs = Date.parse(expiration)
  if (!Number.isFinite(expiresAtMs)) return undefined
  const accountId = value?.['AccountId']
  const isAccountId = typeof accountId === 'string' && /^\d{12}$/.test(accountId)
  return {
    accessKeyId,
    secretAccessKey,
    sessionToken,
    expiresAtMs,
    accountId: isAccountId ? accountId : '',
  }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
