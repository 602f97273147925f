/** Conditions of trust policies: for each key a request that satisfies it and one that does not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toWebIdentityContext, type SessionRequest } from '../../../iam/assume-role.ts'
import { CALLER, decide, NEAR, NO_REQUEST, permits, SESSION, trusts } from './situation.ts'
import { decideWebIdentity } from '../../../stand-ins/aws/permissions.ts'
import { createWorld, roleOf, type Statements } from './world.ts'

/** A condition on a trust policy, a request that satisfies it, and one that does not. */
const CONDITIONS: readonly (readonly [
  string,
  object,
  Partial<SessionRequest>,
  Partial<SessionRequest>,
])[] = [
  [
    'sts:ExternalId',
    { StringEquals: { 'sts:ExternalId': 'secret-42' } },
    { externalId: 'secret-42' },
    { externalId: 'Secret-42' },
  ],
  [
    'sts:ExternalId that is needed',
    { StringEquals: { 'sts:ExternalId': 'x' } },
    { externalId: 'x' },
    {},
  ],
  [
    'sts:RoleSessionName',
    { StringLike: { 'sts:RoleSessionName': 'reports.*' } },
    { sessionName: 'reports.pod' },
    { sessionName: 'other.pod' },
  ],
  [
    'sts:SourceIdentity',
    { StringEquals: { 'sts:SourceIdentity': ['ana', 'ben'] } },
    { sourceIdentity: 'ben' },
    { sourceIdentity: 'eve' },
  ],
  [
    'aws:RequestTag',
    { StringEquals: { 'aws:RequestTag/Team': 'reports' } },
    { tags: [['team', 'reports']] },
    { tags: [['team', 'other']] },
  ],
  [
    'sts:TransitiveTagKeys',
    { 'ForAllValues:StringEquals': { 'sts:TransitiveTagKeys': ['team'] } },
    { transitiveTagKeys: ['team'] },
    { transitiveTagKeys: ['team', 'x'] },
  ],
  [
    'aws:TagKeys',
    { 'ForAnyValue:StringEquals': { 'aws:TagKeys': 'team' } },
    {
      tags: [
        ['team', 'a'],
        ['x', 'b'],
      ],
    },
    { tags: [['x', 'b']] },
  ],
  [
    'a missing key in StringEqualsIfExists',
    { StringEqualsIfExists: { 'sts:ExternalId': 'x' } },
    {},
    { externalId: 'yy' },
  ],
  [
    'a missing key in StringNotEquals',
    { StringNotEquals: { 'sts:ExternalId': 'xx' } },
    {},
    { externalId: 'xx' },
  ],
  ['Null', { Null: { 'sts:SourceIdentity': 'false' } }, { sourceIdentity: 'ana' }, {}],
]

for (const [what, Condition, right, wrong] of CONDITIONS)
  test(`a condition on ${what} holds for what it says only`, () => {
    const base = { trust: trusts({ AWS: CALLER }, { Condition }), permissions: permits() }
    assert.equal(decide({ ...base, request: right }), true)
    assert.equal(decide({ ...base, request: wrong }), false)
  })

function mayByPrincipal(operator: string, arn: string): boolean {
  const Condition = { [operator]: { 'aws:PrincipalArn': arn } }
  return decide({ trust: trusts('*', { Condition }), permissions: permits() })
}

test('aws:PrincipalArn is the ARN of the role, not of the session', () => {
  assert.equal(mayByPrincipal('ArnEquals', CALLER), true)
  assert.equal(mayByPrincipal('ArnLike', 'arn:aws:iam::*:role/call*'), true)
  assert.equal(mayByPrincipal('ArnLike', 'arn:aws:iam::*'), false)
  assert.equal(mayByPrincipal('ArnEquals', SESSION), false)
  assert.equal(mayByPrincipal('ArnNotLike', 'arn:aws:iam::111111111111:role/*'), false)
})

test('a web identity is let in by a Federated principal only, with its conditions', () => {
  const provider = 'arn:aws:iam::111111111111:oidc-provider/oidc.cluster.example'
  const may = (trust: Statements, subject = 'system:serviceaccount:a:b') => {
    const world = createWorld({ '111111111111': { target: { trust } } })
    const identity = {
      providerName: 'oidc.cluster.example',
      subject,
      audience: 'sts.amazonaws.com',
    }
    const context = toWebIdentityContext(identity, NO_REQUEST)
    const role = roleOf(world, NEAR)
    return decideWebIdentity(provider, { role, context }).outcome === 'allowed'
  }
  const federated = (more: object = {}) => trusts({ Federated: provider }, more)
  const subject = (operator: string, value: string) =>
    federated({ Condition: { [operator]: { 'oidc.cluster.example:sub': value } } })
  assert.equal(may(federated()), true)
  assert.equal(may(federated({ Action: 'sts:AssumeRole' })), false)
  assert.equal(may(trusts('*')), false)
  assert.equal(may(trusts({ Federated: `${provider}2` })), false)
  assert.equal(may(subject('StringEquals', 'system:serviceaccount:a:b')), true)
  assert.equal(may(subject('StringEquals', 'system:serviceaccount:a:*')), false)
  assert.equal(may(subject('StringLike', 'system:serviceaccount:a:*')), true)
  assert.equal(
    may(subject('StringLike', 'system:serviceaccount:a:*'), 'system:serviceaccount:ab:b'),
    false,
  )
  assert.equal(may([federated(), { ...federated(), Effect: 'Deny' }]), false)
})
