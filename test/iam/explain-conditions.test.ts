/** What explanations say of conditions: one mistake a row, and the whole of what is said about it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explain } from '../../iam/explain.ts'
import { CALLER, decide, FAR, permits, trusts, type Situation } from './documents.ts'

const TRUSTED = { trust: trusts({ AWS: CALLER }), identity: permits() }
const where = (Condition: object) => trusts({ AWS: CALLER }, { Sid: 'CrossAccount', Condition })
const ALLOWED = "The permission policies of the caller's role allow it: statement 1."
const CLOSEST = 'The trust policy does not allow it. Closest is statement 1 (CrossAccount): '

/** What is wrong, the situation, what comes of it, and the sentences about why. */
const ROWS: readonly (readonly [string, Situation, string, readonly string[]])[] = [
  [
    'the external ID is not sent',
    { ...TRUSTED, trust: where({ StringEquals: { 'sts:ExternalId': 'team-a' } }) },
    'is refused.',
    [
      `${CLOSEST}StringEquals sts:ExternalId wants 'team-a', the request does not have it.`,
      ALLOWED,
    ],
  ],
  [
    'the external ID is another',
    {
      ...TRUSTED,
      request: { externalId: 'team-b' },
      trust: where({ StringEquals: { 'sts:ExternalId': ['team-a', 'team-c'] } }),
    },
    'is refused.',
    [
      `${CLOSEST}StringEquals sts:ExternalId wants 'team-a' or 'team-c', the request has 'team-b'.`,
      ALLOWED,
    ],
  ],
  [
    'the case differs',
    {
      ...TRUSTED,
      request: { externalId: 'team-a' },
      trust: where({ StringEquals: { 'sts:ExternalId': 'Team-A' } }),
    },
    'is refused.',
    [
      `${CLOSEST}StringEquals sts:ExternalId wants 'Team-A', the request has 'team-a' (they differ only in upper and lower case).`,
      ALLOWED,
    ],
  ],
  [
    'StringEquals has a wildcard',
    { ...TRUSTED, trust: where({ StringEquals: { 'sts:RoleSessionName': 'p*' } }) },
    'is refused.',
    [
      `${CLOSEST}StringEquals sts:RoleSessionName wants 'p*', the request has 'pod' (only StringLike has wildcards).`,
      ALLOWED,
    ],
  ],
  [
    'a negated operator says no',
    { ...TRUSTED, trust: where({ StringNotEquals: { 'sts:RoleSessionName': ['pod', 'x'] } }) },
    'is refused.',
    [
      `${CLOSEST}StringNotEquals sts:RoleSessionName wants none of 'pod' or 'x', the request has 'pod'.`,
      ALLOWED,
    ],
  ],
  [
    'a key has to be there, another must not',
    {
      ...TRUSTED,
      trust: where({ Null: { 'sts:SourceIdentity': 'false', 'sts:RoleSessionName': 'true' } }),
    },
    'is refused.',
    [
      `${CLOSEST}Null sts:SourceIdentity wants the key to be present, the request does not have it; Null sts:RoleSessionName wants the key to be absent, the request has 'pod'.`,
      ALLOWED,
    ],
  ],
  [
    'several values, of which one does not fit',
    {
      ...TRUSTED,
      request: {
        tags: [
          ['a', '1'],
          ['b', '2'],
        ],
      },
      trust: where({ 'ForAllValues:StringEquals': { 'aws:TagKeys': 'a' } }),
    },
    'is refused.',
    [
      `${CLOSEST}ForAllValues:StringEquals aws:TagKeys wants 'a', the request has 'a' and 'b'.`,
      ALLOWED,
    ],
  ],
  [
    'a key that nobody told',
    { ...TRUSTED, trust: where({ StringEquals: { 'aws:PrincipalOrgID': 'o-1' } }) },
    'cannot be decided from what is known here.',
    [
      'The trust policy may allow it: statement 1 (CrossAccount): StringEquals aws:PrincipalOrgID: the value of aws:PrincipalOrgID in the request is not known here.',
      ALLOWED,
    ],
  ],
  [
    'a value, a set operator and a variable in doubt',
    {
      ...TRUSTED,
      trust: where({
        Bool: { 'aws:SecureTransport': 'yes' },
        StringEquals: { 'aws:TagKeys': 'a' },
        StringNotEquals: { 'sts:RoleSessionName': '${aws:PrincipalTag/x}' },
      }),
    },
    'cannot be decided from what is known here.',
    [
      "The trust policy may allow it: statement 1 (CrossAccount): Bool aws:SecureTransport: 'yes' cannot be compared by this operator; StringEquals aws:TagKeys: aws:TagKeys has several values, so that the operator needs ForAllValues: or ForAnyValue: before it; StringNotEquals sts:RoleSessionName: the variable in '${aws:PrincipalTag/x}' has no single value here.",
      ALLOWED,
    ],
  ],
  [
    'many values, and characters that move a terminal',
    {
      ...TRUSTED,
      request: { sessionName: 'a\u001B[2J' },
      trust: where({
        StringEquals: { 'sts:RoleSessionName': ['1', '2', '3', '4', '5', '6', '7'] },
      }),
    },
    'is refused.',
    [
      String.raw`${CLOSEST}StringEquals sts:RoleSessionName wants '1' or '2' or '3' or '4' or '5' or 2 more, the request has 'a\u001b[2J'.`,
      ALLOWED,
    ],
  ],
]

for (const [what, situation, outcome, sentences] of ROWS)
  test(`says why: ${what}`, () => {
    const { action = 'sts:AssumeRole', role = FAR } = situation
    assert.deepEqual(explain(decide(situation)), [`${action} on ${role} ${outcome}`, ...sentences])
  })
