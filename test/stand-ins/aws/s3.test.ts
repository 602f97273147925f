/** S3 with the real SDK: what the target role may do, and what nobody may. */
import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { after, before, test } from 'node:test'
import {
  DeleteBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import type { Credentials } from '@aws-sdk/client-sts'
import { readExample, refusalOf, startStage, type Stage } from './stage.ts'

const KEY = '2026/november.txt'
const REPORT = { Bucket: 'reports', Key: KEY }

const FURTHER = {
  '222222222222': {
    roles: {
      'blind-reader': withPermissions(
        { Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject'], Resource: 'arn:aws:s3:::*/*' },
        { Effect: 'Deny', Action: 's3:*', Resource: 'arn:aws:s3:::reports/secret/*' },
      ),
      'prefix-reader': withPermissions({
        Effect: 'Allow',
        Action: 's3:ListBucket',
        Resource: 'arn:aws:s3:::reports',
        Condition: { StringLike: { 's3:prefix': '2026/*' } },
      }),
    },
    buckets: { ireland: { region: 'eu-west-1', objects: { 'a b+c/ü.txt': 'odd name' } } },
  },
  '333333333333': { buckets: { foreign: { objects: { 'x.txt': 'not yours' } } } },
}

function withPermissions(...Statement: Record<string, unknown>[]) {
  return {
    trustPolicy: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: 'arn:aws:iam::111111111111:role/cluster-base' },
          Action: 'sts:AssumeRole',
        },
      ],
    },
    permissionPolicies: [{ Version: '2012-10-17', Statement }],
  }
}

function extendExample(): unknown {
  const { awsAccounts } = structuredClone(readExample()) as {
    awsAccounts: Record<string, { roles?: object; buckets?: object }>
  }
  for (const [id, more] of Object.entries<{ roles?: object; buckets?: object }>(FURTHER)) {
    const own = awsAccounts[id] ?? {}
    awsAccounts[id] = {
      roles: { ...own.roles, ...more.roles },
      buckets: { ...own.buckets, ...more.buckets },
    }
  }
  return { awsAccounts }
}

let stage: Stage
let base: Credentials
let reader: Credentials
let blind: Credentials

before(async () => {
  stage = await startStage(extendExample())
  base = await stage.assumeBase()
  reader = await stage.assume(base, {})
  blind = await stage.assume(base, { RoleArn: 'arn:aws:iam::222222222222:role/blind-reader' })
})

after(() => stage.stop())

async function readText(credentials: Credentials, key: string, bucket = 'reports') {
  const region = bucket === 'ireland' ? 'eu-west-1' : 'us-east-1'
  const command = new GetObjectCommand({ Bucket: bucket, Key: key })
  return (await stage.s3(credentials, region).send(command)).Body?.transformToString()
}

test('lists the buckets of the AWS account of the caller and no others', async () => {
  const { Buckets = [] } = await stage.s3(reader).send(new ListBucketsCommand({}))
  assert.deepEqual(
    Buckets.map(({ Name }) => Name),
    ['reports', 'ireland'],
  )
})

test('lists and gets the objects that the role may read', async () => {
  const { Contents = [] } = await stage
    .s3(reader)
    .send(new ListObjectsV2Command({ Bucket: 'reports', Prefix: '2026/' }))
  assert.deepEqual(
    Contents.map(({ Key, Size }) => [Key, Size]),
    [[KEY, 27]],
  )
  assert.equal(await readText(reader, KEY), 'Visitors in November: 4711\n')
  assert.equal((await stage.s3(reader).send(new HeadObjectCommand(REPORT))).ContentLength, 27)
})

test('keeps what is put, from a buffer and from a stream, under keys with odd characters', async () => {
  const client = stage.s3(blind)
  for (const [key, Body] of [
    ['plain.txt', 'text'],
    ['with space+plus/ünïcode (1)!*.txt', Buffer.from('text')],
    ['stream.txt', Readable.from([Buffer.from('te'), Buffer.from('xt')])],
  ] as const) {
    await client.send(new PutObjectCommand({ Bucket: 'reports', Key: key, Body, ContentLength: 4 }))
    assert.equal(await readText(blind, key), 'text')
  }
  assert.equal(await readText(blind, 'a b+c/ü.txt', 'ireland'), 'odd name')
})

test('what the role may not do is denied, also where its caller could', async () => {
  const put = new PutObjectCommand({ ...REPORT, Body: 'x' })
  const list = new ListObjectsV2Command({ Bucket: 'reports' })
  const cases = [
    ['base role lists', () => stage.s3(base).send(new ListBucketsCommand({}))],
    ['reader puts', () => stage.s3(reader).send(put)],
    ['blind lists', () => stage.s3(blind).send(list)],
    ['explicit deny', () => readText(blind, 'secret/x')],
    ['other AWS account', () => readText(blind, 'x.txt', 'foreign')],
  ] as const
  for (const [what, call] of cases) {
    const { name, status } = await refusalOf(call())
    assert.deepEqual([name, status], ['AccessDenied', 403], what)
  }
})

test('a missing object is a 404 only for those who may list the bucket', async () => {
  assert.equal((await refusalOf(readText(reader, 'none.txt'))).name, 'NoSuchKey')
  assert.equal((await refusalOf(readText(blind, 'none.txt'))).name, 'AccessDenied')
  assert.equal(
    (await refusalOf(readText(reader, 'none.txt', 'no-such-bucket'))).name,
    'NoSuchBucket',
  )
})

test('conditions on the prefix hold for listing', async () => {
  const RoleArn = 'arn:aws:iam::222222222222:role/prefix-reader'
  const client = stage.s3(await stage.assume(base, { RoleArn }))
  const list = (Prefix?: string) =>
    client.send(new ListObjectsV2Command({ Bucket: 'reports', ...(Prefix && { Prefix }) }))
  assert.equal((await list('2026/nov')).KeyCount, 1)
  assert.equal((await refusalOf(list())).name, 'AccessDenied')
  assert.equal((await refusalOf(list('2025/'))).name, 'AccessDenied')
})

test('a session policy narrows the role and never widens it', async () => {
  const narrow = (Action: string) =>
    stage.assume(base, {
      Policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action, Resource: '*' }],
      }),
    })
  const listing = await narrow('s3:ListAllMyBuckets')
  await stage.s3(listing).send(new ListBucketsCommand({}))
  assert.equal((await refusalOf(readText(listing, KEY))).name, 'AccessDenied')
  const writing = await narrow('s3:PutObject')
  const put = stage.s3(writing).send(new PutObjectCommand({ ...REPORT, Body: 'x' }))
  assert.equal((await refusalOf(put)).name, 'AccessDenied')
})

test('a request signed for another region than that of the bucket is refused', async () => {
  const { name, message } = await refusalOf(
    stage.s3(blind, 'us-east-1').send(new GetObjectCommand({ Bucket: 'ireland', Key: 'x' })),
  )
  assert.equal(name, 'AuthorizationHeaderMalformed')
  assert.match(message, /'us-east-1' is wrong; expecting 'eu-west-1'/)
})

test('operations that are not there say so, instead of doing something else', async () => {
  assert.equal((await refusalOf(stage.s3(blind).send(new DeleteBucketCommand(REPORT)))).status, 501)
})

test('anonymous and unknown callers get the codes of S3', async () => {
  const anonymous = await fetch(`${stage.aws.url}/reports/${KEY}`)
  assert.equal(anonymous.status, 403)
  assert.match(await anonymous.text(), /<Code>AccessDenied<\/Code>/)
  const unknown = { ...reader, AccessKeyId: 'ASIAAAAAAAAAAAAAAAAA' }
  assert.equal((await refusalOf(readText(unknown, KEY))).name, 'InvalidAccessKeyId')
  const swapped = { ...reader, SessionToken: base.SessionToken }
  assert.equal((await refusalOf(readText(swapped, KEY))).name, 'InvalidToken')
  const wrong = { ...reader, SecretAccessKey: 'wrong' }
  assert.equal((await refusalOf(readText(wrong, KEY))).name, 'SignatureDoesNotMatch')
})

test('the bucket may stand in the host, as in virtual-hosted requests', async () => {
  const client = stage.s3(reader)
  client.middlewareStack.add(
    (next) => (input) => {
      const request = input.request as { path: string; headers: Record<string, string> }
      request.path = request.path.replace('/reports', '')
      request.headers['host'] = 'reports.localhost'
      return next(input)
    },
    { step: 'build' },
  )
  const { Body } = await client.send(new GetObjectCommand(REPORT))
  assert.equal(await Body?.transformToString(), 'Visitors in November: 4711\n')
})

test('lists folders by a delimiter', async () => {
  const input = { Bucket: 'reports', Prefix: '2', Delimiter: '/' }
  const { CommonPrefixes, Contents, KeyCount } = await stage
    .s3(reader)
    .send(new ListObjectsV2Command(input))
  assert.deepEqual([CommonPrefixes, Contents, KeyCount], [[{ Prefix: '2026/' }], undefined, 1])
})
