/** Making a bucket in S3: who may, and under which names. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CreateBucketCommand, ListBucketsCommand } from '@aws-sdk/client-s3'
import type { Credentials } from '@aws-sdk/client-sts'
import { readExample, refusalOf, startStage, type Stage } from './stage.ts'

/** The example, whose base role may make buckets of two names. */
function withMaker(): unknown {
  const { awsAccounts } = structuredClone(readExample()) as {
    awsAccounts: Record<string, { roles: Record<string, { permissionPolicies: object[] }> }>
  }
  awsAccounts['111111111111']?.roles['cluster-base']?.permissionPolicies.push({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: 's3:CreateBucket',
        Resource: ['arn:aws:s3:::new', 'arn:aws:s3:::reports'],
      },
      { Effect: 'Allow', Action: 's3:ListAllMyBuckets', Resource: '*' },
    ],
  })
  return { awsAccounts }
}

let stage: Stage
let base: Credentials

before(async () => {
  stage = await startStage(withMaker())
  base = await stage.assumeBase()
})

after(() => stage.stop())

function make(Bucket: string) {
  return stage.s3(base).send(new CreateBucketCommand({ Bucket }))
}

test('makes a bucket for the AWS account of the caller, once', async () => {
  await make('new')
  const { Buckets = [] } = await stage.s3(base).send(new ListBucketsCommand({}))
  assert.deepEqual(
    Buckets.map(({ Name }) => Name),
    ['new'],
  )
  assert.equal((await refusalOf(make('new'))).status, 409)
})

test('refuses a name that the policy does not allow, and one that another AWS account has', async () => {
  const denied = await refusalOf(make('other'))
  assert.equal(denied.status, 403)
  assert.match(
    denied.message,
    /not authorized to perform: s3:CreateBucket on resource: "arn:aws:s3:::other"/,
  )
  assert.equal((await refusalOf(make('reports'))).status, 409)
})
