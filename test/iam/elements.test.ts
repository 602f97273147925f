/** The elements of a statement: IAM's rules, one a row. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Outcome } from '../../iam/decision.ts'
import { CALLER, decide, FAR, NEAR, permits, trusts, type Situation } from './documents.ts'

const DENY = { Effect: 'Deny' }
const TRUSTED = { trust: trusts({ AWS: CALLER }), identity: permits() }
const where = (Condition: object) => trusts({ AWS: CALLER }, { Condition })

const ROWS: readonly (readonly [rule: string, Situation, Outcome])[] = [
  [
    'actions have no case',
    { ...TRUSTED, identity: permits({ Action: 'STS:assumeROLE' }) },
    'allowed',
  ],
  [
    'actions have wildcards',
    { ...TRUSTED, identity: permits({ Action: 'sts:Assume?ole' }) },
    'allowed',
  ],
  [
    'an action is the whole of it',
    { ...TRUSTED, identity: permits({ Action: 'sts:AssumeRoleWith*' }) },
    'refused',
  ],
  [
    'NotAction means all others',
    { ...TRUSTED, identity: permits({ Action: undefined, NotAction: ['s3:*', 'sts:TagSession'] }) },
    'allowed',
  ],
  [
    'NotAction leaves out what it lists',
    { ...TRUSTED, identity: permits({ Action: undefined, NotAction: 'sts:assume*' }) },
    'refused',
  ],
  [
    'a deny of NotAction denies all others',
    {
      ...TRUSTED,
      identity: [permits(), permits({ ...DENY, Action: undefined, NotAction: 's3:*' })],
    },
    'refused',
  ],
  [
    'NotAction works in trust policies too',
    {
      ...TRUSTED,
      trust: trusts({ AWS: CALLER }, { Action: undefined, NotAction: 'sts:AssumeRole' }),
    },
    'refused',
  ],

  [
    'a resource is compared with case',
    { ...TRUSTED, identity: permits({ Resource: FAR.replace('target', 'Target') }) },
    'refused',
  ],
  [
    'NotResource means all others',
    { ...TRUSTED, identity: permits({ Resource: undefined, NotResource: NEAR }) },
    'allowed',
  ],
  [
    'NotResource leaves out what it lists',
    { ...TRUSTED, identity: permits({ Resource: undefined, NotResource: FAR }) },
    'refused',
  ],
  [
    'a star that ends a part reaches over colons',
    { ...TRUSTED, identity: permits({ Resource: 'arn:aws:iam::*' }) },
    'allowed',
  ],
  [
    'a variable in a resource is filled',
    {
      ...TRUSTED,
      tags: [['job', 'target']],
      identity: permits({ Resource: 'arn:aws:iam::222222222222:role/${aws:PrincipalTag/Job}' }),
    },
    'allowed',
  ],
  [
    'a variable without a value means no resource',
    { ...TRUSTED, identity: permits({ Resource: '${aws:PrincipalTag/job}*' }) },
    'refused',
  ],
  [
    'nor does it leave everything to NotResource',
    {
      ...TRUSTED,
      identity: permits({ Resource: undefined, NotResource: 'x${aws:PrincipalTag/job}' }),
    },
    'undecided',
  ],
  [
    'older documents have no variables',
    {
      ...TRUSTED,
      version: '2008-10-17',
      tags: [['job', 'target']],
      identity: permits({ Resource: '*${aws:PrincipalTag/Job}' }),
    },
    'refused',
  ],
  [
    'there ${ is text',
    {
      ...TRUSTED,
      version: '2008-10-17',
      request: { sessionName: '${*}' },
      trust: where({ StringEquals: { 'sts:RoleSessionName': '${*}' } }),
    },
    'allowed',
  ],

  [
    'all conditions have to hold',
    {
      ...TRUSTED,
      request: { externalId: 'a1' },
      trust: where({ StringEquals: { 'sts:ExternalId': 'a1', 'sts:RoleSessionName': 'x' } }),
    },
    'refused',
  ],
  [
    'all operators have to hold',
    {
      ...TRUSTED,
      request: { externalId: 'a1' },
      trust: where({
        StringEquals: { 'sts:ExternalId': 'a1' },
        StringLike: { 'sts:RoleSessionName': 'p*' },
      }),
    },
    'allowed',
  ],
  [
    'values are alternatives',
    {
      ...TRUSTED,
      request: { externalId: 'a1' },
      trust: where({ StringEquals: { 'sts:ExternalId': ['b2', 'a1'] } }),
    },
    'allowed',
  ],
  [
    'numbers and booleans may stand without quotes',
    {
      ...TRUSTED,
      told: { 'aws:multifactorauthpresent': ['true'] },
      trust: where({ Bool: { 'aws:MultiFactorAuthPresent': true } }),
    },
    'allowed',
  ],
]

for (const [rule, situation, outcome] of ROWS)
  test(rule, () => {
    const { outcome: found, explanations } = decide(situation)
    assert.equal(found, outcome)
    assert.equal(
      explanations.some(({ kind }) => kind === 'cannot_tell'),
      outcome === 'undecided',
    )
  })
