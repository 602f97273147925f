/** Stacks as CloudFormation's own SDK makes, watches and deletes them; what they made exists, and then does not. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  ListStacksCommand,
  waitUntilStackCreateComplete,
  waitUntilStackDeleteComplete,
} from '@aws-sdk/client-cloudformation'
import { DeleteObjectCommand, ListBucketsCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { AssumeRoleCommand, type Credentials } from '@aws-sdk/client-sts'
import { refusalOf, startStage, toIdentity, type Stage } from './stage.ts'

const KEYS = (letter: string): Credentials => ({
  AccessKeyId: `AKIA${letter.repeat(16)}`,
  SecretAccessKey: `secret-of-${letter}`,
  SessionToken: undefined,
  Expiration: undefined,
})
const ANA = KEYS('A')
const BEN = KEYS('B')

function allow(Action: string | string[], rest: object = { Resource: '*' }): object {
  return { Version: '2012-10-17', Statement: { Effect: 'Allow', Action, ...rest } }
}

function toUser({ AccessKeyId, SecretAccessKey }: Credentials, actions: string[]): object {
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    permissionPolicies: [allow(actions)],
  }
}

const WORLD = {
  awsAccounts: {
    '111111111111': {
      users: {
        ana: toUser(ANA, ['cloudformation:*', 'iam:*', 's3:*', 'sts:*']),
        ben: toUser(BEN, ['cloudformation:*', 'iam:CreateRole', 'iam:GetRole']),
      },
    },
  },
}

const role = (RoleName: string, principal: string, more: object = {}) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    RoleName,
    AssumeRolePolicyDocument: allow('sts:AssumeRole', { Principal: { AWS: principal } }),
    Policies: [{ PolicyName: 'lists', PolicyDocument: allow('s3:ListAllMyBuckets') }],
  },
  ...more,
})
const USER = 'arn:aws:iam::111111111111:user/ana'
const FIRST = 'arn:aws:iam::111111111111:role/first'
const bucket = { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'mine' } }

let stage: Stage

beforeEach(async () => {
  stage = await startStage(WORLD)
})

afterEach(() => stage.stop())

const WAIT = { maxWaitTime: 10, minDelay: 0.01, maxDelay: 0.01 }

function toClient(credentials: Credentials): CloudFormationClient {
  const { url: endpoint } = stage.aws
  return new CloudFormationClient({
    endpoint,
    region: 'us-east-1',
    credentials: toIdentity(credentials),
    maxAttempts: 1,
  })
}

function toInput(Resources: object, more: object = {}) {
  return {
    StackName: 'try',
    TemplateBody: JSON.stringify({ Resources }),
    Capabilities: ['CAPABILITY_NAMED_IAM' as const],
    ...more,
  }
}

async function create(client: CloudFormationClient, Resources: object): Promise<void> {
  await client.send(new CreateStackCommand(toInput(Resources)))
  await waitUntilStackCreateComplete({ client, ...WAIT }, { StackName: 'try' })
}

async function reasonOf(client: CloudFormationClient): Promise<string[]> {
  const { StackEvents = [] } = await client.send(
    new DescribeStackEventsCommand({ StackName: 'try' }),
  )
  return StackEvents.filter(({ LogicalResourceId }) => LogicalResourceId !== 'try').flatMap(
    ({ ResourceStatusReason: reason }) => (reason === undefined ? [] : [reason]),
  )
}

const assumeFirst = () =>
  stage.sts(ANA).send(new AssumeRoleCommand({ RoleArn: FIRST, RoleSessionName: 'me-myself' }))

test('a stack makes roles that are judged, and they are gone when it is deleted', async () => {
  const client = toClient(ANA)
  await create(client, { Bucket: bucket, First: role('first', USER) })
  const { Credentials: session } = await assumeFirst()
  assert.ok(session)
  const { Buckets } = await stage.s3(session).send(new ListBucketsCommand({}))
  assert.deepEqual(
    Buckets?.map(({ Name }) => Name),
    ['mine'],
  )

  await client.send(new DeleteStackCommand({ StackName: 'try' }))
  await waitUntilStackDeleteComplete({ client, ...WAIT }, { StackName: 'try' })
  assert.equal((await refusalOf(assumeFirst())).name, 'AccessDenied')
  const gone = await refusalOf(client.send(new DescribeStacksCommand({ StackName: 'try' })))
  assert.deepEqual(
    [gone.name, gone.message],
    ['ValidationError', 'Stack with id try does not exist'],
  )
  const { StackSummaries = [] } = await client.send(new ListStacksCommand({}))
  assert.deepEqual(
    StackSummaries.map(({ StackStatus }) => StackStatus),
    ['DELETE_COMPLETE'],
  )
  // A stack that does not exist is deleted already.
  await client.send(new DeleteStackCommand({ StackName: 'try' }))
})

test('a stack is under way until somebody looks', async () => {
  const client = toClient(ANA)
  await client.send(new CreateStackCommand(toInput({ Bucket: bucket })))
  const look = async () => {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: 'try' }))
    return Stacks?.[0]?.StackStatus
  }
  assert.deepEqual([await look(), await look()], ['CREATE_IN_PROGRESS', 'CREATE_COMPLETE'])
})

test('roles that trust one another are made in the order of DependsOn, and refused without', async () => {
  const client = toClient(ANA)
  const trusting = role('second', FIRST)
  await assert.rejects(create(client, { First: role('first', USER), Second: trusting }))
  assert.deepEqual(await reasonOf(client), [`Invalid principal in policy: "AWS":"${FIRST}"`])
  await client.send(new DeleteStackCommand({ StackName: 'try' }))
  await waitUntilStackDeleteComplete({ client, ...WAIT }, { StackName: 'try' })
  await create(client, { First: role('first', USER), Second: { ...trusting, DependsOn: 'First' } })
})

test('when a resource fails, those that were made are deleted, and the stack says why', async () => {
  const client = toClient(BEN)
  const plain = role('first', USER)
  const { Policies: _none, ...Properties } = plain.Properties
  await assert.rejects(
    create(client, { Bucket: bucket, First: { ...plain, Properties } }),
    /ROLLBACK/,
  )
  assert.match((await reasonOf(client)).at(-1) ?? '', /not authorized to perform: s3:CreateBucket/)
  // Ben may not delete what he may make.
  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: 'try' }))
  assert.equal(Stacks?.[0]?.StackStatus, 'ROLLBACK_FAILED')
})

test('a bucket with objects keeps its stack from being deleted', async () => {
  const client = toClient(ANA)
  await create(client, { Bucket: bucket })
  const place = { Bucket: 'mine', Key: 'a.txt' }
  await stage.s3(ANA).send(new PutObjectCommand({ ...place, Body: 'a' }))
  await client.send(new DeleteStackCommand({ StackName: 'try' }))
  await assert.rejects(waitUntilStackDeleteComplete({ client, ...WAIT }, { StackName: 'try' }))
  assert.deepEqual(await reasonOf(client), ['The bucket you tried to delete is not empty'])
  await stage.s3(ANA).send(new DeleteObjectCommand(place))
  await client.send(new DeleteStackCommand({ StackName: 'try' }))
  await waitUntilStackDeleteComplete({ client, ...WAIT }, { StackName: 'try' })
})

const REFUSED: readonly (readonly [string, object, string, RegExp])[] = [
  [
    'roles with names and no CAPABILITY_NAMED_IAM',
    toInput({ First: role('first', USER) }, { Capabilities: [] }),
    'InsufficientCapabilitiesException',
    /CAPABILITY_NAMED_IAM/,
  ],
  [
    'a type that it does not know',
    toInput({ Queue: { Type: 'AWS::SQS::Queue' } }),
    'ValidationError',
    /Unrecognized resource types: \[AWS::SQS::Queue\]/,
  ],
  [
    'a dependency that is not there',
    toInput({ Bucket: { ...bucket, DependsOn: 'Other' } }),
    'ValidationError',
    /Unresolved resource dependencies \[Other\]/,
  ],
  [
    'a property that it does not know',
    toInput({ Bucket: { ...bucket, Properties: { BucketName: 'mine', Colour: 'red' } } }),
    'ValidationError',
    /Colour/,
  ],
]

for (const [what, input, code, message] of REFUSED)
  test(`${what} is refused`, async () => {
    const command = new CreateStackCommand({ StackName: 'try', ...input })
    const refusal = await refusalOf(toClient(ANA).send(command))
    assert.equal(refusal.name, code)
    assert.match(refusal.message, message)
  })

test('a name that a stack has already is refused', async () => {
  const client = toClient(ANA)
  await create(client, { Bucket: bucket })
  const again = client.send(new CreateStackCommand(toInput({ Bucket: bucket })))
  assert.equal((await refusalOf(again)).name, 'AlreadyExistsException')
})
