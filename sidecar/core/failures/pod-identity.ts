/**
 * Turns what the agent of EKS Pod Identity says, or that it says nothing, into a failure. Pure: it sees facts, never
 * the error. What the agent answers: https://github.com/aws/eks-pod-identity-agent (`pkg/errors`), and the errors of
 * https://docs.aws.amazon.com/eks/latest/APIReference/API_auth_AssumeRoleForPodIdentity.html.
 */
import { toFailure, toForeignName, withoutSecrets } from './errors.ts'
import type { Failure } from './failure.ts'
import type { FailureCode } from './failures.ts'

/** The hop before the first of the chain. */
const HOP = 0

/** How asking the agent ended, when it was not with a session. */
export type AgentRefusal =
  | { readonly kind: 'answer'; readonly status: number; readonly text: string }
  | {
      readonly kind: 'no-answer'
      /** Of Node: `ECONNREFUSED` and the like; absent when the time was up. */
      readonly systemCode?: string | undefined
      /** Whether there was a connection, so that there is an agent. */
      readonly isConnected: boolean
    }

/** What the agent's text says: `[request id]: (SomeException): some words, fault: client`, or words alone. */
interface AgentWords {
  readonly requestId?: string | undefined
  readonly name?: string | undefined
  readonly message: string
}

const WORDS = /^(?:\[([^\]]*)\])?(?:: )?(?:\((\w{1,64})\): ?)?([^]*?)(?:, fault: \w+)?\s*$/

const NAMES: Readonly<Record<string, FailureCode>> = {
  ResourceNotFoundException: 'pod_identity_no_association',
  ExpiredTokenException: 'pod_identity_token_refused',
  InvalidTokenException: 'pod_identity_token_refused',
  AccessDeniedException: 'pod_identity_refused',
  ThrottlingException: 'pod_identity_throttled',
  InternalServerException: 'pod_identity_unavailable',
  ServiceUnavailableException: 'pod_identity_unavailable',
}

const STATUSES: Readonly<Record<number, FailureCode>> = {
  401: 'pod_identity_token_refused',
  404: 'pod_identity_no_association',
  429: 'pod_identity_throttled',
}

/** Causes of a refusal that need another cure than the rest; the first words that are there decide. */
const CURES: readonly (readonly [words: RegExp, advice: string])[] = [
  [
    /eks-auth:AssumeRoleForPodIdentity/i,
    "Let the node's role allow eks-auth:AssumeRoleForPodIdentity: the managed policy AmazonEKSWorkerNodePolicy does.",
  ],
  [
    /assume the associated role/i,
    "Let the trust policy of the association's role allow sts:AssumeRole and sts:TagSession to the service pods.eks.amazonaws.com.",
  ],
  [
    /invalid address/i,
    'The agent was asked under another address than its own. Correct container-credentials-full-uri of the webhook.',
  ],
]

/**
 * The failure of hop 0.
 *
 *   what is known                            | code
 *   ---------------------------------------- | -------------------------------
 *   an exception of the table                | its
 *   404 of a page                            | pod_identity_answer_unreadable
 *   401, 404, 429                            | the table's
 *   words about the token                    | pod_identity_token_refused
 *   any other 4xx                            | pod_identity_refused
 *   5xx                                      | pod_identity_unavailable
 *   any other answer                         | pod_identity_answer_unreadable
 *   no connection                            | pod_identity_no_agent
 *   a connection that brought no answer      | pod_identity_unavailable
 */
export function toAgentFailure(refusal: AgentRefusal, secrets: readonly string[]): Failure {
  if (refusal.kind === 'no-answer') {
    const code = refusal.isConnected ? 'pod_identity_unavailable' : 'pod_identity_no_agent'
    return toFailure(code, { hop: HOP, detail: refusal.systemCode ?? 'no answer in time' })
  }
  const { requestId, name, message } = readWords(refusal.text)
  const code = classify(refusal.status, { name, message })
  const words = withoutSecrets(message, secrets)
  return toFailure(code, {
    hop: HOP,
    awsErrorCode: toForeignName(name, secrets),
    requestId: toForeignName(requestId, secrets),
    detail: words === '' ? `HTTP ${refusal.status}` : words,
    advice:
      code === 'pod_identity_refused' ? CURES.find(([said]) => said.test(message))?.[1] : undefined,
  })
}

/** The failure of an answer that came as a success and is none; `detail` says what is wrong. */
export function toUnreadableAgentFailure(detail: string): Failure {
  return toFailure('pod_identity_answer_unreadable', { hop: HOP, detail })
}

/** Of a token that could not be sent at all. The table's advice names the STS token and its volume. */
export function toAgentTokenAdvice(advice: string): string {
  return advice
    .replaceAll('rolechain-sts-token', 'rolechain-pod-identity-token')
    .replaceAll('STS token', 'EKS Pod Identity token')
}

function classify(status: number, { name, message }: AgentWords): FailureCode {
  const byName = name !== undefined && Object.hasOwn(NAMES, name) ? NAMES[name] : undefined
  return byName ?? classifyByWords(status, message) ?? STATUSES[status] ?? classifyByRange(status)
}

function classifyByWords(status: number, message: string): FailureCode | undefined {
  if (/service account token/i.test(message)) return 'pod_identity_token_refused'
  // Another path than the agent's, or another server.
  const isPage = status === 404 && /page not found/i.test(message)
  return isPage ? 'pod_identity_answer_unreadable' : undefined
}

function classifyByRange(status: number): FailureCode {
  if (status >= 500) return 'pod_identity_unavailable'
  return status >= 400 ? 'pod_identity_refused' : 'pod_identity_answer_unreadable'
}

function readWords(text: string): AgentWords {
  const [, requestId, name, message = ''] = WORDS.exec(text) ?? []
  return { requestId, name, message }
}
