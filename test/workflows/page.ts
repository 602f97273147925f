/**
 * A page of `docs/workflows/` as steps that can be run: its fenced blocks, by the first words of each. How the words
 * are meant stands in `docs/workflows/README.md`.
 */

/** What is done with one block. */
export type Step =
  | { readonly kind: 'file'; readonly name: string; readonly text: string }
  | {
      readonly kind: 'commands'
      readonly script: string
      readonly ends: 'well' | 'badly' | 'in_time'
      /** Lines that have to be in the output, in this order. */
      readonly output: readonly string[]
    }
  | { readonly kind: 'trail' | 'audit'; readonly calls: readonly string[] }

/** A policy of a role. */
export interface PagePolicy {
  readonly roleArn: string
  readonly kind: 'trust' | 'permissions'
  readonly document: unknown
}

/** What an IAM user may do. It has an access key; commands of the page find it as a profile of the user's name. */
export interface PageUser {
  readonly arn: string
  readonly document: unknown
}

/** An OIDC provider of an AWS account: input of CreateOpenIDConnectProvider. */
export interface PageProvider {
  readonly arn: string
  readonly document: unknown
}

/** What one cluster is told of a service account: input of CreatePodIdentityAssociation. */
export interface PageAssociation {
  readonly clusterArn: string
  readonly document: unknown
}

/** One page, read. */
export interface Page {
  readonly name: string
  readonly associations: readonly PageAssociation[]
  readonly policies: readonly PagePolicy[]
  readonly users: readonly PageUser[]
  readonly providers: readonly PageProvider[]
  readonly steps: readonly Step[]
}

interface Block {
  readonly language: string
  readonly words: string
  readonly text: string
}

function readBlocks(markdown: string): Block[] {
  return [...markdown.matchAll(/^```(\w+)(?: ([^\n]*))?\n([^]*?)^```$/gm)].map(
    ([, language = '', words = '', text = '']) => ({ language, words, text }),
  )
}

const ENDS = { '': 'well', fails: 'badly', until: 'in_time' } as const

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '')
}

/** What a document is, and the ARNs that it is of. */
function readSubjects({ words, text }: Block) {
  const [kind = '', arns = ''] = words.split('=')
  const document = JSON.parse(text) as unknown
  return arns.split(',').map((arn) => ({ kind, arn, document }))
}

type Subject = ReturnType<typeof readSubjects>[number]

function isUser({ arn }: Subject): boolean {
  return arn.includes(':user/')
}

function toPolicy({ kind, arn, document }: Subject): PagePolicy[] {
  return kind === 'trust' || kind === 'permissions' ? [{ kind, roleArn: arn, document }] : []
}

function toStep({ language, words, text }: Block, after: Block | undefined): Step[] {
  if (language === 'yaml' && words.startsWith('file='))
    return [{ kind: 'file', name: words.slice('file='.length), text }]
  if (language === 'trail' || language === 'audit')
    return [{ kind: language, calls: linesOf(text) }]
  if (language !== 'sh') return []
  const ends = Object.entries(ENDS).find(([word]) => word === words)?.[1]
  if (ends === undefined) throw new Error(`a block begins with "sh ${words}"`)
  const output = after?.language === 'text' ? linesOf(after.text) : []
  return [{ kind: 'commands', script: text, ends, output }]
}

/** Reads a page. */
export function parsePage(name: string, markdown: string): Page {
  const blocks = readBlocks(markdown)
  const subjects = blocks.filter(({ language }) => language === 'json').flatMap(readSubjects)
  const find = (wanted: string) => subjects.filter(({ kind }) => kind === wanted)
  return {
    name,
    policies: subjects.filter((one) => !isUser(one)).flatMap(toPolicy),
    users: find('permissions')
      .filter(isUser)
      .map(({ arn, document }) => ({ arn, document })),
    providers: find('provider').map(({ arn, document }) => ({ arn, document })),
    associations: find('association').map(({ arn, document }) => ({ clusterArn: arn, document })),
    steps: blocks.flatMap((block, index) => toStep(block, blocks[index + 1])),
  }
}

/** Whether a line is what a line of the page says; `…` is anything. */
export function matchesLine(pattern: string, line: string): boolean {
  const [first = '', ...rest] = pattern
    .trim()
    .split('…')
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`).trim())
  return new RegExp(`^${[first, ...rest].join('.*')}$`).test(line.trim())
}

/** The lines of the page that are not in the output, in their order. */
export function missingLines(expected: readonly string[], output: string): readonly string[] {
  const lines = output.split('\n')
  let from = 0
  return expected.filter((pattern) => {
    const at = lines.findIndex((line, index) => index >= from && matchesLine(pattern, line))
    if (at !== -1) from = at + 1
    return at === -1
  })
}
