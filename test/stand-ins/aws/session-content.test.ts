/** Limits of what a session carries: tags and session policy, each by itself and packed together. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  type Credentials,
} from '@aws-sdk/client-sts'
import { READER, refusalOf, startStage, type Stage } from './stage.ts'

let stage: Stage
let base: Credentials

before(async () => {
  stage = await startStage()
  base = await stage.assumeBase()
})

after(() => stage.stop())

function tags(count: number, size = 1) {
  return Array.from({ length: count }, (_, index) => ({
    Key: `k${index}`,
    Value: 'v'.repeat(size),
  }))
}

function toPolicy(resource: string): string {
  return `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"${resource}"}}`
}

/** A session policy of just this length, most of it blanks, which need no room when it is packed. */
function policy(length: number): string {
  return toPolicy('*').padEnd(length)
}

/** What EKS Pod Identity attests of a pod. */
function podIdentityTags({ cluster, pod }: { cluster: string; pod: string }) {
  return Object.entries({
    'eks-cluster-arn': `arn:aws:eks:us-west-2:111111111111:cluster/${cluster}`,
    'eks-cluster-name': cluster,
    'kubernetes-namespace': 'app1',
    'kubernetes-service-account': 'default',
    'kubernetes-pod-name': pod,
    'kubernetes-pod-uid': '376f3cff-44fe-4a00-b9d4-970555f311d3',
  }).map(([Key, Value]) => ({ Key, Value }))
}

const SHORT_NAMES = { cluster: 'workshop-of-summer', pod: 'app1-v1-56b9f94b4-dvd5c' }
const LONG_NAMES = {
  cluster: 'company-production-eu-central-1-blue',
  pod: 'invoices-reporter-worker-56b9f94b4-dvd5c',
}

const INSIDE: readonly (readonly [string, Partial<AssumeRoleCommandInput>])[] = [
  ['50 tags', { Tags: tags(50) }],
  [
    'a tag key of 128 and a value of 256 characters',
    { Tags: [{ Key: 'k'.repeat(128), Value: 'v'.repeat(256) }] },
  ],
  ['an empty tag value', { Tags: [{ Key: 'k', Value: '' }] }],
  ['a session policy of 2048 characters', { Policy: policy(2048) }],
]

for (const [what, input] of INSIDE)
  test(`accepts ${what}`, async () => {
    await stage.assume(base, input)
  })

const OUTSIDE: readonly (readonly [string, string, RegExp, Partial<AssumeRoleCommandInput>])[] = [
  ['51 tags', 'ValidationError', /'tags' .* less than or equal to 50/, { Tags: tags(51) }],
  [
    'a tag key of 129 characters',
    'ValidationError',
    /'tags.member.key'/,
    { Tags: [{ Key: 'k'.repeat(129), Value: 'v' }] },
  ],
  [
    'a tag value of 257 characters',
    'ValidationError',
    /'tags.member.value'/,
    { Tags: [{ Key: 'k', Value: 'v'.repeat(257) }] },
  ],
  [
    'a tag value with a forbidden character',
    'ValidationError',
    /'tags.member.value'/,
    { Tags: [{ Key: 'k', Value: '#' }] },
  ],
  [
    'a tag key of AWS',
    'ValidationError',
    /may not begin with aws:/,
    { Tags: [{ Key: 'AWS:x', Value: 'v' }] },
  ],
  [
    'two tag keys that differ in case only',
    'InvalidParameterValue',
    /^Duplicate tag keys found/,
    {
      Tags: [
        { Key: 'Team', Value: 'a' },
        { Key: 'team', Value: 'b' },
      ],
    },
  ],
  [
    'a transitive key that is no tag',
    'InvalidParameterValue',
    /transitive tag key must be included/,
    { TransitiveTagKeys: ['team'] },
  ],
  [
    'a session policy of 2049 characters',
    'ValidationError',
    /'policy' .* less than or equal to 2048/,
    { Policy: policy(2049) },
  ],
  [
    'a session policy that is no JSON',
    'MalformedPolicyDocument',
    /not valid/,
    { Policy: 'Allow everything' },
  ],
  [
    'a session policy of another grammar',
    'MalformedPolicyDocument',
    /Effect/,
    { Policy: '{"Version":"2012-10-17","Statement":{"Effect":"allow"}}' },
  ],
  [
    'much that does not compress',
    'PackedPolicyTooLarge',
    /^Packed size of session tags consumes \d{3}% of allotted space\.$/,
    {
      Tags: Array.from({ length: 40 }, (_, index) => ({
        Key: `k${index}`,
        Value: randomBytes(40).toString('hex'),
      })),
    },
  ],
  [
    'much of the same',
    'PackedPolicyTooLarge',
    /^Packed size of session tags consumes 498% of allotted space\.$/,
    { Tags: tags(9, 250) },
  ],
  [
    'much in a session policy',
    'PackedPolicyTooLarge',
    /^Packed policy consumes \d{3}% of allotted space, please use smaller policy\.$/,
    { Policy: toPolicy('*'.repeat(600)) },
  ],
  [
    'the tags of Pod Identity beside a small policy and four tags of a user',
    'PackedPolicyTooLarge',
    /^Packed policy consumes 1\d\d% of allotted space/,
    {
      Tags: [...podIdentityTags(LONG_NAMES), ...tags(4, 20)],
      Policy: toPolicy('arn:aws:s3:::reports/*'),
    },
  ],
]

for (const [what, code, message, input] of OUTSIDE)
  test(`refuses ${what}`, async () => {
    const refusal = await refusalOf(stage.assume(base, input))
    assert.deepEqual([refusal.name, refusal.status], [code, 400])
    assert.match(refusal.message, message)
  })

const PACKED: readonly (readonly [string, number, Partial<AssumeRoleCommandInput>])[] = [
  ['the tags of Pod Identity, short names', 61, { Tags: podIdentityTags(SHORT_NAMES) }],
  ['the tags of Pod Identity, long names', 72, { Tags: podIdentityTags(LONG_NAMES) }],
  [
    'the policy of the API reference',
    6,
    {
      Policy:
        '{"Version":"2012-10-17","Statement":[{"Sid":"Stmt1","Effect":"Allow","Action":"s3:*","Resource":"*"}]}',
    },
  ],
]

for (const [what, percent, input] of PACKED)
  test(`says that ${what} use ${percent} % of the packed size`, async () => {
    const command = new AssumeRoleCommand({ RoleArn: READER, RoleSessionName: 'pod', ...input })
    assert.equal((await stage.sts(base).send(command)).PackedPolicySize, percent)
  })

test('says how much of the packed size is used, and nothing where nothing is packed', async () => {
  const client = stage.sts(base)
  const ask = (input: Partial<AssumeRoleCommandInput>) =>
    client.send(new AssumeRoleCommand({ RoleArn: READER, RoleSessionName: 'pod', ...input }))
  assert.equal((await ask({})).PackedPolicySize, undefined)
  const { PackedPolicySize = 0 } = await ask({ Tags: tags(10), Policy: policy(500) })
  assert.ok(PackedPolicySize > 1 && PackedPolicySize < 100)
})
