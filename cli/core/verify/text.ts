/** A verdict as people read it: a line a hop, and under it what is wrong, each with what mends it. */
import type { AllowingStatement } from './explain-step.ts'
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

function paintOf(outcome: HopVerdict['outcome'], paint: Paint): (text: string) => string {
  if (outcome === 'allowed') return paint.good
  return outcome === 'refused' ? paint.problem : paint.warning
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
  { hops, unseen }: ChainVerdict,
  tools: { readonly paint: Paint; readonly describe: Describe },
): readonly string[] {
  const { paint } = tools
  return [
    ...hops.flatMap(({ hop, outcome, caller, roleArn, allowedBy, findings }) => [
      `hop ${hop} ${paintOf(outcome, paint)(MARKS[outcome])} ${caller} → ${roleArn}`,
      ...(outcome === 'allowed' ? [`  ${paint.faint(nameAllowing(allowedBy))}`] : []),
      ...findings.flatMap((finding) => findingLines(finding, tools)),
    ]),
    ...unseen.map((one) => paint.faint(`not looked at: ${one}`)),
  ]
}
