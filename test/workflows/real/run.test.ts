/**
 * A run on AWS, on the strict AWS and without a cluster: the commands of the page are of bash, and ask STS with a token
 * of the issuer. Whatever happens, nothing is left.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, afterEach, before, test } from 'node:test'
import { AS_WRITTEN } from './bash-page.ts'
import { isGood, toReport } from './report.ts'
import { countStacks, listAll, readRights, toUsers } from './stage.ts'
import { openTrial, type Trial } from './trial.ts'

let trial: Trial

before(async () => {
  trial = await openTrial()
})

afterEach(() => trial.stop())

after(() => trial.close())

test('runs the page on roles that it has made, and deletes all of them', async () => {
  await trial.start()
  const { result, deleted } = await trial.run(AS_WRITTEN)
  assert.deepEqual([result.problem, result.pages[0]?.problem], [undefined, undefined])
  assert.ok(isGood(result))
  assert.deepEqual(result.pages[0]?.trail, {
    found: [
      'AssumeRoleWithWebIdentity by system:serviceaccount:rolechain-try-1a2b3c-team:app: arn:aws:iam::111111111111:role/rolechain-try-1a2b3c-base',
    ],
    missing: [],
    unexpected: [],
    notInHistory: [
      'GetObject by rolechain-try-1a2b3c-reader/rolechain-try-1a2b3c-team.app: rolechain-try-1a2b3c-reports-archive/2026/november.txt',
    ],
  })
  assert.deepEqual(deleted, ['rolechain-try-1a2b3c-team'])
  assert.equal(await countStacks(trial.url()), 2)
  assert.deepEqual(await listAll(trial.url()), [])
})

test('a page that fails fails the run, and nothing is left', async () => {
  await trial.start()
  const { result, deleted } = await trial.run('```sh\necho before; false\n```\n')
  assert.ok(!isGood(result))
  assert.match(result.pages[0]?.problem ?? '', /ended with 1\n\nbefore/)
  assert.deepEqual(deleted, ['rolechain-try-1a2b3c-team'])
  assert.equal(await countStacks(trial.url()), 2)
  assert.deepEqual(await listAll(trial.url()), [])
})

test('a call that AWS has and the page does not is a failure', async () => {
  await trial.start()
  const other = AS_WRITTEN.replace(/^AssumeRoleWith.*$/m, 'AssumeRoleWithWebIdentity by nobody')
  const { result } = await trial.run(other, { more: ['--trail-minutes', '0.001'] })
  assert.match(result.pages[0]?.trail?.unexpected[0] ?? '', /by system:serviceaccount/)
  assert.ok(!isGood(result))
})

test('where a stack cannot be made, the report says why, and nothing is left', async () => {
  const mayNot = {
    Version: '2012-10-17',
    Statement: { Effect: 'Deny', Action: 'iam:PutRolePolicy', Resource: '*' },
  }
  await trial.start({}, { users: toUsers('222222222222', [readRights(), mayNot]) })
  const { result } = await trial.run(AS_WRITTEN)
  assert.ok(!/111111111111|222222222222|user\/target|profile target/.test(toReport(result)))
  assert.match(
    result.problem ?? '',
    /has not made the stack rolechain-try-1a2b3c:\nRole1: User: arn:aws:iam::222222222222:user\/target is not authorized to perform: iam:PutRolePolicy/,
  )
  assert.deepEqual(
    result.pages.map(({ outcome }) => outcome),
    ['not run'],
  )
  assert.deepEqual([result.leftOver, await listAll(trial.url())], [[], []])
})

test('an OIDC provider that is there is used, and stays', async () => {
  const oidcProviders = [{ url: trial.issuer(), clientIds: ['sts.amazonaws.com', 'other'] }]
  await trial.start({ oidcProviders })
  const { result } = await trial.run(AS_WRITTEN)
  assert.ok(isGood(result))
  assert.deepEqual(await listAll(trial.url()), [
    'provider arn:aws:iam::111111111111:oidc-provider/oidc.cluster.example',
  ])
})

test('an OIDC provider without the audience is not changed; the reader is told how', async () => {
  await trial.start({ oidcProviders: [{ url: trial.issuer(), clientIds: ['other'] }] })
  const { result } = await trial.run(AS_WRITTEN)
  assert.match(result.problem ?? '', /aws iam add-client-id-to-open-id-connect-provider/)
  assert.equal(await countStacks(trial.url()), 0)
})

test('what cannot be deleted is told, with the command for it, and keeps nothing else', async () => {
  const mayNot = {
    Version: '2012-10-17',
    Statement: { Effect: 'Deny', Action: 's3:DeleteObject', Resource: '*' },
  }
  await trial.start({}, { users: toUsers('222222222222', [readRights(), mayNot]) })
  const { result } = await trial.run(AS_WRITTEN)
  assert.ok(!isGood(result))
  assert.match(toReport(result), /by hand: aws s3 rm --profile B --region/)
  assert.match(
    result.leftOver.join('\n'),
    /by hand: aws s3 rm --profile target --region us-east-1 --recursive s3:\/\/rolechain-try-1a2b3c-reports-archive[^]*Bucket1: The bucket you tried to delete is not empty/,
  )
  assert.deepEqual(await listAll(trial.url()), [
    'stack rolechain-try-1a2b3c DELETE_FAILED',
    'bucket rolechain-try-1a2b3c-reports-archive',
  ])
})

test('interrupted while a command runs, it ends the command and deletes everything', async () => {
  await trial.start()
  const interruption = new AbortController()
  const hook = createServer((_request, response) => {
    interruption.abort(new Error('The run was interrupted.'))
    response.end()
  }).listen(0, '127.0.0.1')
  await once(hook, 'listening')
  process.env['HOOK'] = `http://127.0.0.1:${(hook.address() as AddressInfo).port}`
  const commands = `\`\`\`sh\n"$NODE" -e 'fetch(process.env.HOOK)'\nsleep 1000\n\`\`\`\n`
  const { result } = await trial.run(commands, { signal: interruption.signal })
  hook.close()
  assert.equal(result.problem, 'The run was interrupted.')
  assert.equal(await countStacks(trial.url()), 2)
  assert.deepEqual(await listAll(trial.url()), [])
})

for (const profile of ['cluster', 'target'])
  test(`interrupted while the stack of ${profile} is under way, it deletes everything`, async () => {
    await trial.start()
    const interruption = new AbortController()
    const say = (sentence: string) => {
      if (sentence.startsWith('Making') && sentence.includes(profile))
        interruption.abort(new Error('The run was interrupted.'))
    }
    const { result } = await trial.run(AS_WRITTEN, { signal: interruption.signal, say })
    assert.equal(result.problem, 'The run was interrupted.')
    assert.deepEqual(
      result.pages.map(({ outcome }) => outcome),
      ['not run'],
    )
    assert.equal(await countStacks(trial.url()), profile === 'cluster' ? 1 : 2)
    assert.deepEqual(await listAll(trial.url()), [])
  })

test('where nothing can run, or both AWS profiles are of one AWS account, nothing is made', async () => {
  await trial.start()
  const pages = [{ name: 'page', markdown: '## Another\n' }]
  await assert.rejects(trial.run('', { pages }), /No page can run: page needs a section/)
  await assert.rejects(
    trial.run(AS_WRITTEN, { more: ['--profile-b', 'twin'] }),
    /of one AWS account/,
  )
  await assert.rejects(
    trial.run(AS_WRITTEN, { more: ['--profile-b', 'none'] }),
    /profile none does not/,
  )
  assert.equal(await countStacks(trial.url()), 0)
})
