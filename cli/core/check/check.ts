/** All categories of `check`, in their order, and the report that they make. */
import {
  hasProblem,
  withoutSuppressed,
  type CommandFinding,
  type FindingCode,
} from '../../findings/findings.ts'
import { judgeBoundary } from './boundary.ts'
import type { CheckFacts } from './facts.ts'
import { judgeIssuer } from './issuer.ts'
import { judgeKubernetes, judgeKubernetesBefore } from './kubernetes.ts'
import type { Judge } from './line.ts'
import { judgeOthers, judgeOthersBefore } from './others.ts'
import { judgePods } from './pods.ts'
import { judgePolicy } from './policy.ts'
import { judgeQuota } from './quota.ts'
import { judgeWebhook } from './webhook.ts'

interface CategoryKind {
  readonly judge: Judge
  /** Before the chart is installed; absent where there is nothing to look at then. */
  readonly judgeBefore?: Judge
}

export const CATEGORIES = {
  kubernetes: { judge: judgeKubernetes, judgeBefore: judgeKubernetesBefore },
  issuer: { judge: judgeIssuer, judgeBefore: judgeIssuer },
  webhook: { judge: judgeWebhook },
  pods: { judge: judgePods },
  policy: { judge: judgePolicy },
  boundary: { judge: judgeBoundary },
  quota: { judge: judgeQuota, judgeBefore: judgeQuota },
  others: { judge: judgeOthers, judgeBefore: judgeOthersBefore },
} as const satisfies Readonly<Record<string, CategoryKind>>

export type Category = keyof typeof CATEGORIES

export const CATEGORY_NAMES = Object.keys(CATEGORIES) as readonly Category[]

export interface Check {
  readonly what: string
  readonly outcome: 'good' | 'warning' | 'problem'
  readonly findings: readonly CommandFinding[]
}

export interface Report {
  readonly outcome: Check['outcome']
  readonly categories: readonly { readonly category: Category; readonly checks: readonly Check[] }[]
}

export interface ReportOptions {
  /** All of them when empty. */
  readonly categories: readonly Category[]
  /** Before the chart is installed. */
  readonly isBefore: boolean
  readonly suppressed: readonly FindingCode[]
}

/** Judges what was seen. */
export function toReport(facts: CheckFacts, options: ReportOptions): Report {
  const categories = categoriesOf(options).map((category) => {
    const { judge, judgeBefore }: CategoryKind = CATEGORIES[category]
    const lines = ((options.isBefore ? judgeBefore : judge) ?? judge)(facts)
    const checks = lines.map(({ what, findings }) => {
      const left = withoutSuppressed(findings, options.suppressed)
      return { what, outcome: outcomeOf(left), findings: left }
    })
    return { category, checks }
  })
  const all = categories.flatMap(({ checks }) => checks.flatMap(({ findings }) => findings))
  return { outcome: outcomeOf(all), categories }
}

/** Those that are asked for; before the chart is installed, those that make sense then. */
export function categoriesOf({
  categories,
  isBefore,
}: Pick<ReportOptions, 'categories' | 'isBefore'>): readonly Category[] {
  return CATEGORY_NAMES.filter(
    (name) =>
      (categories.length === 0 || categories.includes(name)) &&
      (!isBefore || 'judgeBefore' in CATEGORIES[name]),
  )
}

function outcomeOf(findings: readonly CommandFinding[]): Check['outcome'] {
  if (hasProblem(findings)) return 'problem'
  return findings.length === 0 ? 'good' : 'warning'
}
