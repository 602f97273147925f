/**
 * A page for the real world: in place of the example's AWS accounts, issuer, region, context and image stand the
 * reader's, and each role, namespace and bucket has the prefix of the run. A name is replaced wherever it stands as a
 * word: were a service account called like a role, it would get the prefix too, everywhere alike. Pure.
 */
import { parseAllDocuments } from 'yaml'
import { parseRoleArn } from '../../../iam/arn.ts'
import { BUCKETS } from '../buckets.ts'
import { parsePage, type Page } from '../page.ts'
import type { PageText } from '../pages.ts'
import { ISSUER, REGION } from '../world.ts'

/** What stands in the place of the example's. */
export interface Real {
  /** In front of names: `rolechain-try-1a2b3c-`. */
  readonly prefix: string
  /** 12 digits each: of the cluster, and the other one. */
  readonly accounts: { readonly a: string; readonly b: string }
  /** The `iss` of the cluster's tokens. */
  readonly issuer: string
  readonly region: string
  readonly context: string
  readonly toolsImage: string
}

/** Names of a page that get the prefix. */
export interface PageNames {
  readonly roles: readonly string[]
  readonly namespaces: readonly string[]
  /** Also of buckets that nobody may make: on AWS the name may be somebody's. */
  readonly buckets: readonly string[]
}

/** Of the example. */
export const EXAMPLE = {
  accounts: { a: '111111111111', b: '222222222222' },
  issuer: ISSUER,
  region: REGION,
  context: '--context ci',
  toolsImage: 'registry.example.com/ci-tools:1',
  patience: '--timeout=90s',
} as const

/** Nodes that have not seen the images yet have to pull them. */
const PATIENCE = '--timeout=300s'

/** Namespaces that the steps of a page make. */
export function findNamespaces({ steps }: Page): readonly string[] {
  const found = steps.flatMap((step) => {
    if (step.kind === 'commands')
      return [...step.script.matchAll(/create namespace (\S+)/g)].map(([, name = '']) => name)
    if (step.kind !== 'file') return []
    return parseAllDocuments(step.text)
      .map((document) => document.toJS() as { kind?: string; metadata?: { name?: string } } | null)
      .flatMap((object) => (object?.kind === 'Namespace' ? [object.metadata?.name ?? ''] : []))
  })
  return [...new Set(found)]
}

/** The names of a page as it is written. */
export function findNames({ name, markdown }: PageText): PageNames {
  const page = parsePage(name, markdown)
  const roles = page.policies.flatMap(({ roleArn }) => parseRoleArn(roleArn)?.name ?? [])
  const buckets = Object.values(BUCKETS).flatMap((own) => Object.keys(own))
  const addressed = [...markdown.matchAll(/s3:\/\/([a-z0-9.-]+)/g)].map(([, found = '']) => found)
  return {
    roles: [...new Set(roles)],
    namespaces: findNamespaces(page),
    buckets: [
      ...new Set([
        ...buckets.filter((bucket) => toWordPattern(bucket).test(markdown)),
        ...addressed,
      ]),
    ],
  }
}

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
}

/** Finds each of these words, where it stands alone. */
export function toWordPattern(...words: readonly string[]): RegExp {
  return new RegExp(`(?<![\\w-])(?:${words.map(escape).join('|')})(?![\\w-])`, 'g')
}

function withoutScheme(url: string): string {
  return url.replace('https://', '')
}

/** The page as it is to be run. */
export function translate(page: PageText, real: Real): PageText {
  const { roles, namespaces, buckets } = findNames(page)
  const names = [...roles, ...namespaces, ...buckets].map((one) => [one, `${real.prefix}${one}`])
  // All at once: what has been put in place of something is not looked at again.
  const becomes = new Map([
    [withoutScheme(EXAMPLE.issuer), withoutScheme(real.issuer)],
    [EXAMPLE.context, `--context ${real.context}`],
    [EXAMPLE.toolsImage, real.toolsImage],
    [EXAMPLE.accounts.a, real.accounts.a],
    [EXAMPLE.accounts.b, real.accounts.b],
    [EXAMPLE.region, real.region],
    [EXAMPLE.patience, PATIENCE],
    ...(names as [string, string][]),
  ])
  const pattern = toWordPattern(...becomes.keys())
  return {
    name: page.name,
    markdown: page.markdown.replaceAll(pattern, (found) => becomes.get(found) ?? found),
  }
}
