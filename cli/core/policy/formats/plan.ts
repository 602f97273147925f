/** All that formats are written from: the documents of each AWS account, and the steps in which they are made. */
import { toAccountDocuments, type AccountDocuments } from '../documents.ts'
import type { EksAccess } from '../eks-access.ts'
import { toPlanSteps } from '../plan-steps.ts'
import type { Step } from '../steps.ts'
import type { AccountPlan, StepPlan } from './format.ts'

/** All that is written. */
export interface Plan {
  readonly accounts: readonly AccountPlan[]
  readonly steps: readonly StepPlan[]
}

/** The plan of some chains, whose targets may reach EKS clusters. */
export function toPlan(
  chains: readonly (readonly Step[])[],
  access: readonly EksAccess[] = [],
): Plan {
  const withAccess = (account: AccountDocuments): AccountPlan => ({
    ...account,
    eksAccess: access.filter(({ roleArn }) =>
      account.roles.some((role) => role.roleArn === roleArn),
    ),
  })
  return {
    accounts: toAccountDocuments(chains).map(withAccess),
    steps: toPlanSteps(chains).map((step, _, { length: count }) => ({
      ...step,
      after: withAccess(step.after),
      count,
    })),
  }
}
