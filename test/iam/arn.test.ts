/** ARNs and partitions. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  accountOf,
  parseRoleArn,
  toAccountArn,
  toProviderArn,
  toRoleArn,
  toSessionArn,
} from '../../iam/arn.ts'
import { PARTITION_NAMES, partitionOfRegion } from '../../iam/partition.ts'
import { partitionOf, PARTITIONS } from '../../sidecar/contract.ts'

const ROLE = { partition: 'aws-cn', accountId: '111111111111', path: '/a/b/', name: 'c.d@e' }

test('a role ARN is read and written alike', () => {
  const arn = 'arn:aws-cn:iam::111111111111:role/a/b/c.d@e'
  assert.deepEqual(parseRoleArn(arn), ROLE)
  assert.equal(toRoleArn(ROLE), arn)
  const short = 'arn:aws:iam::111111111111:role/x'
  assert.deepEqual(parseRoleArn(short), {
    partition: 'aws',
    accountId: '111111111111',
    path: '/',
    name: 'x',
  })
})

for (const text of [
  '',
  'reader',
  'arn:aws:iam::1111:role/x',
  'arn:aws:iam::111111111111:role/',
  'arn:aws:iam::111111111111:user/x',
  'arn:aws:sts::111111111111:assumed-role/x/y',
  'arn:aws:iam:eu-west-1:111111111111:role/x',
  'arn:aws:iam::111111111111:role/x y',
  ' arn:aws:iam::111111111111:role/x',
  'arn:aws:iam::111111111111:role/x\n',
])
  test(`${JSON.stringify(text)} is no role ARN`, () => {
    assert.equal(parseRoleArn(text), undefined)
  })

test('a session of a role has its name and no path', () => {
  assert.equal(toSessionArn(ROLE, 'pod'), 'arn:aws-cn:sts::111111111111:assumed-role/c.d@e/pod')
  assert.equal(toAccountArn(ROLE), 'arn:aws-cn:iam::111111111111:root')
  assert.equal(
    toProviderArn({ ...ROLE, name: 'oidc.example/id' }),
    'arn:aws-cn:iam::111111111111:oidc-provider/oidc.example/id',
  )
  assert.equal(accountOf(toRoleArn(ROLE)), '111111111111')
  assert.equal(accountOf('arn:aws:s3:::bucket'), '')
  assert.equal(accountOf('x'), '')
})

const REGIONS: readonly (readonly [string, string | undefined])[] = [
  ['eu-west-1', 'aws'],
  ['ap-southeast-7', 'aws'],
  ['cn-north-1', 'aws-cn'],
  ['us-gov-west-1', 'aws-us-gov'],
  ['us-iso-east-1', 'aws-iso'],
  ['us-isob-east-1', 'aws-iso-b'],
  ['eu-isoe-west-1', 'aws-iso-e'],
  ['us-isof-south-1', 'aws-iso-f'],
  ['eusc-de-east-1', 'aws-eusc'],
  ['', undefined],
  ['aws-global', undefined],
  ['eu-west', undefined],
  ['eu-west-1a', undefined],
  ['EU-WEST-1', undefined],
]

for (const [region, partition] of REGIONS)
  test(`${region === '' ? 'no region' : region} is in ${partition ?? 'no partition'}`, () => {
    assert.equal(partitionOfRegion(region), partition)
  })

test('every partition has a region above', () => {
  assert.deepEqual(
    PARTITION_NAMES.filter((name) => !REGIONS.some(([, partition]) => partition === name)),
    [],
  )
})

test('webhook and sidecar know the same partitions, by the same regions', () => {
  assert.deepEqual(PARTITIONS.map(({ name }) => name).toSorted(), [...PARTITION_NAMES].toSorted())
  for (const { name, defaultRegion } of PARTITIONS) {
    assert.equal(partitionOf(defaultRegion).name, name)
    assert.equal(partitionOfRegion(defaultRegion), name)
  }
})
