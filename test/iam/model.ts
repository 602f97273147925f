/**
 * A second, plain reading of IAM's rules for the few words that the laws use, written from the pages and not from
 * `iam/`: "policy evaluation logic" as the flow chart has it, without any doubt and without explanations.
 */
import {
  ACCOUNT,
  CALLER,
  FAR,
  NEAR,
  SESSION,
  type Situation,
  type Statements,
} from './documents.ts'

interface Written {
  readonly Effect: string
  readonly Principal?: string | { readonly AWS: string | readonly string[] }
  readonly Action?: string | readonly string[]
  readonly NotAction?: string
  readonly Resource?: string | readonly string[]
  readonly NotResource?: string
  readonly Condition: Readonly<Record<string, unknown>>
}

function meansAction(pattern: string, action: string): boolean {
  const [one, other] = [pattern.toLowerCase(), action.toLowerCase()]
  return one === other || one === `${other.split(':')[0] ?? ''}:*`
}

function isAboutAction({ Action, NotAction }: Written, action: string): boolean {
  if (NotAction !== undefined) return !meansAction(NotAction, action)
  return [Action ?? []].flat().some((pattern) => meansAction(pattern, action))
}

function isAboutResource({ Resource, NotResource }: Written, role: string): boolean {
  if (NotResource !== undefined) return NotResource !== role
  return Resource === undefined || Resource === '*' || Resource.includes(role)
}

function holds({ Condition }: Written, { request }: Situation): boolean {
  const externalId = request?.externalId
  const tagKeys = (request?.tags ?? []).map(([key]) => key)
  return Object.keys(Condition).every((operator) => {
    if (operator === 'StringEquals') return externalId === 'a1'
    if (operator === 'StringNotLike') return externalId?.startsWith('a') !== true
    return tagKeys.every((key) => key === 'x')
  })
}

function applying(statements: Statements | undefined, situation: Situation): readonly Written[] {
  const { action = 'sts:AssumeRole', role = FAR } = situation
  return ([statements ?? []].flat() as readonly Written[]).filter(
    (one) => isAboutAction(one, action) && isAboutResource(one, role) && holds(one, situation),
  )
}

function namesOf({ Principal }: Written): readonly string[] {
  return typeof Principal === 'string' ? [Principal] : [Principal?.AWS ?? []].flat()
}

/** Whether a policy that may only narrow, where there is one, leaves the request. */
function leaves(statements: Statements | undefined, situation: Situation): boolean {
  return statements === undefined || applying(statements, situation).length > 0
}

function isDenied(statements: readonly Written[]): boolean {
  return statements.some(({ Effect }) => Effect === 'Deny')
}

function isAllowed(names: readonly string[], situation: Situation): boolean {
  const { identity, session, boundary, role, action } = situation
  const isLeft = leaves(session, situation) && leaves(boundary, situation)
  const isPermitted = isLeft && applying(identity, situation).length > 0
  if (role !== NEAR || action === 'sts:SetSourceIdentity') return isPermitted
  if (names.includes('*') || names.includes(SESSION)) return true
  return names.includes(CALLER) ? isLeft : isPermitted
}

/** Whether a situation is allowed. */
export function decideByHand(situation: Situation): boolean {
  const { identity, session, boundary } = situation
  const trust = applying(situation.trust, situation).filter((one) =>
    namesOf(one).some((name) => ['*', ACCOUNT, CALLER, SESSION].includes(name)),
  )
  const others = [identity, session, boundary].flatMap((one) => applying(one, situation))
  if (isDenied([...trust, ...others]) || trust.length === 0) return false
  return isAllowed(trust.flatMap(namesOf), situation)
}
