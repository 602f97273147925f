/** What of the pages is run, and what each AWS account has to have for it. Pure. */
import { BUCKETS } from '../buckets.ts'
import { parsePage, type Page } from '../page.ts'
import type { PageText } from '../pages.ts'
import { selectSections, type LeftOut } from './sections.ts'
import { needsProvider, toTemplate, type Template } from './template.ts'
import { EXAMPLE, findNames, findNamespaces, translate, type Real } from './translate.ts'

/** A page that is run. */
export interface PlannedPage {
  /** As it is to be run. */
  readonly page: Page
  readonly leftOut: readonly LeftOut[]
  readonly namespaces: readonly string[]
}

/** A bucket with the objects that the pages read. */
export interface PlannedBucket {
  readonly name: string
  readonly objects: Readonly<Record<string, string>>
}

/** `a` is the AWS account of the cluster, `b` the other one. */
export type Side = 'a' | 'b'

/** What one AWS account gets. */
export interface PlannedAccount {
  readonly buckets: readonly PlannedBucket[]
  /** Whether roles trust the issuer's OIDC provider there. */
  readonly needsProvider: boolean
  /** `newProvider`: the provider is to be made. */
  readonly toTemplate: (newProvider: boolean) => Template | undefined
}

/** All that is to be done. */
export interface Plan {
  readonly pages: readonly PlannedPage[]
  readonly leftOut: readonly { readonly name: string; readonly needs: string }[]
  readonly accounts: Readonly<Record<Side, PlannedAccount>>
}

function toAccount(
  side: Side,
  real: Real,
  { texts, pages }: { readonly texts: readonly PageText[]; readonly pages: readonly Page[] },
): PlannedAccount {
  const used = new Set(texts.flatMap((text) => findNames(text).buckets))
  const own: Readonly<Record<string, PlannedBucket['objects']>> = BUCKETS[EXAMPLE.accounts[side]]
  const buckets = Object.entries(own)
    .filter(([name]) => used.has(name))
    .map(([name, objects]) => ({ name: `${real.prefix}${name}`, objects }))
  const accountId = real.accounts[side]
  return {
    buckets,
    needsProvider: needsProvider(accountId, pages),
    toTemplate: (newProvider) =>
      toTemplate({
        accountId,
        pages,
        buckets: buckets.map(({ name }) => name),
        newProvider: newProvider ? real.issuer : undefined,
      }),
  }
}

/** What is to be done for these pages. */
export function toPlan(all: readonly PageText[], real: Real): Plan {
  const selections = all.map(selectSections)
  const runnable = selections.flatMap((one) => (one.kind === 'runs' ? [one] : []))
  const pages = runnable.map(({ page: text, leftOut }) => {
    const { name, markdown } = translate(text, real)
    const page = parsePage(name, markdown)
    return { page, leftOut, namespaces: findNamespaces(page) }
  })
  const known = {
    texts: runnable.map(({ page }) => page),
    pages: pages.map(({ page }) => page),
  }
  return {
    pages,
    leftOut: selections.flatMap((one) =>
      one.kind === 'left_out' ? [{ name: one.name, needs: one.needs }] : [],
    ),
    accounts: { a: toAccount('a', real, known), b: toAccount('b', real, known) },
  }
}
