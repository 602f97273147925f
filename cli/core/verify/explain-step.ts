/**
 * Puts the decisions about one hop into findings: which side refuses, by which statement, what it wants and what is
 * sent.
 */
import type { Decision, Explanation, Mismatch, StatementPlace } from '../../../iam/decision.ts'
import {
  describeCondition,
  describeMismatch,
  describeWanted,
  findHint,
  list,
} from '../../../iam/explain-mismatch.ts'
import type { Step } from '../policy/steps.ts'
import { hasPlaceholder } from '../policy/walk.ts'
import type { VerifyCode } from './codes.ts'
import { SIDE_NAMES, type VerifyFinding } from './finding.ts'
import { conditionHint, hintFor, placeholderHint, subjectOf } from './hints.ts'
import { readNotRead } from './iam-documents.ts'

type Missing = Extract<Explanation, { kind: 'nothing_allows' }>
type Denied = Extract<Explanation, { kind: 'denied_by' }>
type Doubtful = Extract<Explanation, { kind: 'cannot_tell' }>

/** How a statement is called: by its Sid, or by its place. */
export function nameStatement({ sid, index }: StatementPlace): string {
  return sid ?? String(index + 1)
}

function nameWithPolicy(place: StatementPlace): string {
  const { policy } = place
  return `statement ${nameStatement(place)}${policy === undefined ? '' : ` of ${policy}`}`
}

type ConditionMismatch = Extract<Mismatch, { element: 'Condition' }>

function explainCondition(mismatch: ConditionMismatch): string {
  const { condition, seen } = mismatch
  const { operator, key, values } = condition
  const sent = seen.length === 0 ? 'the chain sends none' : `the chain sends ${list(seen, 'and')}`
  const shownOperator = operator === 'StringEquals' || operator === 'Null' ? '' : ` (${operator})`
  return `wants ${key} ${describeWanted(operator, values)}${shownOperator}, ${sent}`
}

function explainMismatch(mismatch: Mismatch): string {
  if (mismatch.doubt !== undefined) return describeMismatch(mismatch)
  const hint = findHint(mismatch)
  const { element, wanted, seen } = mismatch
  const said =
    element === 'Condition'
      ? explainCondition(mismatch)
      : element === 'Principal'
        ? `trusts ${list(wanted)}, the caller is ${list(seen)}`
        : element === 'Resource'
          ? `allows it on ${list(wanted)}, the chain asks for ${list(seen)}`
          : describeMismatch(mismatch)
  return element === 'NotAction' || element === 'Action' || hint === undefined
    ? said
    : `${said} (${hint})`
}

const CODES = {
  trust_policy: 'trust_refuses',
  identity_policy: 'permission_missing',
  session_policy: 'session_policy_refuses',
  permissions_boundary: 'boundary_refuses',
} as const satisfies Record<Explanation['side'], VerifyCode>

function commonOf(step: Step, { side }: Explanation, action: string) {
  return {
    level: 'problem',
    hop: step.hop,
    side: SIDE_NAMES[side],
    subject: subjectOf(step, side),
    action,
  } as const
}

function placeOf(place: StatementPlace): Pick<VerifyFinding, 'statement' | 'policy'> {
  return {
    statement: nameStatement(place),
    ...(place.policy !== undefined && { policy: place.policy }),
  }
}

function dependsOnPod(mismatches: readonly Mismatch[]): boolean {
  return (
    mismatches.length > 0 &&
    mismatches.every(({ element, seen }) => element === 'Condition' && seen.some(hasPlaceholder))
  )
}

function explainMissing(step: Step, missing: Missing, action: string): VerifyFinding {
  const { side, closest } = missing
  const common = { code: CODES[side], ...commonOf(step, missing, action) }
  const hint = hintFor(step, side, action)
  const mismatches = closest?.mismatches ?? []
  const isAboutAction = mismatches.every(
    ({ element }) => element !== 'Action' && element !== 'NotAction',
  )
  if (closest === undefined || !isAboutAction)
    return { ...common, message: `no statement allows ${action}`, hint }
  const message = `${nameWithPolicy(closest.statement)} ${mismatches.map(explainMismatch).join('; ')}`
  const found = { ...common, ...placeOf(closest.statement), message }
  if (dependsOnPod(mismatches))
    return { ...found, code: 'cannot_tell', hint: placeholderHint(mismatches) }
  return { ...found, hint: conditionHint(mismatches, subjectOf(step, side)) ?? hint }
}

function explainDenied(step: Step, denied: Denied, action: string): VerifyFinding {
  const since = denied.conditions.map(describeCondition).join('; ')
  const name = nameWithPolicy(denied.statement)
  return {
    code: 'statement_denies',
    ...commonOf(step, denied, action),
    ...placeOf(denied.statement),
    message: `${name} denies ${action}${since === '' ? '' : `: ${since}`}`,
    hint: `Change ${name} of ${subjectOf(step, denied.side)} so that it is not about ${step.roleArn}: a deny wins over every allow.`,
  }
}

function explainDoubtful(step: Step, doubtful: Doubtful, action: string): VerifyFinding {
  const { mismatches, effect, statement } = doubtful
  const unread = mismatches.flatMap((mismatch) =>
    mismatch.element === 'Condition' ? (readNotRead(mismatch.condition.key) ?? []) : [],
  )
  const common = { code: 'cannot_tell', ...commonOf(step, doubtful, action) } as const
  if (unread.length > 0) return { ...common, message: unread.join('; ') }
  const may = effect === 'Allow' ? 'may allow' : 'may deny'
  return {
    ...common,
    ...placeOf(statement),
    message: `${nameWithPolicy(statement)} ${may} ${action}: ${mismatches.map(explainMismatch).join('; ')}`,
    hint: 'Only AWS can tell; try it, or look at the value that is not known here.',
  }
}

function explainOne(
  step: Step,
  explanation: Explanation,
  action: string,
): readonly VerifyFinding[] {
  if (explanation.kind === 'allowed_by') return []
  if (explanation.kind === 'denied_by') return [explainDenied(step, explanation, action)]
  if (explanation.kind === 'nothing_allows') return [explainMissing(step, explanation, action)]
  return [explainDoubtful(step, explanation, action)]
}

/** Two actions, or an allow and a deny, may lack the same document, or the same condition: that is said once. */
function unique(findings: readonly VerifyFinding[]): readonly VerifyFinding[] {
  const seen = new Map(
    findings.map((finding) => [
      finding.code === 'cannot_tell' && finding.statement === undefined
        ? finding.message
        : JSON.stringify({ ...finding, action: undefined }),
      finding,
    ]),
  )
  return [...seen.values()]
}

/** Why the actions of a hop are refused, or may be. */
export function explainStep(step: Step, decisions: readonly Decision[]): readonly VerifyFinding[] {
  return unique(
    decisions
      .filter(({ outcome }) => outcome !== 'allowed')
      .flatMap(({ action, explanations }) =>
        explanations.flatMap((explanation) => explainOne(step, explanation, action)),
      ),
  )
}

/** A statement that allows an action, by its side. */
export interface AllowingStatement {
  readonly action: string
  readonly side: VerifyFinding['side']
  readonly statement: string
  readonly policy?: string
}

/** The statements that allow the actions of a hop. */
export function allowingStatements(decisions: readonly Decision[]): readonly AllowingStatement[] {
  return decisions.flatMap(({ action, explanations }) =>
    explanations.flatMap((explanation) =>
      explanation.kind === 'allowed_by'
        ? [
            {
              action,
              side: SIDE_NAMES[explanation.side],
              statement: nameStatement(explanation.statement),
              ...(explanation.statement.policy !== undefined && {
                policy: explanation.statement.policy,
              }),
            },
          ]
        : [],
    ),
  )
}
