/** Pages for the real world: nothing of the example stays, and what is left is still the page. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { parsePage } from '../page.ts'
import { readPageTexts } from '../pages.ts'
import { toPlan } from './plan.ts'
import { selectSections } from './sections.ts'
import { EXAMPLE, findNames, findNamespaces, translate, type Real } from './translate.ts'

const REAL: Real = {
  prefix: 'rolechain-try-1a2b3c-',
  accounts: { a: '555555555555', b: '666666666666' },
  issuer: 'https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF',
  region: 'eu-west-1',
  context: 'arn:aws:eks:eu-west-1:555555555555:cluster/mine',
  toolsImage: 'public.ecr.aws/aws-cli/aws-cli:2.23.6',
}

const MARKDOWN = `
\`\`\`json trust=arn:aws:iam::111111111111:role/ci
{"Condition": {"StringEquals": {"oidc.eks.us-east-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE:sub": "system:serviceaccount:team:app"}}}
\`\`\`

\`\`\`yaml file=a.yaml
kind: Namespace
metadata:
  name: team
---
kind: ConfigMap
metadata: {name: team-settings, namespace: team}
\`\`\`
`

const WORDS: readonly (readonly [string, string, string])[] = [
  [
    'an ARN',
    'arn:aws:iam::111111111111:role/ci',
    'arn:aws:iam::555555555555:role/rolechain-try-1a2b3c-ci',
  ],
  [
    'a session',
    'assumed-role/ci/team.build',
    'assumed-role/rolechain-try-1a2b3c-ci/rolechain-try-1a2b3c-team.build',
  ],
  [
    'a context, which is no role',
    '--context ci -n team',
    `--context ${REAL.context} -n rolechain-try-1a2b3c-team`,
  ],
  ['a longer name', 'ci-tools team-settings my-ci', 'ci-tools team-settings my-ci'],
  ['an end of a line for sed', 's/namespace: team$/', 's/namespace: rolechain-try-1a2b3c-team$/'],
  ['the region', 'AWS_REGION=us-east-1', 'AWS_REGION=eu-west-1'],
  ['the image', 'image: registry.example.com/ci-tools:1', `image: ${REAL.toolsImage}`],
  ['a bucket', 's3://reports-archive/2026/', 's3://rolechain-try-1a2b3c-reports-archive/2026/'],
  [
    'a bucket that nobody may make',
    's3 mb s3://new-one',
    's3 mb s3://rolechain-try-1a2b3c-new-one',
  ],
  ['a time to wait', 'wait --timeout=90s', 'wait --timeout=300s'],
  ['the other AWS account', '222222222222', '666666666666'],
]

for (const [what, is, becomes] of WORDS)
  test(`${what} becomes the reader's`, () => {
    const { markdown } = translate({ name: 'x', markdown: `${MARKDOWN}${is}` }, REAL)
    assert.equal(markdown.split('```').at(-1)?.trim(), becomes)
  })

test('names are found where the page makes them', () => {
  const page = {
    name: 'x',
    markdown: `${MARKDOWN}\`\`\`sh\nkubectl create namespace more\n\`\`\`\n`,
  }
  assert.deepEqual(findNames(page), { roles: ['ci'], namespaces: ['team', 'more'], buckets: [] })
})

const digits = fc.stringMatching(/^[3-9]\d{11}$/)
const reals = fc
  .record({ a: digits, b: digits, id: fc.stringMatching(/^[0-9a-f]{6}$/) })
  .filter(({ a, b }) => a !== b)
  .map(({ a, b, id }) => ({ ...REAL, accounts: { a, b }, prefix: `rolechain-try-${id}-` }))

/** What may not be in a page that is run for real. */
function forbiddenWords(name: string, markdown: string): readonly string[] {
  const { roles, namespaces, buckets } = findNames({ name, markdown })
  return [...roles, ...namespaces, ...buckets]
}

for (const text of readPageTexts()) {
  const selection = selectSections(text)
  if (selection.kind !== 'runs') continue
  test(`of ${text.name} nothing of the example is left, and it is read as before`, () => {
    const before = parsePage(text.name, selection.page.markdown)
    const words = forbiddenWords(text.name, selection.page.markdown)
    fc.assert(
      fc.property(reals, (real) => {
        const { markdown } = translate(selection.page, real)
        const { a, b } = EXAMPLE.accounts
        const issuer = EXAMPLE.issuer.replace('https://', '')
        const { region, toolsImage, patience } = EXAMPLE
        for (const left of [a, b, issuer, region, toolsImage, patience, '--context ci '])
          assert.ok(!markdown.includes(left), left)
        const found = new Set(markdown.match(/[\w-]+/g))
        assert.deepEqual(
          words.filter((word) => found.has(word)),
          [],
        )
        const after = parsePage(text.name, markdown)
        assert.deepEqual(
          after.steps.map(({ kind }) => kind),
          before.steps.map(({ kind }) => kind),
        )
        assert.ok(findNamespaces(after).every((name) => name.startsWith(real.prefix)))
        assert.ok(after.policies.every(({ roleArn }) => roleArn.includes(`:role/${real.prefix}`)))
      }),
      { numRuns: 20 },
    )
  })
}

test('in a page that is run, each file that a command names has been written', () => {
  for (const { page } of toPlan(readPageTexts(), REAL).pages) {
    const files = page.steps.flatMap((step) => (step.kind === 'file' ? [step.name] : []))
    const scripts = page.steps.flatMap((step) => (step.kind === 'commands' ? [step.script] : []))
    const named = scripts.flatMap((script) => script.match(/[\w-]+\.yaml/g) ?? [])
    assert.ok(named.length > 0)
    assert.deepEqual(
      named.filter((name) => !files.includes(name)),
      [],
      page.name,
    )
  }
})
