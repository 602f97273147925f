/** The documents of chains in steps, each in one AWS account, in the order in which IAM takes them. */
import { isAssumeRole, toAccount, toOrder, toRole } from './documents.ts'
import type { AccountDocuments, RoleDocuments } from './documents.ts'
import type { Step } from './steps.ts'

/** One of the steps in which everything can be made. */
export interface PlanStep {
  /** From 1. */
  readonly number: number
  /** What the AWS account has when the step is done; a trust policy may still lack roles that are not there yet. */
  readonly after: AccountDocuments
  /** Made in this step. */
  readonly made: readonly string[]
  /** Roles of earlier steps whose trust policy is whole from now on. */
  readonly completed: readonly string[]
  /** Roles whose trust policy cannot be whole yet, with those that it lacks. */
  readonly lacking: readonly { readonly roleArn: string; readonly absent: readonly string[] }[]
  /** The step before in the same AWS account; undefined for the first, with which OIDC providers come. */
  readonly before: number | undefined
}

function withoutCallers(role: RoleDocuments, absent: readonly string[], steps: readonly Step[]) {
  const possible = steps.filter(
    (step) =>
      step.roleArn !== role.roleArn || !isAssumeRole(step) || !absent.includes(step.caller.roleArn),
  )
  return { ...role, trust: toRole(role.roleArn, possible).trust }
}

/** The steps in which the documents of some chains can be made, each in one AWS account. */
export function toPlanSteps(chains: readonly (readonly Step[])[]): readonly PlanStep[] {
  const steps = chains.flat()
  const order = toOrder(steps)
  return order.map(({ accountId, made, completed }, index) => {
    const until = order.slice(0, index + 1)
    const own = until.filter((step) => step.accountId === accountId)
    const whole = new Set(own.flatMap((step) => step.completed))
    const lacking = own
      .flatMap((step) => step.made)
      .filter(({ roleArn, absent }) => absent.length > 0 && !whole.has(roleArn))
    const account = toAccount(
      own.flatMap((step) => step.made.map(({ roleArn }) => roleArn)),
      steps,
    )
    const roles = account.roles.map((role) => {
      const found = lacking.find(({ roleArn }) => roleArn === role.roleArn)
      return found === undefined ? role : withoutCallers(role, found.absent, steps)
    })
    return {
      number: index + 1,
      after: { ...account, roles },
      made: made.map(({ roleArn }) => roleArn),
      completed,
      lacking,
      before:
        until.findLastIndex((step, at) => at < index && step.accountId === accountId) + 1 ||
        undefined,
    }
  })
}
