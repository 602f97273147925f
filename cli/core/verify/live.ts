/**
 * What AWS answered when a chain was really walked, beside what its documents say. It judges neither: where they
 * differ, something decides that was not read.
 */
import { RETRIED, type FailureCode } from '../../../sidecar/core/failures/failures.ts'
import type { Failure } from '../../../sidecar/core/failures/failure.ts'
import type { AwsAnswer } from './aws-answer.ts'
import type { VerifyFinding } from './finding.ts'
import { VPC_ENDPOINTS, type ChainVerdict, type HopVerdict } from './verify.ts'

/** What AWS says no to for what the caller, the token or the request is. */
const REFUSED: ReadonlySet<FailureCode> = new Set([
  'web_identity_denied',
  'role_denied',
  'identity_token_rejected',
  'token_expired',
  'issuer_unreachable',
  'packed_policy_too_large',
  'session_policy_malformed',
  'request_refused',
  'region_disabled',
])

/** What is not even sent. */
const NOT_SENT: ReadonlySet<FailureCode> = new Set([
  'session_name_invalid',
  'source_identity_invalid',
  'session_tag_invalid',
])

function answerOf(code: FailureCode): AwsAnswer['answer'] {
  if (REFUSED.has(code)) return 'refused'
  return NOT_SENT.has(code) ? 'not_asked' : 'no_answer'
}

/** The sentence without the place, which stands before it already, and without what only a sidecar does. */
function toMessage({ sentence, hop, roleArn }: Failure): string {
  const place = [hop === undefined ? undefined : `hop ${hop}`, roleArn].filter(Boolean).join(', ')
  const said = sentence.startsWith(`${place}: `) ? sentence.slice(place.length + 2) : sentence
  return said.replace(` ${RETRIED}`, '')
}

function toAnswer(failure: Failure): AwsAnswer {
  const { code, awsErrorCode, requestId } = failure
  return {
    answer: answerOf(code),
    code,
    ...(awsErrorCode !== undefined && { awsErrorCode }),
    ...(requestId !== undefined && { requestId }),
    message: toMessage(failure),
  }
}

/** What AWS says of each hop of a walk that ended with a failure, or (undefined) at the end of the chain. */
export function toAnswers(
  hops: readonly Pick<HopVerdict, 'hop'>[],
  failure: Failure | undefined,
): readonly AwsAnswer[] {
  // A failure of no hop is one before the first.
  const at = failure === undefined ? Number.POSITIVE_INFINITY : (failure.hop ?? 1)
  return hops.map(({ hop }) => {
    if (failure !== undefined && hop === at) return toAnswer(failure)
    return { answer: hop < at ? 'allowed' : 'not_asked' }
  })
}

function findLive(hop: HopVerdict, aws: AwsAnswer): readonly VerifyFinding[] {
  const common = { hop: hop.hop, side: 'AWS', subject: hop.roleArn } as const
  const { answer, code, message = '' } = aws
  if (answer === 'refused' && hop.outcome !== 'refused') {
    const although = hop.outcome === 'allowed' ? 'although the documents allow it' : 'as was open'
    return [
      {
        ...common,
        code: 'live_refused',
        level: 'problem',
        message: `refused, ${although}: ${message}`,
      },
    ]
  }
  if (answer === 'allowed' && hop.outcome === 'refused')
    return [
      {
        ...common,
        code: 'live_allowed',
        level: 'warning',
        message: 'allowed, although the documents refuse it',
      },
    ]
  return answer === 'not_asked' && code !== undefined
    ? [{ ...common, side: 'chain', code, level: 'problem', message }]
    : []
}

/** What only AWS could tell, and has told. */
function isSettled({ outcome }: HopVerdict, { answer }: AwsAnswer): boolean {
  return outcome === 'undecided' && answer === 'allowed'
}

function withAnswer(hop: HopVerdict, aws: AwsAnswer): HopVerdict {
  const findings = isSettled(hop, aws)
    ? hop.findings.map((one) => ({ ...one, level: 'warning' as const }))
    : hop.findings
  return { ...hop, aws, findings: [...findings, ...findLive(hop, aws)] }
}

const ORDER = ['no_answer', 'refused', 'not_asked', 'allowed'] as const

/** The verdict with what AWS says of it. */
export function withLive(
  verdict: ChainVerdict,
  { failure, sessionName }: { readonly failure: Failure | undefined; readonly sessionName: string },
): ChainVerdict {
  const answers = toAnswers(verdict.hops, failure)
  const answer = ORDER.find((one) => answers.some((aws) => aws.answer === one)) ?? 'allowed'
  return {
    ...verdict,
    hops: verdict.hops.map((hop, index) =>
      withAnswer(hop, answers[index] ?? { answer: 'not_asked' }),
    ),
    // Whoever walks goes through other endpoints than the pods; all the rest AWS has looked at.
    unseen: answer === 'allowed' ? [VPC_ENDPOINTS] : verdict.unseen,
    live: { sessionName, answer },
  }
}
