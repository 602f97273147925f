/** A verdict as people read it: a line a hop, and under it what is wrong, each with what mends it. */
import type { AllowingStatement } from './explain-step.ts'
import type { AwsAnswer } from './aws-answer.ts'
import type { VerifyFinding } from './finding.ts'
import type { ChainVerdict, HopVerdict } from './verify.ts'

/** Colours, or functions that leave text as it is. */
export interface Paint {
  readonly good: (text: string) => string
  readonly warning: (text: string) => string
  readonly problem: (text: string) => string
  readonly faint: (text: string) => string
}

/** What the codes say in general: what mends them, and the address of their page. */
export type Describe = (finding: VerifyFinding) => {
  readonly hint: string
  readonly address: string
}

const MARKS = { allowed: '√', refused: '×', undecided: '?' } as const

/** AWS has the last word, where it was asked. */
function markOf({ outcome, aws }: HopVerdict, paint: Paint): string {
  const isSettled =
    aws?.answer === 'refused' || (aws?.answer === 'allowed' && outcome === 'undecided')
  const last = isSettled ? aws.answer : outcome
  const mark = MARKS[last]
  if (last === 'allowed') return paint.good(mark)
  return last === 'refused' ? paint.problem(mark) : paint.warning(mark)
}

function nameAllowing(all: readonly AllowingStatement[]): string {
  const bySide = Map.groupBy(all, ({ side }) => side)
  return [...bySide]
    .map(([side, statements]) => {
      const names = new Set(
        statements.map(({ statement, policy }) =>
          policy === undefined ? statement : `${statement} of ${policy}`,
        ),
      )
      return `${side} side: ${[...names].join(', ')}`
    })
    .join('; ')
}

const ANSWERS = {
  allowed: 'allowed',
  refused: 'refused',
  not_asked: 'not asked',
  no_answer: 'no answer',
} as const satisfies Record<AwsAnswer['answer'], string>

function answerLine({ outcome, aws }: HopVerdict, paint: Paint): readonly string[] {
  if (aws === undefined) return []
  const { answer, awsErrorCode, code } = aws
  const why = awsErrorCode ?? code
  const said = `AWS: ${ANSWERS[answer]}${why === undefined ? '' : ` (${why})`}`
  const evaluated = outcome === 'undecided' ? 'cannot tell' : outcome
  const painted = {
    allowed: paint.good,
    refused: paint.problem,
    not_asked: paint.faint,
    no_answer: paint.warning,
  }
  return [`  evaluation: ${evaluated}; ${painted[answer](said)}`]
}

function findingLines(
  finding: VerifyFinding,
  { paint, describe }: { readonly paint: Paint; readonly describe: Describe },
): readonly string[] {
  const { hop, side, message, level } = finding
  const mark = level === 'problem' ? paint.problem('×') : paint.warning('‼')
  const place = side === 'trust' || side === 'permission' ? `${side} side` : side
  const { hint, address } = describe(finding)
  return [
    `  hop ${hop} ${mark} ${place}: ${message}`,
    `      ${hint}`,
    `      ${paint.faint(address)}`,
  ]
}

/** The lines of one chain. */
export function toVerdictLines(
  { hops, unseen, live }: ChainVerdict,
  tools: { readonly paint: Paint; readonly describe: Describe },
): readonly string[] {
  const { paint } = tools
  return [
    ...(live === undefined ? [] : [`walked for real, as session ${live.sessionName}`]),
    ...hops.flatMap((verdict) => {
      const { hop, outcome, caller, roleArn, allowedBy, findings } = verdict
      return [
        `hop ${hop} ${markOf(verdict, paint)} ${caller} → ${roleArn}`,
        ...(outcome === 'allowed' ? [`  ${paint.faint(nameAllowing(allowedBy))}`] : []),
        ...answerLine(verdict, paint),
        ...findings.flatMap((finding) => findingLines(finding, tools)),
      ]
    }),
    ...unseen.map((one) => paint.faint(`not looked at: ${one}`)),
  ]
}
