/** The trust policy beside the policies of the caller: IAM's rules, one a row. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Outcome } from '../../iam/decision.ts'
import {
  ACCOUNT,
  CALLER,
  decide,
  FAR,
  NEAR,
  permits,
  SESSION,
  trusts,
  type Situation,
} from './documents.ts'

const DENY = { Effect: 'Deny' }
const OTHER = { AWS: 'arn:aws:iam::111111111111:role/other' }
const TRUSTED = { trust: trusts({ AWS: CALLER }), identity: permits() }
const EVERYONE = { trust: trusts('*'), identity: permits(), role: NEAR }

const ROWS: readonly (readonly [rule: string, Situation, Outcome])[] = [
  ['by default every request is refused', {}, 'refused'],
  ['across AWS accounts both sides allow', TRUSTED, 'allowed'],
  ['the trust policy alone is not enough across', { ...TRUSTED, identity: [] }, 'refused'],
  ['permissions alone are not enough', { ...TRUSTED, trust: [] }, 'refused'],
  [
    'within an AWS account the trust of a role is enough',
    { ...TRUSTED, identity: [], role: NEAR },
    'allowed',
  ],
  [
    'the trust of an AWS account is not',
    { trust: trusts({ AWS: ACCOUNT }), role: NEAR },
    'refused',
  ],
  [
    'it delegates to the permissions of the AWS account',
    { trust: trusts({ AWS: ACCOUNT }), identity: permits(), role: NEAR },
    'allowed',
  ],
  [
    'an AWS account may be written as its ID',
    { trust: trusts({ AWS: '111111111111' }), identity: permits() },
    'allowed',
  ],
  [
    'the root of another partition is another AWS account',
    { ...TRUSTED, trust: trusts({ AWS: ACCOUNT.replace('aws', 'aws-cn') }) },
    'refused',
  ],
  [
    'a role principal is the whole ARN, path included',
    { ...TRUSTED, trust: trusts({ AWS: 'arn:aws:iam::111111111111:role/caller' }) },
    'refused',
  ],
  [
    'a session principal is that session',
    { trust: trusts({ AWS: `${SESSION}-2` }), role: NEAR },
    'refused',
  ],
  [
    'an IAM user is not a session',
    { ...TRUSTED, trust: trusts({ AWS: 'arn:aws:iam::111111111111:user/caller' }) },
    'refused',
  ],
  [
    'a deleted role is nobody',
    { ...TRUSTED, trust: trusts({ AWS: 'AROAEXAMPLEEXAMPLE123' }) },
    'refused',
  ],
  [
    'a service is not a session',
    { ...TRUSTED, trust: trusts({ Service: 'ec2.amazonaws.com' }) },
    'refused',
  ],
  [
    'one principal of several is enough',
    { ...TRUSTED, trust: trusts({ AWS: ['333333333333', CALLER], Service: 'ec2.amazonaws.com' }) },
    'allowed',
  ],

  [
    'a session policy narrows the trust of a role',
    { ...TRUSTED, role: NEAR, session: permits({ Action: 's3:*' }) },
    'refused',
  ],
  [
    'a session policy does not narrow the trust of a session',
    { trust: trusts({ AWS: SESSION }), role: NEAR, session: permits({ Action: 's3:*' }) },
    'allowed',
  ],
  ['nor that of everyone', { ...EVERYONE, session: permits({ Action: 's3:*' }) }, 'allowed'],
  [
    'across AWS accounts it narrows every trust',
    { ...EVERYONE, role: FAR, session: permits({ Action: 's3:*' }) },
    'refused',
  ],
  [
    'a boundary narrows the trust of a role',
    { ...TRUSTED, role: NEAR, boundary: permits({ Action: 's3:*' }) },
    'refused',
  ],
  ['a boundary grants nothing', { ...TRUSTED, identity: [], boundary: permits() }, 'refused'],

  [
    'a deny in the trust policy wins',
    { ...EVERYONE, trust: [trusts('*'), trusts({ AWS: CALLER }, DENY)] },
    'refused',
  ],
  [
    'a deny for the AWS account is one for its roles',
    { ...EVERYONE, trust: [trusts({ AWS: ACCOUNT }, DENY), trusts('*')] },
    'refused',
  ],
  [
    'a deny for another role is none',
    { ...EVERYONE, trust: [trusts('*'), trusts(OTHER, DENY)] },
    'allowed',
  ],
  [
    'a deny in the permissions wins, needed or not',
    { ...EVERYONE, identity: permits(DENY) },
    'refused',
  ],
  [
    'a deny in the session policy wins',
    { ...EVERYONE, session: [permits(), permits(DENY)] },
    'refused',
  ],
  ['a deny in the boundary wins', { ...EVERYONE, boundary: [permits(), permits(DENY)] }, 'refused'],
  [
    'a deny of another action is none',
    { ...EVERYONE, identity: permits({ ...DENY, Action: 'sts:TagSession' }) },
    'allowed',
  ],

  [
    'sts:TagSession is an action of its own',
    {
      ...TRUSTED,
      action: 'sts:TagSession',
      trust: trusts({ AWS: CALLER }, { Action: 'sts:AssumeRole' }),
    },
    'refused',
  ],
  [
    'within an AWS account the trust policy alone may allow it',
    { trust: trusts({ AWS: CALLER }), role: NEAR, action: 'sts:TagSession' },
    'allowed',
  ],
  [
    'sts:SetSourceIdentity takes both sides there too',
    { trust: trusts('*'), role: NEAR, action: 'sts:SetSourceIdentity' },
    'refused',
  ],
  ['with both it is allowed', { ...EVERYONE, action: 'sts:SetSourceIdentity' }, 'allowed'],
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

test('the statement that names the caller most directly is the one that allows it', () => {
  const trust = [trusts({ AWS: ACCOUNT }), trusts({ AWS: CALLER })]
  const { explanations } = decide({ trust, role: NEAR })
  assert.deepEqual(explanations, [
    { kind: 'allowed_by', side: 'trust_policy', statement: { index: 1 }, grant: 'role' },
  ])
})
