/** What explanations say of sides, principals, actions and resources: one mistake a row, and the whole of it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { evaluate } from '../../iam/evaluate.ts'
import { explain } from '../../iam/explain.ts'
import { permissionPolicy } from '../../iam/policy.ts'
import {
  ACCOUNT,
  CALLER,
  decide,
  FAR,
  NEAR,
  permits,
  SESSION,
  toDocument,
  trusts,
  type Situation,
} from './documents.ts'

const DENY = { Effect: 'Deny' }
const TRUSTED = { trust: trusts({ AWS: CALLER }), identity: permits() }
const ALLOWED = "The permission policies of the caller's role allow it: statement 1."

/** What is wrong, the situation, what comes of it, and the sentences about why. */
const ROWS: readonly (readonly [string, Situation, string, readonly string[]])[] = [
  ['nothing', TRUSTED, 'is allowed.', ['The trust policy allows it: statement 1.', ALLOWED]],
  [
    'no trust policy allows anything',
    { ...TRUSTED, trust: [] },
    'is refused.',
    ['The trust policy does not allow it. No statement there allows anything.', ALLOWED],
  ],
  [
    'the trust policy names others',
    { ...TRUSTED, trust: [trusts({ Service: 'ec2.amazonaws.com' }), trusts({ AWS: NEAR })] },
    'is refused.',
    [
      `The trust policy does not allow it. Closest is statement 1: its Principal is 'ec2.amazonaws.com', the caller is '${SESSION}' or '${CALLER}' or '${ACCOUNT}'.`,
      ALLOWED,
    ],
  ],
  [
    'the trust policy names a role that was deleted',
    { ...TRUSTED, trust: trusts({ AWS: 'AROAEXAMPLEEXAMPLE123' }) },
    'is refused.',
    [
      `The trust policy does not allow it. Closest is statement 1: its Principal is 'AROAEXAMPLEEXAMPLE123', the caller is '${SESSION}' or '${CALLER}' or '${ACCOUNT}' ('AROAEXAMPLEEXAMPLE123' is the ID of a role or user that was deleted; write its ARN again).`,
      ALLOWED,
    ],
  ],
  [
    'a statement with the right principal is closer than one with the right action',
    {
      ...TRUSTED,
      trust: [
        trusts({ AWS: NEAR }),
        trusts({ AWS: CALLER }, { Action: ['sts:TagSession', 'x:y'] }),
      ],
    },
    'is refused.',
    [
      "The trust policy does not allow it. Closest is statement 2: its Action is 'sts:TagSession' or 'x:y', the request is for 'sts:AssumeRole'.",
      ALLOWED,
    ],
  ],
  [
    'the permissions of the caller are missing across AWS accounts',
    { ...TRUSTED, identity: permits({ Resource: NEAR }) },
    'is refused.',
    [
      'The trust policy allows it: statement 1.',
      `The permission policies of the caller's role do not allow it, and have to: the role is in another AWS account. Closest is statement 1: its Resource is '${NEAR}', the request is for '${FAR}'.`,
    ],
  ],
  [
    'NotAction and NotResource leave it out',
    {
      ...TRUSTED,
      identity: { Effect: 'Allow', NotAction: 'sts:*', NotResource: ['x', FAR] },
    },
    'is refused.',
    [
      'The trust policy allows it: statement 1.',
      `The permission policies of the caller's role do not allow it, and have to: the role is in another AWS account. Closest is statement 1: its NotAction 'sts:*' leaves out 'sts:AssumeRole'; its NotResource 'x' or '${FAR}' leaves out '${FAR}'.`,
    ],
  ],
  [
    'the trust policy names the AWS account only',
    { trust: trusts({ AWS: ACCOUNT }), role: NEAR },
    'is refused.',
    [
      'The trust policy allows it: statement 1.',
      "The permission policies of the caller's role do not allow it, and have to: the trust policy names the caller's AWS account and not its role. No statement there allows anything.",
    ],
  ],
  [
    'the source identity needs both sides',
    { trust: trusts('*'), role: NEAR, action: 'sts:SetSourceIdentity' },
    'is refused.',
    [
      'The trust policy allows it: statement 1.',
      "The permission policies of the caller's role do not allow it, and have to: sts:SetSourceIdentity has to be allowed on both sides. No statement there allows anything.",
    ],
  ],
  [
    'the session policy narrows',
    { ...TRUSTED, role: NEAR, session: permits({ Action: 's3:*' }) },
    'is refused.',
    [
      'The trust policy allows it: statement 1.',
      "The session policy of the caller's session does not allow it, and has to: it narrows what the others allow. Closest is statement 1: its Action is 's3:*', the request is for 'sts:AssumeRole'.",
    ],
  ],
  [
    'the boundary narrows',
    { ...TRUSTED, role: NEAR, boundary: [] },
    'is refused.',
    [
      'The trust policy allows it: statement 1.',
      "The permissions boundary of the caller's role does not allow it, and has to: it narrows what the others allow. No statement there allows anything.",
    ],
  ],
  [
    'a deny',
    { ...TRUSTED, identity: [permits(), permits({ ...DENY, Sid: 'Freeze' })] },
    'is refused.',
    [
      "The permission policies of the caller's role deny it: statement 2 (Freeze). A deny wins over every allow.",
      'The trust policy allows it: statement 1.',
      ALLOWED,
    ],
  ],
  [
    'an operator that nobody knows',
    { ...TRUSTED, identity: [permits(), permits({ ...DENY, Condition: { Equals: { x: 'y' } } })] },
    'cannot be decided from what is known here.',
    [
      "The permission policies of the caller's role may deny it: statement 2: Equals x: the operator 'Equals' is not known here.",
      'The trust policy allows it: statement 1.',
      ALLOWED,
    ],
  ],
  [
    'a deny allows nothing',
    { ...TRUSTED, identity: permits(DENY) },
    'is refused.',
    [
      "The permission policies of the caller's role deny it: statement 1. A deny wins over every allow.",
      'The trust policy allows it: statement 1.',
      "The permission policies of the caller's role do not allow it, and have to: the role is in another AWS account. No statement there allows anything.",
    ],
  ],
  [
    'a deny with conditions',
    {
      ...TRUSTED,
      request: { externalId: 'a"\u009b\u202e' },
      identity: [
        permits(),
        permits({
          ...DENY,
          Condition: {
            StringNotEquals: { 'aws:PrincipalTag/team': ['a', 'b'] },
            Null: { 'sts:ExternalId': 'false' },
          },
        }),
      ],
    },
    'is refused.',
    [
      String.raw`The permission policies of the caller's role deny it: statement 2: StringNotEquals aws:PrincipalTag/team wants none of 'a' or 'b', the request does not have it; Null sts:ExternalId wants the key to be present, the request has 'a"\u009b\u202e'. A deny wins over every allow.`,
      'The trust policy allows it: statement 1.',
      ALLOWED,
    ],
  ],
]

for (const [what, situation, outcome, sentences] of ROWS)
  test(`says why: ${what}`, () => {
    const { action = 'sts:AssumeRole', role = FAR } = situation
    assert.deepEqual(explain(decide(situation)), [`${action} on ${role} ${outcome}`, ...sentences])
  })

test('names the policy of several, and who is not a resource with a policy of its own', () => {
  const decision = evaluate(
    {
      caller: { kind: 'session', roleArn: CALLER, sessionArn: SESSION },
      action: 's3:GetObject',
      resource: 'arn:aws:s3:::b/k',
      context: new Map(),
    },
    {
      identity: [
        { name: 'Base', ...permissionPolicy.parse(toDocument(permits())) },
        { name: 'Reports', ...permissionPolicy.parse(toDocument(permits({ Action: 's3:Put*' }))) },
      ],
    },
  )
  assert.deepEqual(explain(decision), [
    's3:GetObject on arn:aws:s3:::b/k is refused.',
    "The permission policies of the caller's role do not allow it, and have to: nothing else could allow it. Closest is statement 1 of Base: its Action is 'sts:*', the request is for 's3:GetObject'.",
  ])
})
