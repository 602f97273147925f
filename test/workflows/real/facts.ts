/** What a run knows before it makes anything: whose AWS accounts, which cluster, which pages. */
import { readPageTexts, type PageText } from '../pages.ts'
import { openAccount, type Account } from './account.ts'
import type { ReaderCluster } from './cluster.ts'
import type { Options } from './options.ts'
import { toPlan, type Plan, type Side } from './plan.ts'
import type { Pace } from './stacks.ts'
import type { Real } from './translate.ts'
import type { Undo } from './undo.ts'

/** What is around a run. */
export interface Edges {
  readonly cluster: ReaderCluster
  /** The pages; absent: those of the documentation that the options name. */
  readonly pages?: readonly PageText[]
  readonly pace: Pace
  /** How often CloudTrail is asked. */
  readonly lookEveryMs: number
  /** Six characters that no other run has. */
  readonly id: string
  readonly say: (sentence: string) => void
  /** On Ctrl+C. */
  readonly signal: AbortSignal
}

/** What is known before anything is made. */
export interface Facts {
  readonly accounts: Readonly<Record<Side, Account>>
  readonly real: Real
  readonly plan: Plan
  readonly versions: Readonly<Record<string, string>>
}

/** A run under way. */
export interface Run extends Edges {
  readonly options: Options
  readonly facts: Facts
  readonly made: Undo[]
}

/** Asks who is there and plans the run. Throws where it cannot begin. */
export async function readFacts(options: Options, edges: Edges): Promise<Facts> {
  const { profiles, region, context, toolsImage } = options
  const accounts = {
    a: await openAccount(profiles.a, region),
    b: await openAccount(profiles.b, region),
  }
  if (accounts.a.id === accounts.b.id)
    throw new Error('Both AWS profiles are of one AWS account; two are needed.')
  const real = {
    prefix: `rolechain-try-${edges.id}-`,
    accounts: { a: accounts.a.id, b: accounts.b.id },
    issuer: await edges.cluster.readIssuer(),
    region,
    context,
    toolsImage,
  }
  const plan = toPlan(edges.pages ?? readPageTexts(options.pages), real)
  if (plan.pages.length === 0)
    throw new Error(
      `No page can run: ${plan.leftOut.map(({ name, needs }) => `${name} needs ${needs}`).join('; ')}.`,
    )
  const versions = { ...(await edges.cluster.readVersions()), region }
  return { accounts, real, plan, versions }
}
