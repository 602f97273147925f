/** The pages of `docs/workflows/` are such that the suite can run them, and its blocks mean what the index says. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { toWorld } from '../../stand-ins/aws/configuration.ts'
import { matchesLine, missingLines, parsePage } from './page.ts'
import { readPages } from './pages.ts'
import { toConfiguration } from './world.ts'

for (const page of readPages())
  test(`${page.name} has commands, each AWS account's policies, refusals and a trail`, () => {
    const kinds = page.steps.map((step) => (step.kind === 'commands' ? step.ends : step.kind))
    for (const kind of ['file', 'well', 'badly', 'trail'])
      assert.ok(
        kinds.some((one) => one === kind),
        kind,
      )
    assert.ok(page.policies.some(({ kind }) => kind === 'trust'))
  })

test('the roles of all pages make one world', () => {
  const facts = { endpoint: 'https://payments.example', certificateAuthority: 'UEVN' }
  const { accounts } = toWorld(toConfiguration(readPages(), facts))
  const roles = [...accounts.values()].flatMap((account) => account.roles.map(({ arn }) => arn))
  assert.ok(roles.includes('arn:aws:iam::222222222222:role/ci-deployer'))
})

test('each page stands in the index, and the index names no other', () => {
  const index = readFileSync('docs/workflows/README.md', 'utf8')
  const named = [...index.matchAll(/\]\(([\w-]+)\.md\)/g)].map(([, name = '']) => name)
  assert.deepEqual(
    named.toSorted(),
    readPages()
      .map(({ name }) => name)
      .toSorted(),
  )
})

test('reads blocks by their first words', () => {
  const page = parsePage(
    'example',
    [
      '```yaml file=a.yaml\nkind: Pod\n```',
      '```sh fails\nfalse\n```',
      'Words between.',
      '```text\nno\n\nnever …\n```',
      '```console\nfor the reader\n```',
      '```trail\nAssumeRole by x\n```',
      '```json trust=arn:aws:iam::111111111111:role/x\n{}\n```',
    ].join('\n\n'),
  )
  assert.deepEqual(page.steps, [
    { kind: 'file', name: 'a.yaml', text: 'kind: Pod\n' },
    { kind: 'commands', script: 'false\n', ends: 'badly', output: ['no', 'never …'] },
    { kind: 'trail', calls: ['AssumeRole by x'] },
  ])
  assert.deepEqual(page.policies, [
    { kind: 'trust', roleArn: 'arn:aws:iam::111111111111:role/x', document: {} },
  ])
  assert.throws(() => parsePage('example', '```sh sometimes\ntrue\n```\n'), /sh sometimes/)
})

test('a policy may be of several, and of IAM users, who have no trust policy', () => {
  const [ana, ben] = ['arn:aws:iam::222222222222:user/ana', 'arn:aws:iam::222222222222:user/ben']
  const role = 'arn:aws:iam::222222222222:role/x'
  const block = `\`\`\`json permissions=${ana},${role},${ben}\n{}\n\`\`\`\n`
  const { users, policies } = parsePage('example', block)
  assert.deepEqual(users, [
    { arn: ana, document: {} },
    { arn: ben, document: {} },
  ])
  assert.deepEqual(policies, [{ kind: 'permissions', roleArn: role, document: {} }])
})

test('a provider of a page is one of its AWS account, with the audiences of the page', () => {
  const arn = 'arn:aws:iam::333333333333:oidc-provider/oidc.example'
  const document = { Url: 'https://oidc.example', ClientIDList: ['staging.example.com'] }
  const page = parsePage(
    'example',
    `\`\`\`json provider=${arn}\n${JSON.stringify(document)}\n\`\`\`\n`,
  )
  const facts = { endpoint: 'https://payments.example', certificateAuthority: 'UEVN' }
  const { accounts } = toWorld(toConfiguration([page], facts))
  assert.deepEqual(
    accounts.get('333333333333')?.oidcProviders.map(({ url, clientIds }) => [url, clientIds]),
    [['https://oidc.example', ['staging.example.com']]],
  )
})

test('… stands for anything, and nothing else does', () => {
  assert.ok(matchesLine('a … c', 'a b c'))
  assert.ok(matchesLine('…(x)', ' anything (x) '))
  assert.ok(!matchesLine('a.c', 'abc'))
  assert.ok(!matchesLine('a', 'a b'))
})

test('lines of the output come in the order of the page', () => {
  assert.deepEqual(missingLines(['a', 'b'], 'x\na\ny\nb\n'), [])
  assert.deepEqual(missingLines(['b', 'a'], 'a\nb\n'), ['a'])
})
