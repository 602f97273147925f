/**
 * Who may assume a role: the table of trust policies beside the caller's own policies, within an AWS account and
 * across.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CALLER, decide, FAR, NEAR, permits, ROOT, SESSION, trusts } from './situation.ts'

const NOBODY = { AWS: 'arn:aws:iam::111111111111:role/other' }

/** The table of `neededSides` in `iam/`: what each combination allows, within the AWS account and across. */
const TABLE: readonly {
  readonly what: string
  readonly principal: object | string
  readonly near: readonly [alone: boolean, permitted: boolean, narrowed: boolean]
  readonly far: readonly [alone: boolean, permitted: boolean, narrowed: boolean]
}[] = [
  {
    what: 'nobody who calls',
    principal: NOBODY,
    near: [false, false, false],
    far: [false, false, false],
  },
  {
    what: 'the AWS account by ARN',
    principal: { AWS: ROOT },
    near: [false, true, false],
    far: [false, true, false],
  },
  {
    what: 'the AWS account by ID',
    principal: { AWS: '111111111111' },
    near: [false, true, false],
    far: [false, true, false],
  },
  {
    what: 'another AWS account',
    principal: { AWS: '333333333333' },
    near: [false, false, false],
    far: [false, false, false],
  },
  {
    what: 'the role',
    principal: { AWS: CALLER },
    near: [true, true, false],
    far: [false, true, false],
  },
  {
    what: 'the session',
    principal: { AWS: SESSION },
    near: [true, true, true],
    far: [false, true, false],
  },
  {
    what: 'another session of the role',
    principal: { AWS: `${SESSION}-2` },
    near: [false, false, false],
    far: [false, false, false],
  },
  { what: 'everybody', principal: '*', near: [true, true, true], far: [false, true, false] },
  {
    what: 'everybody in AWS',
    principal: { AWS: '*' },
    near: [true, true, true],
    far: [false, true, false],
  },
  {
    what: 'the role among others',
    principal: { AWS: ['333333333333', CALLER] },
    near: [true, true, false],
    far: [false, true, false],
  },
]

for (const { what, principal, near, far } of TABLE)
  test(`a trust policy that names ${what}`, () => {
    for (const [targetArn, expected] of [
      [NEAR, near],
      [FAR, far],
    ] as const) {
      const trust = trusts(principal)
      const outcomes = [
        decide({ trust, targetArn }),
        decide({ trust, targetArn, permissions: permits() }),
        // The session policy speaks of something else, so it takes the permission away.
        decide({
          trust,
          targetArn,
          permissions: permits(),
          sessionPolicy: permits({ Action: 's3:*' }),
        }),
      ]
      assert.deepEqual(outcomes, expected, targetArn)
    }
  })

test('across AWS accounts the permission policy has to name the role and the action', () => {
  const trust = trusts({ AWS: CALLER })
  const may = (more: object) => decide({ trust, permissions: permits(more) })
  assert.equal(may({ Action: 'sts:AssumeRole', Resource: FAR }), true)
  assert.equal(may({ Resource: NEAR }), false)
  assert.equal(may({ Resource: 'arn:aws:iam::222222222222:role/tar' }), false)
  assert.equal(may({ Resource: 'arn:aws:iam::222222222222:role/*' }), true)
  assert.equal(may({ Action: 'sts:TagSession' }), false)
  assert.equal(may({ Action: undefined, NotAction: 'sts:AssumeRole' }), false)
  assert.equal(may({ Resource: undefined, NotResource: FAR }), false)
  assert.equal(may({ Resource: undefined, NotResource: NEAR }), true)
})

test('a deny in any policy wins over every allowance', () => {
  const deny = { Effect: 'Deny' }
  const trust = trusts('*')
  const permissions = permits()
  const base = { targetArn: NEAR, trust, permissions }
  assert.equal(decide(base), true)
  assert.equal(decide({ ...base, trust: [trust, trusts({ AWS: CALLER }, deny)] }), false)
  assert.equal(decide({ ...base, trust: [trust, trusts({ AWS: ROOT }, deny)] }), false)
  assert.equal(decide({ ...base, trust: [trusts('*', deny), trust] }), false)
  assert.equal(decide({ ...base, trust: [trust, trusts(NOBODY, deny)] }), true)
  assert.equal(decide({ ...base, permissions: [permissions, permits(deny)] }), false)
  assert.equal(decide({ ...base, sessionPolicy: [permits(), permits(deny)] }), false)
})

test('sts:SetSourceIdentity takes both policies, also within an AWS account', () => {
  const action = 'sts:SetSourceIdentity'
  const base = { trust: trusts({ AWS: CALLER }), targetArn: NEAR, action }
  assert.equal(decide(base), false)
  assert.equal(decide({ ...base, permissions: permits({ Action: action }) }), true)
  assert.equal(decide({ ...base, action: 'sts:TagSession' }), true)
})
