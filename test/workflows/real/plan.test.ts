/** Which pages two AWS accounts and one cluster can run, and what is made for them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readPageTexts } from '../pages.ts'
import { toPlan } from './plan.ts'
import { selectSections } from './sections.ts'
import { toTemplate } from './template.ts'
import type { Real } from './translate.ts'

const REAL: Real = {
  prefix: 'rolechain-try-1a2b3c-',
  accounts: { a: '555555555555', b: '666666666666' },
  issuer: 'https://oidc.example',
  region: 'us-east-1',
  context: 'mine',
  toolsImage: 'tools:1',
}

const SELECTIONS: readonly (readonly [string, string])[] = [
  ['ci-to-another-account', 'runs without: The EKS cluster of the other AWS account'],
  ['s3-of-another-account', 'runs without: '],
  ['irsa-with-eksctl', 'runs without: '],
  ['access-to-a-cluster', 'IAM users with access keys'],
  ['another-audience', 'further AWS accounts (333333333333)'],
  ['dev-stg-prod', 'further AWS accounts (333333333333, 444444444444)'],
  ['from-pod-identity', 'EKS Pod Identity: an EKS cluster with its agent'],
  ['kubeconfig-with-exec', 'a second cluster'],
]

for (const [name, becomes] of SELECTIONS)
  test(`${name}: ${becomes}`, () => {
    const [selection] = readPageTexts([name]).map(selectSections)
    assert.ok(selection)
    const said =
      selection.kind === 'left_out'
        ? selection.needs
        : `runs without: ${selection.leftOut.map(({ heading }) => heading).join(', ')}`
    assert.equal(said, becomes)
  })

const NEEDS: readonly (readonly [string, string])[] = [
  ['```sh\nkubectl --context other get pods\n```\n', 'a second cluster'],
  ['```sh fails\naws ec2 describe-instances\n```\n', 'instances or load balancers'],
  ['```audit\nlist pods by me\n```\n', 'the audit log of a second cluster'],
]

const select = (markdown: string) => selectSections({ name: 'x', markdown })

for (const [block, needs] of NEEDS)
  test(`a section is left out that needs ${needs}, and only there where it is not the core`, () => {
    const core = '## What it is now\n\n```sh\ntrue\n```\n\n'
    const runs = select(`${core}## More\n\n${block}`)
    assert.deepEqual(runs.kind === 'runs' && runs.leftOut, [{ heading: 'More', needs }])
    assert.deepEqual(select(`${core}${block}`), { kind: 'left_out', name: 'x', needs })
  })

test('what a later section needs is only of that section', () => {
  const core = '## What it is now\n\n```sh\ntrue\n```\n\n'
  const user = '```json permissions=arn:aws:iam::222222222222:user/ana\n{}\n```\n'
  const later = select(`${core}## More\n\n${user}## Clean up\n`)
  assert.ok(later.kind === 'runs' && !later.page.markdown.includes('ana'))
  const before = select(`## Before\n\n${user}${core}`)
  assert.deepEqual(before, { kind: 'left_out', name: 'x', needs: 'IAM users with access keys' })
})

test('what a console shows and what is said between blocks needs nothing', () => {
  const markdown = '## What it is now\n\n`aws eks` too.\n\n```console\naws eks list-clusters\n```\n'
  assert.equal(selectSections({ name: 'x', markdown }).kind, 'runs')
})

test('each AWS account gets the roles of the pages there, the buckets that they read, and a provider where it is needed', () => {
  const { accounts } = toPlan(
    readPageTexts(['ci-to-another-account', 's3-of-another-account']),
    REAL,
  )
  const describe = (side: 'a' | 'b', isNew: boolean) =>
    Object.values(accounts[side].toTemplate(isNew)?.Resources ?? {}).map(
      ({ Type, Properties: all }) =>
        `${Type} ${String(all['RoleName'] ?? all['BucketName'] ?? all['Url'])}`,
    )
  assert.deepEqual(describe('a', true), [
    'AWS::IAM::Role rolechain-try-1a2b3c-ci-base',
    'AWS::IAM::OIDCProvider https://oidc.example',
  ])
  assert.deepEqual(describe('b', false), [
    'AWS::IAM::Role rolechain-try-1a2b3c-ci-deployer',
    'AWS::IAM::Role rolechain-try-1a2b3c-archive-reader',
    'AWS::S3::Bucket rolechain-try-1a2b3c-payments-artifacts',
    'AWS::S3::Bucket rolechain-try-1a2b3c-reports-archive',
  ])
  assert.ok(accounts.a.needsProvider && accounts.b.needsProvider)
  assert.ok(!toPlan(readPageTexts(['ci-to-another-account']), REAL).accounts.b.needsProvider)
})

const trust = (name: string, principal: string) => ({
  kind: 'trust' as const,
  roleArn: `arn:aws:iam::555555555555:role/${name}`,
  document: { Statement: { Principal: { AWS: principal } } },
})

test('a role is made after the roles of the same AWS account that it trusts', () => {
  const policies = [
    trust('late', 'arn:aws:iam::555555555555:role/early'),
    trust('early', 'arn:aws:iam::555555555555:root'),
  ]
  const [page] = toPlan(readPageTexts(['irsa-with-eksctl']), REAL).pages
  assert.ok(page)
  const template = toTemplate({
    accountId: '555555555555',
    pages: [{ ...page.page, policies }],
    buckets: [],
    newProvider: undefined,
  })
  assert.deepEqual(template?.Resources['Role1']?.DependsOn, ['Role2'])
  assert.equal(template.Resources['Role2']?.DependsOn, undefined)
})

test('an AWS account that the pages need nothing of gets no stack', () => {
  const { accounts } = toPlan(readPageTexts(['irsa-with-eksctl']), REAL)
  assert.equal(accounts.b.toTemplate(false), undefined)
})
