import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Hop } from '../../../../sidecar/contract.ts'
import {
  accountIdOf,
  isSessionOf,
  type StsInput,
  toBaseKey,
  toChainKey,
  toStsInput,
  toStsRegion,
} from '../../../../sidecar/core/chain/chain.ts'
import { hashText } from '../../../../sidecar/io/sts/hash.ts'

const context = {
  sessionName: '{namespace}.{pod}',
  placeholders: { '{namespace}': 'team-a', '{pod}': 'nightly' },
}
const roleArn = 'arn:aws:iam::222222222222:role/reports-reader'

function inputOf(hop: Partial<Hop>): StsInput {
  const rendered = toStsInput({ roleArn, ...hop }, context, hashText)
  assert.equal(rendered.kind, 'input')
  return rendered.input
}

/** Why the hop of a pod of this name is not sent. */
const invalid = (hop: Partial<Hop>, name: string) => {
  const rendered = toStsInput(
    { roleArn, ...hop },
    { sessionName: 'nightly', placeholders: { '{pod}': name } },
    hashText,
  )
  return rendered.kind === 'invalid' ? [rendered.code, rendered.detail] : rendered.kind
}

describe('what is sent for a hop', () => {
  it('is role, session name and an hour when the hop says nothing else', () => {
    assert.deepEqual(inputOf({}), {
      RoleArn: roleArn,
      RoleSessionName: 'team-a.nightly',
      DurationSeconds: 3600,
    })
  })

  for (const [what, hop, sent] of [
    ['an external id', { externalId: 'x1' }, { ExternalId: 'x1' }],
    ['a duration', { durationSeconds: 900 }, { DurationSeconds: 900 }],
    ['a session policy', { sessionPolicy: '{}' }, { Policy: '{}' }],
    ['a rendered source identity', { sourceIdentity: '{pod}' }, { SourceIdentity: 'nightly' }],
    [
      'tags with rendered values',
      { sessionTags: [{ key: 'team', value: 'of {namespace}' }] },
      { Tags: [{ Key: 'team', Value: 'of team-a' }] },
    ],
    [
      'transitive tags',
      {
        sessionTags: [
          { key: 'team', value: 'a', isTransitive: true },
          { key: 'app', value: 'b' },
        ],
      },
      {
        Tags: [
          { Key: 'team', Value: 'a' },
          { Key: 'app', Value: 'b' },
        ],
        TransitiveTagKeys: ['team'],
      },
    ],
    ['no tags for an empty list', { sessionTags: [] }, {}],
  ] as const) {
    it(`has ${what}`, () => assert.deepEqual(inputOf(hop), { ...inputOf({}), ...sent }))
  }

  it('has a session name that is too long cut, since it is only a name', () => {
    const long = toStsInput({ roleArn }, { ...context, sessionName: 'x'.repeat(65) }, hashText)
    assert.equal(long.kind === 'input' && long.input.RoleSessionName.length, 64)
  })

  it('is nothing rather than have another identity, or another value of a tag, than the one that is asked for', () => {
    const identity = { sourceIdentity: 'ci-{pod}' }
    assert.equal(invalid(identity, 'x'.repeat(61)), 'input')
    assert.deepEqual(invalid(identity, 'x'.repeat(62)), [
      'source_identity_invalid',
      `"ci-${'x'.repeat(62)}" (65 characters)`,
    ])
    const tags = { sessionTags: [{ key: 'from', value: 'a b/{pod}:{pod}' }] }
    assert.equal(invalid(tags, 'x'.repeat(125)), 'input')
    assert.deepEqual(invalid(tags, 'x'.repeat(126)), [
      'session_tag_invalid',
      `tag from: "a b/${'x'.repeat(75)}…" (257 characters)`,
    ])
    const other = { sessionTags: [{ key: 'from', value: 'é!{pod}' }] }
    assert.deepEqual(invalid(other, 'a'), ['session_tag_invalid', 'tag from: "é!a" (3 characters)'])
  })

  it('is nothing when a template gives a name that STS does not take', () => {
    const hop = { roleArn }
    const spaced = { ...context, sessionName: '{pod} x' }
    assert.deepEqual(toStsInput(hop, spaced, hashText), {
      kind: 'invalid',
      code: 'session_name_invalid',
      detail: '"nightly x" (9 characters)',
    })
    const rendered = toStsInput({ roleArn, sourceIdentity: 'a' }, context, hashText)
    assert.equal(rendered.kind === 'invalid' && rendered.code, 'source_identity_invalid')
  })
})

describe('the key of a chain', () => {
  const base: Hop = { roleArn: 'arn:aws:iam::111111111111:role/cluster-base' }
  const chain: readonly Hop[] = [base, { roleArn }]
  const key = toChainKey(chain, context)

  it('is the same for the same chain, name and pod, however the placeholders are ordered', () => {
    const placeholders = { '{pod}': 'nightly', '{namespace}': 'team-a' }
    assert.equal(toChainKey(chain, { ...context, placeholders }), key)
  })

  for (const [what, other] of [
    ['another role', toChainKey([base, { roleArn: `${roleArn}2` }], context)],
    ['a setting of a hop', toChainKey([base, { roleArn, externalId: 'x' }], context)],
    ['another order', toChainKey(chain.toReversed(), context)],
    ['another session name', toChainKey(chain, { ...context, sessionName: 'x1' })],
    ['another pod', toChainKey(chain, { ...context, placeholders: { '{pod}': 'x' } })],
  ] as const) {
    it(`differs with ${what}`, () => assert.notEqual(other, key))
  }

  it('of a base session is shared by equal first hops, and there is none for a chain of one', () => {
    const other = { chain: [base, { roleArn: `${roleArn}2` }] }
    assert.equal(toBaseKey({ chain }, context), toBaseKey(other, context))
    assert.equal(toBaseKey({ chain: [base] }, context), undefined)
  })
})

describe('the region of STS', () => {
  for (const [partition, region, expected] of [
    ['aws', 'eu-west-1', 'eu-west-1'],
    ['aws', undefined, 'us-east-1'],
    ['aws', '', 'us-east-1'],
    ['aws', 'cn-north-1', 'us-east-1'],
    ['aws', 'us-gov-east-1', 'us-east-1'],
    ['aws', 'xx-new-9', 'xx-new-9'],
    ['aws-cn', 'cn-northwest-1', 'cn-northwest-1'],
    ['aws-cn', 'eu-west-1', 'cn-north-1'],
    ['aws-cn', undefined, 'cn-north-1'],
    ['aws-us-gov', 'us-gov-east-1', 'us-gov-east-1'],
    ['aws-us-gov', 'us-east-1', 'us-gov-west-1'],
    ['aws-us-gov', undefined, 'us-gov-west-1'],
    ['aws-iso', 'us-iso-west-1', 'us-iso-west-1'],
    ['aws-iso', undefined, 'us-iso-east-1'],
    ['aws-iso-b', 'us-iso-west-1', 'us-isob-east-1'],
    ['aws-iso-e', undefined, 'eu-isoe-west-1'],
    ['aws-iso-f', undefined, 'us-isof-south-1'],
    ['aws-eusc', 'eu-central-1', 'eusc-de-east-1'],
  ] as const) {
    it(`is ${expected} for a role of ${partition} where the region is ${region ?? 'unknown'}`, () => {
      assert.equal(toStsRegion(`arn:${partition}:iam::222222222222:role/r`, region), expected)
    })
  }
})

describe('the identity in an answer', () => {
  const input = { RoleArn: roleArn, RoleSessionName: 'team-a.nightly', DurationSeconds: 3600 }
  const answered = 'arn:aws:sts::222222222222:assumed-role/reports-reader/team-a.nightly'

  it('is the one asked for when AWS account, role name and session name are', () => {
    assert.equal(isSessionOf(answered, input), true)
    assert.equal(accountIdOf(answered), '222222222222')
  })

  it('is without the path of the role', () => {
    const RoleArn = 'arn:aws:iam::222222222222:role/teams/a/reports-reader'
    assert.equal(isSessionOf(answered, { ...input, RoleArn }), true)
  })

  for (const [what, arn] of [
    ['AWS account', answered.replace('222222222222', '333333333333')],
    ['role', answered.replace('reports-reader', 'reports-writer')],
    ['longer role name', answered.replace('reports-reader', 'reports-reader2')],
    ['case of the role', answered.replace('reports-reader', 'Reports-Reader')],
    ['session name', `${answered}2`],
    ['partition', answered.replace('arn:aws:', 'arn:aws-cn:')],
    ['kind', 'arn:aws:iam::222222222222:user/reports-reader'],
    ['form', ''],
  ] as const) {
    it(`is refused with another ${what}`, () => assert.equal(isSessionOf(arn, input), false))
  }
})
