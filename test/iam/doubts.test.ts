/** What nobody told, or nobody knows here, is never a yes and never a no: one case a row. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Outcome } from '../../iam/decision.ts'
import { ACCOUNT, CALLER, decide, NEAR, permits, trusts, type Situation } from './documents.ts'

const DENY = { Effect: 'Deny' }
const OTHER = { AWS: 'arn:aws:iam::111111111111:role/other' }
const TRUSTED = { trust: trusts({ AWS: CALLER }), identity: permits() }
/** A condition on a key that nobody told. */
const UNKNOWN = { Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } } }
const where = (Condition: object) => trusts({ AWS: CALLER }, { Condition })

const ROWS: readonly (readonly [rule: string, Situation, Outcome])[] = [
  [
    'an unknown key does not allow',
    { ...TRUSTED, trust: trusts({ AWS: CALLER }, UNKNOWN) },
    'undecided',
  ],
  [
    'another statement may allow beside it',
    { ...TRUSTED, trust: [trusts({ AWS: CALLER }, UNKNOWN), trusts({ AWS: CALLER })] },
    'allowed',
  ],
  [
    'an unknown key may deny',
    { ...TRUSTED, identity: [permits(), permits({ ...DENY, ...UNKNOWN })] },
    'undecided',
  ],
  [
    'beside a sure deny it does not matter',
    { ...TRUSTED, identity: [permits(DENY), permits({ ...DENY, ...UNKNOWN })] },
    'refused',
  ],
  ['nor where another element says no', { ...TRUSTED, trust: trusts(OTHER, UNKNOWN) }, 'refused'],
  [
    'nor where another side says no',
    { ...TRUSTED, trust: trusts({ AWS: CALLER }, UNKNOWN), identity: [] },
    'refused',
  ],
  [
    'a key that is told is known',
    {
      ...TRUSTED,
      told: { 'aws:principalorgid': ['o-1'] },
      trust: trusts({ AWS: CALLER }, UNKNOWN),
    },
    'allowed',
  ],
  [
    'an unknown operator does not deny and does not pass',
    { ...TRUSTED, trust: where({ StringIs: { 'sts:ExternalId': 'a1' } }) },
    'undecided',
  ],
  [
    'a doubt may make the trust more direct',
    { trust: [trusts({ AWS: ACCOUNT }), trusts('*', UNKNOWN)], role: NEAR },
    'undecided',
  ],
]

for (const [rule, situation, outcome] of ROWS)
  test(rule, () => {
    const { outcome: found, explanations } = decide(situation)
    assert.equal(found, outcome)
    if (outcome === 'undecided') assert.ok(explanations.some(({ kind }) => kind === 'cannot_tell'))
  })
