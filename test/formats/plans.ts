/** What `policy` writes of many chains: those of the golden files, and some made at random, the same in every run. */
import { array, sample } from 'fast-check'
import { toPlan, type Plan } from '../../cli/core/policy/formats/plan.ts'
import type { Step } from '../../cli/core/policy/steps.ts'
import { anySteps } from '../cli/core/chains.ts'
import {
  ASSOCIATED,
  ASSOCIATED_CHAINS,
  CIRCLE,
  CIRCLE_CHAINS,
  GOLDEN_PLAN,
  GOLDEN_STEPS,
} from '../cli/core/policy/golden.ts'

/** A plan, with the chains that it is of. */
export interface Subject {
  readonly chains: readonly (readonly Step[])[]
  readonly plan: Plan
}

export const GOLDEN_SUBJECTS: readonly Subject[] = [
  { chains: [GOLDEN_STEPS], plan: GOLDEN_PLAN },
  { chains: CIRCLE_CHAINS, plan: CIRCLE },
]

/** Chains that begin with EKS Pod Identity. */
export const ASSOCIATED_SUBJECT: Subject = { chains: ASSOCIATED_CHAINS, plan: ASSOCIATED }

/** Of one to three chains each, whatever they begin with; targets may reach an EKS cluster. */
export function makeSubjects(numRuns: number): readonly Subject[] {
  const several = array(anySteps, { minLength: 1, maxLength: 3 })
  return sample(several, { numRuns, seed: 20_260 }).map((chains, index) => {
    const targets = [...new Set(chains.flatMap((steps) => steps.at(-1)?.roleArn ?? []))]
    const access = targets.map((roleArn) => ({
      clusterName: 'prod',
      roleArn,
      groups: index % 2 === 0 ? [] : ['readers', 'team:writers'],
    }))
    return { chains, plan: toPlan(chains, index % 3 === 0 ? access : []) }
  })
}
