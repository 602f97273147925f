/** IAM users as callers: their keys, what they may do, which roles they may assume, and how the trail calls them. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { ListBucketsCommand } from '@aws-sdk/client-s3'
import { AssumeRoleCommand, GetCallerIdentityCommand, type Credentials } from '@aws-sdk/client-sts'
import { refusalOf, startStage, type Stage } from './stage.ts'

const ANA: Credentials = {
  AccessKeyId: 'AKIAAAAAAAAAAAAAAAAA',
  SecretAccessKey: 'secret-of-ana',
  SessionToken: undefined,
  Expiration: undefined,
}
const USER = 'arn:aws:iam::111111111111:user/ana'

function allow(Action: string, rest: object): object {
  return { Version: '2012-10-17', Statement: { Effect: 'Allow', Action, ...rest } }
}

const WORLD = {
  awsAccounts: {
    '111111111111': {
      users: {
        ana: {
          accessKeyId: ANA.AccessKeyId,
          secretAccessKey: ANA.SecretAccessKey,
          permissionPolicies: [allow('s3:ListAllMyBuckets', { Resource: '*' })],
        },
      },
      roles: {
        named: { trustPolicy: allow('sts:AssumeRole', { Principal: { AWS: USER } }) },
        delegated: { trustPolicy: allow('sts:AssumeRole', { Principal: { AWS: '111111111111' } }) },
        long: {
          maxSessionDurationSeconds: 43_200,
          trustPolicy: allow('sts:AssumeRole', { Principal: { AWS: USER } }),
        },
      },
      buckets: { own: {} },
    },
    '222222222222': {
      roles: { far: { trustPolicy: allow('sts:AssumeRole', { Principal: { AWS: USER } }) } },
    },
  },
}

let stage: Stage

before(async () => {
  stage = await startStage(WORLD)
})

after(() => stage.stop())

beforeEach(() => {
  stage.aws.clearTrail()
})

test('a user is who it is, and the trail calls it an IAM user', async () => {
  const { Arn, Account, UserId } = await stage.sts(ANA).send(new GetCallerIdentityCommand({}))
  assert.deepEqual([Arn, Account], [USER, '111111111111'])
  assert.match(UserId ?? '', /^AIDA[A-Z0-9]{17}$/)
  const { type, userName, arn } = stage.aws.trail()[0]?.userIdentity ?? {}
  assert.deepEqual([type, userName, arn], ['IAMUser', 'ana', USER])
})

test('a user may do what its policies allow', async () => {
  const { Buckets } = await stage.s3(ANA).send(new ListBucketsCommand({}))
  assert.deepEqual(
    Buckets?.map(({ Name }) => Name),
    ['own'],
  )
})

test('the secret counts', async () => {
  const call = stage
    .sts({ ...ANA, SecretAccessKey: 'another' })
    .send(new GetCallerIdentityCommand({}))
  assert.equal((await refusalOf(call)).name, 'SignatureDoesNotMatch')
})

/** What a user with no permission for sts:AssumeRole gets. */
const ROLES: readonly (readonly [string, string, boolean])[] = [
  ['names it, in its own AWS account', 'arn:aws:iam::111111111111:role/named', true],
  ['names its AWS account only', 'arn:aws:iam::111111111111:role/delegated', false],
  ['names it, in another AWS account', 'arn:aws:iam::222222222222:role/far', false],
]

for (const [what, RoleArn, isAllowed] of ROLES)
  test(`a role whose trust policy ${what} is ${isAllowed ? 'given' : 'refused'}`, async () => {
    const call = stage.sts(ANA).send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'ana' }))
    if (isAllowed) assert.ok((await call).Credentials)
    else assert.equal((await refusalOf(call)).name, 'AccessDenied')
  })

test('is not role chaining: the session may be as long as the role allows', async () => {
  const { Credentials: session } = await stage.sts(ANA).send(
    new AssumeRoleCommand({
      RoleArn: 'arn:aws:iam::111111111111:role/long',
      RoleSessionName: 'ana',
      DurationSeconds: 43_200,
    }),
  )
  assert.ok(session)
})
