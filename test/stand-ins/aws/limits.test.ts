/** Limits of single parameters of STS: each just inside and just outside. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { AssumeRoleCommandInput, Credentials } from '@aws-sdk/client-sts'
import { refusalOf, startStage, type Stage } from './stage.ts'

let stage: Stage
let base: Credentials

before(async () => {
  stage = await startStage()
  base = await stage.assumeBase()
})

after(() => stage.stop())

const INSIDE: readonly (readonly [string, Partial<AssumeRoleCommandInput>])[] = [
  ['a session name of 2 characters', { RoleSessionName: 'ab' }],
  ['a session name of 64 characters', { RoleSessionName: 'a+=,.@-_'.repeat(8) }],
  ['an external id of 1224 characters', { ExternalId: 'aZ0+=,.@:/-_'.repeat(102) }],
  ['a source identity of 64 characters', { SourceIdentity: 'a+=,.@-_'.repeat(8) }],
  ['15 minutes', { DurationSeconds: 900 }],
  ['an hour', { DurationSeconds: 3600 }],
]

for (const [what, input] of INSIDE)
  test(`accepts ${what}`, async () => {
    await stage.assume(base, input)
  })

const OUTSIDE: readonly (readonly [string, string, RegExp, Partial<AssumeRoleCommandInput>])[] = [
  [
    'no session name',
    'ValidationError',
    /Value null at 'roleSessionName' .* must not be null/,
    { RoleSessionName: undefined },
  ],
  [
    'a session name of 1 character',
    'ValidationError',
    /'roleSessionName' .* greater than or equal to 2/,
    { RoleSessionName: 'a' },
  ],
  [
    'a session name of 65 characters',
    'ValidationError',
    /'roleSessionName' .* less than or equal to 64/,
    { RoleSessionName: 'a'.repeat(65) },
  ],
  [
    'a session name with a slash',
    'ValidationError',
    /'roleSessionName' .* regular expression/,
    { RoleSessionName: 'a/b' },
  ],
  [
    'an external id of 1 character',
    'ValidationError',
    /'externalId' .* greater than or equal to 2/,
    { ExternalId: 'a' },
  ],
  [
    'an external id of 1225 characters',
    'ValidationError',
    /'externalId' .* less than or equal to 1224/,
    { ExternalId: 'a'.repeat(1225) },
  ],
  [
    'an external id with a space',
    'ValidationError',
    /'externalId' .* regular expression/,
    { ExternalId: 'a b' },
  ],
  [
    'a source identity of 65 characters',
    'ValidationError',
    /'sourceIdentity'/,
    { SourceIdentity: 'a'.repeat(65) },
  ],
  [
    'a source identity with a colon',
    'ValidationError',
    /'sourceIdentity'/,
    { SourceIdentity: 'aws:me' },
  ],
  [
    '899 seconds',
    'ValidationError',
    /'durationSeconds' .* greater than or equal to 900/,
    { DurationSeconds: 899 },
  ],
  [
    '43201 seconds',
    'ValidationError',
    /'durationSeconds' .* less than or equal to 43200/,
    { DurationSeconds: 43_201 },
  ],
  [
    'a role ARN that is none',
    'ValidationError',
    /is invalid$/,
    { RoleArn: 'arn:aws:iam::222222222222:user/somebody' },
  ],
  [
    'a role of another partition',
    'ValidationError',
    /^Request ARN is invalid$/,
    { RoleArn: 'arn:aws-cn:iam::222222222222:role/reports-reader' },
  ],
]

for (const [what, code, message, input] of OUTSIDE)
  test(`refuses ${what}`, async () => {
    const refusal = await refusalOf(stage.assume(base, input))
    assert.deepEqual([refusal.name, refusal.status], [code, 400])
    assert.match(refusal.message, message)
  })

test('names all parameters that are wrong at once', async () => {
  const refusal = await refusalOf(
    stage.assume(base, { RoleSessionName: 'a', ExternalId: '', DurationSeconds: 1 }),
  )
  assert.match(
    refusal.message,
    /^3 validation errors detected: .*roleSessionName.*externalId.*durationSeconds/,
  )
})
