/** How long sessions last, and what STS says to calls that it does not know. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { AssumeRoleWithWebIdentityCommand, type Credentials } from '@aws-sdk/client-sts'
import { readExample, READER, refusalOf, startStage, type Stage } from './stage.ts'

const LONG = 'arn:aws:iam::222222222222:role/long-reader'

/** The example with a role that allows twelve hours, to callers by web identity of its own AWS account, too. */
function extendExample(): unknown {
  const example = structuredClone(readExample()) as {
    awsAccounts: Record<string, { roles: Record<string, object>; oidcProviders?: unknown }>
  }
  const [base, target] = [example.awsAccounts['111111111111'], example.awsAccounts['222222222222']]
  if (base === undefined || target === undefined) throw new Error('The example has changed.')
  base.roles['cluster-base'] = { ...base.roles['cluster-base'], maxSessionDurationSeconds: 43_200 }
  target.roles['long-reader'] = {
    ...target.roles['reports-reader'],
    maxSessionDurationSeconds: 43_200,
  }
  return example
}

let stage: Stage
let base: Credentials

before(async () => {
  stage = await startStage(extendExample())
  base = await stage.assumeBase()
})

after(() => stage.stop())

test('a session made from a session lasts an hour at most, whatever the role allows', async () => {
  const { name, message } = await refusalOf(
    stage.assume(base, { RoleArn: LONG, DurationSeconds: 3601 }),
  )
  assert.equal(name, 'ValidationError')
  assert.match(message, /1 hour session limit for roles assumed by role chaining/)
})

function lifeOf({ Expiration }: Credentials): number {
  return Math.round(((Expiration?.getTime() ?? 0) - Date.now()) / 1000)
}

test('a session by web identity lasts as long as the role allows, and an hour unless asked', async (t) => {
  assert.ok(Math.abs(lifeOf(await stage.assumeBase()) - 3600) <= 2)
  const long = await stage.assumeBase({ DurationSeconds: 43_200 })
  assert.ok(Math.abs(lifeOf(long) - 43_200) <= 2)
  const short = await startStage()
  t.after(() => short.stop())
  const { name, message } = await refusalOf(short.assumeBase({ DurationSeconds: 3601 }))
  assert.equal(name, 'ValidationError')
  assert.match(message, /exceeds the MaxSessionDuration set for this role/)
})

test('parameters that an action does not have are refused', async () => {
  const body = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: READER,
    RoleSessionName: 'pod',
    WebIdentityToken: 'a.b.c',
    ExternalId: 'never sent with web identity',
  })
  const answer = await fetch(stage.aws.url, { method: 'POST', body })
  assert.equal(answer.status, 400)
  assert.match(await answer.text(), /knows no parameter ExternalId/)
})

test('a call of an action or a version that is not there is an InvalidAction', async () => {
  for (const query of [
    'Action=GetSessionToken&Version=2011-06-15',
    'Action=AssumeRole&Version=2010-01-01',
    'Action=toString&Version=2011-06-15',
    'Action=AssumeRole',
  ]) {
    const answer = await fetch(`${stage.aws.url}/?${query}`)
    assert.equal(answer.status, 400)
    assert.match(await answer.text(), /<Code>InvalidAction<\/Code>/)
  }
})

test('the token is checked for length, and is not repeated in the message', async () => {
  const token = 'x'.repeat(20_001)
  const { name, message } = await refusalOf(
    stage.sts().send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: READER,
        RoleSessionName: 'pod',
        WebIdentityToken: token,
      }),
    ),
  )
  assert.equal(name, 'ValidationError')
  assert.match(message, /Value '\*{4}' at 'webIdentityToken' .* less than or equal to 20000/)
})
