/**
 * What of a page two AWS accounts and one cluster can run. A page that needs more before its section "What it is now"
 * has ended is left out; of any other, the sections (`## …`) that need more. Pure.
 */
import { parsePage, type Step } from '../page.ts'
import type { PageText } from '../pages.ts'

/** A section that is left out, and what it needs. */
export interface LeftOut {
  readonly heading: string
  readonly needs: string
}

/** What becomes of a page. */
export type Selection =
  | { readonly kind: 'runs'; readonly page: PageText; readonly leftOut: readonly LeftOut[] }
  | { readonly kind: 'left_out'; readonly name: string; readonly needs: string }

const CORE = 'What it is now'
/** Of the example. */
const ACCOUNTS = ['111111111111', '222222222222']

/** By the first words of a block. */
const NEEDS_OF_BLOCKS: readonly (readonly [RegExp, string])[] = [
  [/^```json association=/m, 'EKS Pod Identity: an EKS cluster with its agent'],
  [/^```json provider=/m, 'an OIDC provider with audiences of its own'],
  [/^```json permissions=\S*:user\//m, 'IAM users with access keys'],
]

/** By what is in a script. */
const NEEDS_OF_COMMANDS: readonly (readonly [RegExp, string])[] = [
  [/--context (?!ci\s)\S/, 'a second cluster'],
  [/\baws eks\b/, 'an EKS cluster in the other AWS account'],
  [/\baws (?:ec2|elb|elbv2)\b/, 'instances or load balancers'],
]

function needOfStep(step: Step): string | undefined {
  if (step.kind === 'audit') return 'the audit log of a second cluster'
  if (step.kind !== 'commands') return undefined
  return NEEDS_OF_COMMANDS.find(([pattern]) => pattern.test(step.script))?.[1]
}

function needOfAccounts(markdown: string): string | undefined {
  const all = new Set(markdown.match(/\b\d{12}\b/g))
  const more = [...all].filter((id) => !ACCOUNTS.includes(id)).toSorted()
  return more.length === 0 ? undefined : `further AWS accounts (${more.join(', ')})`
}

function needOfBlocks(markdown: string): string | undefined {
  return NEEDS_OF_BLOCKS.find(([pattern]) => pattern.test(markdown))?.[1]
}

interface Section {
  readonly heading: string
  readonly markdown: string
  readonly needs: string | undefined
}

function toSection(markdown: string): Section {
  const heading = /^## (.+)$/m.exec(markdown)?.[1] ?? ''
  const ofSteps = parsePage(heading, markdown).steps.map(needOfStep)
  const needs = [needOfAccounts(markdown), needOfBlocks(markdown), ...ofSteps]
  return { heading, markdown, needs: needs.find((need) => need !== undefined) }
}

/** What two AWS accounts and one cluster can run of a page. */
export function selectSections({ name, markdown }: PageText): Selection {
  const sections = markdown.split(/^(?=## )/m).map(toSection)
  const core = sections.findIndex(({ heading }) => heading === CORE)
  const needed = core === -1 ? sections : sections.slice(0, core + 1)
  const needs =
    needed.find((section) => section.needs !== undefined)?.needs ??
    (core === -1 ? `a section "${CORE}"` : undefined)
  if (needs !== undefined) return { kind: 'left_out', name, needs }
  const kept = sections.filter((section) => section.needs === undefined)
  return {
    kind: 'runs',
    page: { name, markdown: kept.map((section) => section.markdown).join('') },
    leftOut: sections.flatMap(({ heading, needs: need }) =>
      need === undefined ? [] : [{ heading, needs: need }],
    ),
  }
}
