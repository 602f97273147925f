/** Puts a decision into sentences for people. It decides nothing. */
import type {
  Decision,
  Explanation,
  NearStatement,
  Need,
  Outcome,
  Side,
  StatementPlace,
} from './decision.ts'
import { describeCondition, describeMismatch } from './explain-mismatch.ts'

interface SideName {
  readonly name: string
  readonly isPlural?: true
}

const SIDES: Readonly<Record<Side, SideName>> = {
  trust_policy: { name: 'The trust policy' },
  identity_policy: { name: "The permission policies of the caller's role", isPlural: true },
  session_policy: { name: "The session policy of the caller's session" },
  permissions_boundary: { name: "The permissions boundary of the caller's role" },
}

const NEEDS: Readonly<Record<Need, string>> = {
  another_account: 'the role is in another AWS account',
  trusts_account: "the trust policy names the caller's AWS account and not its role",
  source_identity: 'sts:SetSourceIdentity has to be allowed on both sides',
  no_resource_policy: 'nothing else could allow it',
  narrows: 'it narrows what the others allow',
}

const OUTCOMES: Readonly<Record<Outcome, string>> = {
  allowed: 'is allowed.',
  refused: 'is refused.',
  undecided: 'cannot be decided from what is known here.',
}

function describePlace({ policy, index, sid }: StatementPlace): string {
  const name = sid === undefined ? '' : ` (${sid})`
  const of = policy === undefined ? '' : ` of ${policy}`
  return `statement ${index + 1}${name}${of}`
}

function describeNear({ statement, mismatches }: NearStatement): string {
  return `${describePlace(statement)}: ${mismatches.map(describeMismatch).join('; ')}`
}

type Missing = Extract<Explanation, { kind: 'nothing_allows' }>

function describeMissing({ side, need, closest }: Missing): string {
  const { name, isPlural } = SIDES[side]
  const [does, has] = isPlural === true ? ['do', 'have'] : ['does', 'has']
  const why = need === undefined ? '' : `, and ${has} to: ${NEEDS[need]}`
  const near =
    closest === undefined
      ? 'No statement there allows anything.'
      : `Closest is ${describeNear(closest)}.`
  return `${name} ${does} not allow it${why}. ${near}`
}

function toSentence(explanation: Explanation): string {
  if (explanation.kind === 'nothing_allows') return describeMissing(explanation)
  const { name, isPlural } = SIDES[explanation.side]
  if (explanation.kind === 'cannot_tell') {
    const effect = explanation.effect === 'Allow' ? 'allow' : 'deny'
    return `${name} may ${effect} it: ${describeNear(explanation)}.`
  }
  const [allow, deny] = isPlural === true ? ['allow', 'deny'] : ['allows', 'denies']
  const place = describePlace(explanation.statement)
  if (explanation.kind === 'allowed_by') return `${name} ${allow} it: ${place}.`
  const since = explanation.conditions.map(describeCondition).join('; ')
  return `${name} ${deny} it: ${place}${since === '' ? '' : `: ${since}`}. A deny wins over every allow.`
}

/** A decision in plain English: first what comes of the request, then one sentence for each part of why. */
export function explain({ outcome, action, resource, explanations }: Decision): readonly string[] {
  return [`${action} on ${resource} ${OUTCOMES[outcome]}`, ...explanations.map(toSentence)]
}
