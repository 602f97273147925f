/** CloudTrail's event history as its own SDK reads it. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail'
import { GetObjectCommand, ListBucketsCommand } from '@aws-sdk/client-s3'
import { GetCallerIdentityCommand, type Credentials } from '@aws-sdk/client-sts'
import { READER, readExample, refusalOf, startStage, toIdentity, type Stage } from './stage.ts'

const ANA = { AccessKeyId: 'AKIAAAAAAAAAAAAAAAAA', SecretAccessKey: 'secret-of-ana' }
const BEN = { AccessKeyId: 'AKIABBBBBBBBBBBBBBBB', SecretAccessKey: 'secret-of-ben' }

function withUsers(): unknown {
  const world = readExample() as { awsAccounts: Record<string, object> }
  const toUser = ({ AccessKeyId, SecretAccessKey }: typeof ANA, Action: string) => ({
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    permissionPolicies: [
      { Version: '2012-10-17', Statement: { Effect: 'Allow', Action, Resource: '*' } },
    ],
  })
  const add = (id: string, users: object) => {
    world.awsAccounts[id] = { ...world.awsAccounts[id], users }
  }
  add('111111111111', { ana: toUser(ANA, 'cloudtrail:LookupEvents') })
  add('222222222222', {
    ben: toUser(BEN, 'cloudtrail:LookupEvents'),
    cleo: toUser(
      { AccessKeyId: 'AKIACCCCCCCCCCCCCCCC', SecretAccessKey: 'secret-of-cleo' },
      's3:*',
    ),
  })
  return world
}

const IDENTITIES = {
  LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'GetCallerIdentity' }],
}

let stage: Stage

before(async () => {
  stage = await startStage(withUsers())
  const reader = await stage.assume(await stage.assumeBase(), { RoleArn: READER })
  await stage.s3(reader, 'eu-west-1').send(new ListBucketsCommand({}))
  const missing = { Bucket: 'reports-222222222222', Key: 'none' }
  await refusalOf(stage.s3(reader, 'eu-west-1').send(new GetObjectCommand(missing)))
  for (const _ of [1, 2]) await stage.sts(reader).send(new GetCallerIdentityCommand({}))
})

after(() => stage.stop())

async function lookUp(credentials: Partial<Credentials>, input: object = {}, region = 'eu-west-1') {
  const client = new CloudTrailClient({
    endpoint: stage.aws.url,
    region,
    credentials: toIdentity(credentials as Credentials),
    maxAttempts: 1,
  })
  const { Events = [], NextToken } = await client.send(new LookupEventsCommand(input))
  return { names: Events.map(({ EventName }) => EventName), Events, NextToken }
}

test('a role that is assumed from another AWS account is in the history of both, the newest first', async () => {
  const { names: own } = await lookUp(ANA)
  assert.deepEqual(own, ['AssumeRole'])
  const { names: other } = await lookUp(BEN)
  assert.deepEqual(other, ['GetCallerIdentity', 'GetCallerIdentity', 'ListBuckets', 'AssumeRole'])
})

test('an event is the whole record, with whole seconds and no secret', async () => {
  const { Events } = await lookUp(BEN, IDENTITIES)
  const [event] = Events
  const record = JSON.parse(event?.CloudTrailEvent ?? '') as Record<string, string>
  assert.match(record['eventTime'] ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  assert.equal(event?.Username, 'reports.pod')
})

test('the history is of one region, and comes in pages', async () => {
  // The call without a signature names no region; on the one port that is us-east-1.
  assert.deepEqual((await lookUp(ANA, {}, 'us-east-1')).names, ['AssumeRoleWithWebIdentity'])
  assert.deepEqual((await lookUp(BEN, {}, 'us-east-1')).names, [])
  const first = await lookUp(BEN, { ...IDENTITIES, MaxResults: 1 })
  const second = await lookUp(BEN, { ...IDENTITIES, MaxResults: 1, NextToken: first.NextToken })
  assert.deepEqual([...first.names, ...second.names], ['GetCallerIdentity', 'GetCallerIdentity'])
  assert.notEqual(first.Events[0]?.EventId, second.Events[0]?.EventId)
  assert.equal(second.NextToken, undefined)
})

test('nothing is told of what was before the start, or to whom it is not allowed', async () => {
  assert.deepEqual((await lookUp(ANA, { StartTime: new Date(Date.now() + 60_000) })).names, [])
  const cleo = { AccessKeyId: 'AKIACCCCCCCCCCCCCCCC', SecretAccessKey: 'secret-of-cleo' }
  assert.equal((await refusalOf(lookUp(cleo))).name, 'AccessDeniedException')
})
