/** The configuration file: what IAM would not save is refused, every problem at once. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toWorld } from '../../../stand-ins/aws/configuration.ts'
import { readExample } from './stage.ts'
import { createWorld, roleOf, toConfiguration } from './world.ts'

const FEDERATED = {
  Effect: 'Allow',
  Principal: { Federated: 'arn:aws:iam::111111111111:oidc-provider/oidc.cluster.example' },
  Action: 'sts:AssumeRoleWithWebIdentity',
}

function refused(trust: object, permissions: object = []): string {
  try {
    toWorld(toConfiguration({ '111111111111': { target: { trust, permissions } } }))
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  throw new Error('The configuration should have been refused.')
}

test('the example is a world of two AWS accounts', () => {
  const world = toWorld(readExample())
  assert.deepEqual([...world.accounts.keys()], ['111111111111', '222222222222'])
  assert.equal(world.buckets.get('reports')?.ownerId, '222222222222')
})

test('partitions, paths and defaults become ARNs and limits', () => {
  const trustPolicy = { Version: '2012-10-17', Statement: [] }
  const world = toWorld({
    awsAccounts: {
      '444444444444': { partition: 'aws-cn', roles: { a: { path: '/x/y/', trustPolicy } } },
    },
  })
  const role = roleOf(world, 'arn:aws-cn:iam::444444444444:role/x/y/a')
  assert.equal(role.maxSessionDurationSeconds, 3600)
  assert.match(role.id, /^AROA[A-Z0-9]{17}$/)
})

const PRINCIPALS: readonly (readonly [string, unknown])[] = [
  ['a wildcard in an ARN', { AWS: 'arn:aws:iam::111111111111:role/*' }],
  ['a session by wildcard', { AWS: 'arn:aws:sts::111111111111:assumed-role/target/*' }],
  ['a short AWS account ID', { AWS: '1111' }],
  ['a provider without ARN', { Federated: 'oidc.cluster.example' }],
  ['a kind that is not there', { User: 'x' }],
  ['a SAML provider', { Federated: 'arn:aws:iam::111111111111:saml-provider/x' }],
]

for (const [what, Principal] of PRINCIPALS)
  test(`refuses a principal that is ${what}`, () => {
    assert.match(refused({ ...FEDERATED, Principal }), /Principal/)
  })

test('refuses a principal that is a role which does not exist', () => {
  const AWS = 'arn:aws:iam::111111111111:role/misspelt'
  assert.match(
    refused({ ...FEDERATED, Principal: { AWS } }),
    /invalid principal in policy: .*misspelt/,
  )
})

test('refuses what it would have to ignore', () => {
  const condition = (operator: string, key: string) => ({
    ...FEDERATED,
    Condition: { [operator]: { [key]: 'x' } },
  })
  assert.match(refused(condition('IpAddress', 'aws:SourceIp')), /IpAddress is not known/)
  assert.match(refused(condition('StringEquals', 'aws:SourceIp')), /aws:sourceip is not known/)
  assert.match(refused(condition('Numeric', 'sts:ExternalId')), /Numeric is not known/)
  assert.match(refused(condition('StringMatches', 'sts:ExternalId')), /StringMatches is not known/)
  assert.match(refused(condition('Null', 'sts:ExternalId')), /x is not a value/)
  assert.match(refused(condition('StringEquals', 'aws:TagKeys')), /several values/)
  assert.match(refused({ ...FEDERATED, Resource: '*' }), /Resource/)
  assert.match(refused({ ...FEDERATED, Principal: undefined }), /Principal/)
  assert.match(
    refused(FEDERATED, { Effect: 'Allow', Action: 's3:*' }),
    /one of Resource and NotResource/,
  )
  assert.match(
    refused(FEDERATED, { Effect: 'Allow', Principal: '*', Action: 's3:*', Resource: '*' }),
    /Principal/,
  )
})

test('refuses other versions, numbers out of range and strange names, all at once', () => {
  const trustPolicy = { Version: '2008-10-17', Statement: [] }
  assert.throws(
    () =>
      toWorld({
        awsAccounts: {
          '111111111111': {
            oidcProviders: [{ url: 'http://insecure.example:8080/', clientIds: [] }],
            roles: { 'a b': { trustPolicy }, ok: { trustPolicy, maxSessionDurationSeconds: 60 } },
            buckets: { UPPER: {} },
            extra: true,
          },
          '12': {},
        },
      }),
    ({ message }: Error) =>
      [
        'https URL',
        'clientIds',
        'a b',
        '2012-10-17',
        '3600',
        'UPPER',
        'extra',
        'awsAccounts.12',
      ].every((part) => message.includes(part) || assert.fail(`${part} is missing in ${message}`)),
  )
})

test('a role may stand in both AWS accounts under one name', () => {
  const world = createWorld({
    '111111111111': { same: { trust: [] } },
    '222222222222': { same: { trust: [] } },
  })
  assert.notEqual(
    roleOf(world, 'arn:aws:iam::111111111111:role/same').id,
    roleOf(world, 'arn:aws:iam::222222222222:role/same').id,
  )
})
