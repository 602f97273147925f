/**
 * The order in which roles can be made. IAM puts the unique ID of a role in the place of its ARN when it saves a trust
 * policy, so it refuses one that names a role that is not there ("MalformedPolicyDocument: Invalid principal in
 * policy"). Permission policies may name what is not there. Source: IAM User Guide, "AWS JSON policy elements:
 * Principal" (IAM role principals); AWS re:Post, "Failed to update trust policy. Invalid principal in policy".
 */
import { accountOf } from '../../../iam/arn.ts'

/** A role, and the roles that its trust policy names. */
export interface RoleToMake {
  readonly roleArn: string
  readonly callers: readonly string[]
  /** Its trust policy names somebody else too, whose token it takes. */
  readonly takesTokens: boolean
}

/** What is done in one AWS account before it is another one's turn. */
export interface CreationStep {
  readonly accountId: string
  /** In this order. */
  readonly made: readonly MadeRole[]
  /** Roles of earlier steps whose trust policy is made whole, since all that it names was made before this step. */
  readonly completed: readonly string[]
}

/** A role as it is made. */
export interface MadeRole {
  readonly roleArn: string
  /** Roles that its trust policy has to leave out for now. */
  readonly absent: readonly string[]
}

interface Progress {
  readonly left: readonly RoleToMake[]
  readonly steps: readonly CreationStep[]
}

function madeBy(steps: readonly CreationStep[]): readonly MadeRole[] {
  return steps.flatMap(({ made }) => made)
}

/** Roles whose trust policy is not whole, and could be. */
function completable({ steps }: Progress): readonly string[] {
  const made = new Set(madeBy(steps).map(({ roleArn }) => roleArn))
  const completed = new Set(steps.flatMap((step) => step.completed))
  return madeBy(steps)
    .filter(({ absent }) => absent.length > 0 && absent.every((arn) => made.has(arn)))
    .map(({ roleArn }) => roleArn)
    .filter((roleArn) => !completed.has(roleArn))
}

/** All that can be made in one AWS account now, one role after the other, behind the roles that `made` has. */
function fill({ left, steps }: Progress, accountId: string, first: readonly MadeRole[]) {
  const own = [...first]
  const known = new Set([...madeBy(steps), ...first].map(({ roleArn }) => roleArn))
  for (;;) {
    const next = left.find(
      ({ roleArn, callers }) =>
        accountOf(roleArn) === accountId &&
        !known.has(roleArn) &&
        callers.every((arn) => known.has(arn)),
    )
    if (next === undefined) return own
    known.add(next.roleArn)
    own.push({ roleArn: next.roleArn, absent: [] })
  }
}

function toStep(
  progress: Progress,
  accountId: string,
  first: readonly MadeRole[] = [],
): CreationStep {
  return {
    accountId,
    made: fill(progress, accountId, first),
    completed: completable(progress).filter((arn) => accountOf(arn) === accountId),
  }
}

/**
 * Where roles name each other in a circle, one of them is made without those that are not there yet. One whose trust
 * policy still names somebody is always left, since every chain begins with a role that takes tokens.
 */
function breakCircle({ left, steps }: Progress): MadeRole | undefined {
  const made = new Set(madeBy(steps).map(({ roleArn }) => roleArn))
  const found =
    left.find(({ takesTokens, callers }) => takesTokens || callers.some((arn) => made.has(arn))) ??
    left[0]
  return found && { roleArn: found.roleArn, absent: found.callers.filter((arn) => !made.has(arn)) }
}

/** The step that finishes an AWS account if there is one, so that people come back to few; else the first. */
function chooseStep(progress: Progress): CreationStep | undefined {
  const { left } = progress
  const accountIds = [...left.map(({ roleArn }) => roleArn), ...completable(progress)].map(
    accountOf,
  )
  const possible = [...new Set(accountIds)]
    .map((accountId) => toStep(progress, accountId))
    .filter(({ made, completed }) => made.length > 0 || completed.length > 0)
  const finishes = ({ accountId, made }: CreationStep) =>
    left.filter(({ roleArn }) => accountOf(roleArn) === accountId).length === made.length
  const [first] = possible
  if (first !== undefined) return possible.find(finishes) ?? first
  const broken = breakCircle(progress)
  return broken && toStep(progress, accountOf(broken.roleArn), [broken])
}

/** Two steps in one AWS account are one, unless the second completes what the first made. */
function append(steps: readonly CreationStep[], step: CreationStep): readonly CreationStep[] {
  const last = steps.at(-1)
  if (last?.accountId !== step.accountId || step.completed.length > 0) return [...steps, step]
  return [...steps.slice(0, -1), { ...last, made: [...last.made, ...step.made] }]
}

/** Steps in which all roles can be made. Of several possible orders, the one that is nearest to that of `roles`. */
export function toCreationOrder(roles: readonly RoleToMake[]): readonly CreationStep[] {
  let progress: Progress = { left: roles, steps: [] }
  for (;;) {
    const step = chooseStep(progress)
    if (step === undefined) return progress.steps
    const made = new Set(step.made.map(({ roleArn }) => roleArn))
    progress = {
      left: progress.left.filter(({ roleArn }) => !made.has(roleArn)),
      steps: append(progress.steps, step),
    }
  }
}
