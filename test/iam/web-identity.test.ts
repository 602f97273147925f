/** Web identities: only the trust policy has a say. One rule a row. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toWebIdentityContext } from '../../iam/assume-role.ts'
import type { Decision, Outcome } from '../../iam/decision.ts'
import { evaluate } from '../../iam/evaluate.ts'
import { explain } from '../../iam/explain.ts'
import { trustPolicy } from '../../iam/policy.ts'
import { ACCOUNT, NEAR, toDocument, trusts, type Statements } from './documents.ts'

const DENY = { Effect: 'Deny' }
const PROVIDER = 'arn:aws:iam::111111111111:oidc-provider/oidc.example'

function decideToken(trust: Statements): Decision {
  const identity = { providerName: 'oidc.example', subject: 'system:a', audience: 'sts' }
  const nothing = {
    externalId: undefined,
    sourceIdentity: undefined,
    tags: [],
    transitiveTagKeys: [],
  }
  return evaluate(
    {
      caller: { kind: 'web_identity', providerArn: PROVIDER },
      action: 'sts:AssumeRoleWithWebIdentity',
      resource: NEAR,
      context: toWebIdentityContext(identity, { sessionName: 'pod', ...nothing }),
    },
    { trust: trustPolicy.parse(toDocument(trust)), identity: [] },
  )
}

const federated = (more: object = {}) => trusts({ Federated: PROVIDER }, more)
const subject = (operator: string, value: string, key = 'oidc.example:sub') =>
  federated({ Condition: { [operator]: { [key]: value } } })

const TOKENS: readonly (readonly [rule: string, Statements, Outcome])[] = [
  ['a web identity needs its provider in the trust policy', federated(), 'allowed'],
  ['and its own action', federated({ Action: 'sts:AssumeRole' }), 'refused'],
  ['another provider is another', trusts({ Federated: `${PROVIDER}2` }), 'refused'],
  ['an AWS account is no provider', trusts({ AWS: ACCOUNT }), 'refused'],
  ['whether * means it, nobody says', trusts('*'), 'undecided'],
  ['a deny for everyone may mean it', [federated(), trusts('*', DENY)], 'undecided'],
  ['a deny for its provider wins', [federated(), federated(DENY)], 'refused'],
  ['the subject is compared', subject('StringEquals', 'system:a'), 'allowed'],
  ['StringEquals has no wildcards', subject('StringEquals', 'system:*'), 'refused'],
  ['StringLike has', subject('StringLike', 'system:*'), 'allowed'],
  [
    'the host in a key has no case',
    subject('StringEquals', 'system:a', 'OIDC.example:SUB'),
    'allowed',
  ],
  [
    'claims of another provider are absent',
    subject('StringNotEquals', 'x', 'other.example:sub'),
    'allowed',
  ],
  [
    'a claim that STS does not pass on is not known',
    subject('StringEquals', 'x', 'oidc.example:email'),
    'undecided',
  ],
]

for (const [rule, trust, outcome] of TOKENS)
  test(rule, () => {
    assert.equal(decideToken(trust).outcome, outcome)
  })

test('says which provider the token is of, and that nobody says what * means for it', () => {
  const refused = 'sts:AssumeRoleWithWebIdentity on arn:aws:iam::111111111111:role/target'
  assert.deepEqual(explain(decideToken(trusts({ Federated: `${PROVIDER}2` }))), [
    `${refused} is refused.`,
    `The trust policy does not allow it. Closest is statement 1: its Principal is '${PROVIDER}2', the caller is '${PROVIDER}'.`,
  ])
  assert.deepEqual(explain(decideToken(trusts('*'))), [
    `${refused} cannot be decided from what is known here.`,
    'The trust policy may allow it: statement 1: the documentation of AWS does not say whether * means web identities.',
  ])
})
