/**
 * The pages that are generated from the code are those that the code generates now, and what others say of it is so.
 */
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { test } from 'node:test'
import { generatedPages, generatePage, readPage } from '../docs/generate.ts'

for (const page of generatedPages) {
  test(`${page} says what the code says (npm run docs writes it anew)`, async () => {
    assert.equal(readPage(page), await generatePage(page))
  })
}

test('the chart says with which cert-manager the cluster suite runs', () => {
  const modules = readFileSync('test/cluster/cert-manager/go.mod', 'utf8')
  const version = /cert-manager\/cert-manager v(\S+)/.exec(modules)?.[1]
  const readme = readFileSync('charts/rolechain/README.md', 'utf8').replaceAll(/\s+/g, ' ')
  assert.ok(readme.includes(`Tried with cert-manager ${String(version)}:`))
})

const decisions = globSync('docs/decisions/*.md').filter((page) => !page.endsWith('README.md'))

test('the index of decisions names each record once', () => {
  const index = readFileSync('docs/decisions/README.md', 'utf8')
  const named = [...index.matchAll(/\]\(([\w-]+\.md)\)/g)].map(([, page = '']) => page)
  assert.deepEqual(named.toSorted(), decisions.map((page) => basename(page)).toSorted())
})

for (const page of decisions) {
  test(`${page} is short and says context, decision, numbers and consequences`, () => {
    const lines = readFileSync(page, 'utf8').trimEnd().split('\n')
    assert.ok(lines.length <= 40, `${String(lines.length)} lines`)
    assert.deepEqual(
      lines.filter((line) => line.startsWith('## ')),
      ['## Context', '## Decision', '## Numbers', '## Consequences'],
    )
  })
}

test('each package that the programs depend on has its place', () => {
  const imported = globSync('{webhook,sidecar,cli,iam,log}/**/*.ts').flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'([^.'][^']*)'/g)].map(
      ([, name = '']) => /^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? '',
    ),
  )
  const packages = [...new Set(imported)].filter((name) => !name.startsWith('node:'))
  assert.ok(packages.length > 15)
  const record = readFileSync('docs/decisions/libraries.md', 'utf8')
  assert.deepEqual(
    packages.filter((name) => !record.includes(`\`${name}`)),
    [],
  )
})

/** Links of a page to files of the project, with the part of the page that they point to. */
function linksOf(page: string): { path: string; anchor: string | undefined }[] {
  return [...readFileSync(page, 'utf8').matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)].map(
    ([, path = '', anchor]) => ({ path: path === '' ? page : join(dirname(page), path), anchor }),
  )
}

/** The anchors that GitHub gives to the headings of a page. */
function anchorsOf(page: string): string[] {
  return [...readFileSync(page, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

const pages = globSync('**/*.md', { exclude: ['**/node_modules', 'dist', '**/.*'] })

for (const page of pages) {
  test(`the links of ${page} lead to files and headings that are there`, () => {
    const broken = linksOf(page).filter(
      ({ path, anchor }) =>
        !existsSync(path) || (anchor !== undefined && !anchorsOf(path).includes(anchor)),
    )
    assert.deepEqual(broken, [])
  })
}

test('nothing speaks of a page that the project does not have', () => {
  // As a page is quoted: with its ending, a section, a heading, or what is the page's. A constant of that name is none.
  const names = /\b(?:DESI[G]N|UPSTREA[M]|STYL[E])(?:\.md| §| "| \d|'s)/
  const files = globSync('**/*.{ts,md,yaml,tpl,json}', { exclude: ['**/node_modules', 'dist'] })
  const found = files.filter((file) => names.test(readFileSync(file, 'utf8')))
  assert.deepEqual(found, [])
})
