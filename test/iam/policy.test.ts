/** The grammar of policy documents: what IAM would not save is refused, and what it saves is read as it is written. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { permissionPolicy, trustPolicy } from '../../iam/policy.ts'
import { permits, toDocument, trusts } from './documents.ts'

type Schema = typeof permissionPolicy | typeof trustPolicy

/** The problem that a document is refused with, or undefined. */
function problemOf(schema: Schema, document: unknown): string | undefined {
  const parsed = schema.safeParse(document)
  return parsed.error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n')
}

const TRUST = trusts('*')
const PROVIDER = 'arn:aws:iam::111111111111:oidc-provider/oidc.example/id/A1'

/** A statement of a trust policy and what is wrong with it; nothing: it is read. */
const TRUSTS: readonly (readonly [string, unknown, RegExp?])[] = [
  ['everybody', TRUST],
  ['an array', [TRUST, TRUST]],
  ['no statement', []],
  ['an AWS account', trusts({ AWS: '111111111111' })],
  ['a role with a path', trusts({ AWS: 'arn:aws-us-gov:iam::111111111111:role/a/b' })],
  ['a session', trusts({ AWS: 'arn:aws:sts::111111111111:assumed-role/a/b' })],
  ['a user', trusts({ AWS: 'arn:aws:iam::111111111111:user/a/b' })],
  ['a deleted role', trusts({ AWS: 'AROAEXAMPLEEXAMPLE123' })],
  ['an OIDC provider', trusts({ Federated: PROVIDER })],
  ['a SAML provider', trusts({ Federated: 'arn:aws:iam::111111111111:saml-provider/x' })],
  ['a provider that AWS knows', trusts({ Federated: 'cognito-identity.amazonaws.com' })],
  ['a service', trusts({ Service: ['pods.eks.amazonaws.com', 'ec2.amazonaws.com'] })],
  ['a Sid and NotAction', trusts('*', { Sid: 'A', Action: undefined, NotAction: 's3:*' })],
  ['a wildcard in a principal', trusts({ AWS: 'arn:aws:iam::111111111111:role/*' }), /Principal/],
  [
    'every session of a role',
    trusts({ AWS: 'arn:aws:sts::111111111111:assumed-role/a/*' }),
    /Prin/,
  ],
  ['a wildcard as provider', trusts({ Federated: '*' }), /Principal.Federated/],
  ['a provider without ARN', trusts({ Federated: 'oidc.example/id/A1' }), /Principal.Federated/],
  ['a short AWS account', trusts({ AWS: '1234' }), /Principal.AWS/],
  ['one bad principal of two', trusts({ AWS: ['111111111111', '1234'] }), /Principal.AWS/],
  ['another kind of principal', trusts({ User: 'x' }), /User/],
  ['no principal', { Effect: 'Allow', Action: 'sts:AssumeRole' }, /Principal/],
  ['NotPrincipal', { Effect: 'Deny', NotPrincipal: '*', Action: 'sts:*' }, /NotPrincipal/],
  ['a resource', trusts('*', { Resource: '*' }), /Resource/],
  ['no action', trusts('*', { Action: undefined }), /one of Action and NotAction/],
  ['no actions', trusts('*', { Action: [] }), /Action/],
  ['both actions', trusts('*', { NotAction: 's3:*' }), /one of Action and NotAction/],
  ['another effect', trusts('*', { Effect: 'allow' }), /Effect/],
  ['an element that is misspelt', trusts('*', { Conditions: {} }), /Conditions/],
  ['one Sid twice', [trusts('*', { Sid: 'A' }), trusts('*', { Sid: 'A' })], /unique/],
  ['a condition without values', trusts('*', { Condition: { Null: { x: [] } } }), /Condition/],
  ['a condition that is no text', trusts('*', { Condition: { Null: { x: null } } }), /Condition/],
]

for (const [what, statement, problem] of TRUSTS)
  test(`a trust policy with ${what}`, () => {
    const found = problemOf(trustPolicy, toDocument(statement as object))
    if (problem === undefined) assert.equal(found, undefined)
    else assert.match(found ?? '', problem)
  })

const PERMISSIONS: readonly (readonly [string, unknown, RegExp?])[] = [
  ['a statement', permits()],
  ['NotAction and NotResource', { Effect: 'Deny', NotAction: 'a:b', NotResource: ['x', 'y'] }],
  ['an empty value', permits({ Condition: { StringEquals: { 's3:prefix': ['', 'a/'] } } })],
  ['a principal', permits({ Principal: '*' }), /Principal/],
  ['no resource', permits({ Resource: undefined }), /one of Resource and NotResource/],
  ['both resources', permits({ NotResource: '*' }), /one of Resource and NotResource/],
]

for (const [what, statement, problem] of PERMISSIONS)
  test(`a permission policy with ${what}`, () => {
    const found = problemOf(permissionPolicy, toDocument(statement as object))
    if (problem === undefined) assert.equal(found, undefined)
    else assert.match(found ?? '', problem)
  })

function readVersion(version: object) {
  return permissionPolicy.parse({ ...version, Statement: permits() })
}

test('only Version 2012-10-17 has variables, and no Version is 2008-10-17', () => {
  assert.equal(readVersion({ Version: '2012-10-17' }).hasVariables, true)
  assert.equal(readVersion({ Version: '2008-10-17' }).hasVariables, false)
  assert.equal(readVersion({}).hasVariables, false)
  assert.match(problemOf(permissionPolicy, toDocument(permits(), '2012-10-18')) ?? '', /Version/)
})

test('a document is read as it is written', () => {
  const Condition = {
    StringEquals: { 'sts:ExternalId': 'a', 'aws:RequestTag/n': [1, true] },
    Null: { 'sts:SourceIdentity': false },
  }
  const statement = trusts({ AWS: '*', Federated: [PROVIDER] }, { Sid: 'S', Condition })
  const policy = trustPolicy.parse({ ...toDocument(statement), Id: 'x' })
  assert.deepEqual(policy.statements, [
    {
      sid: 'S',
      effect: 'Allow',
      actions: { patterns: ['sts:*'], isNegated: false },
      resources: { patterns: ['*'], isNegated: false },
      conditions: [
        { operator: 'StringEquals', key: 'sts:ExternalId', values: ['a'] },
        { operator: 'StringEquals', key: 'aws:RequestTag/n', values: ['1', 'true'] },
        { operator: 'Null', key: 'sts:SourceIdentity', values: ['false'] },
      ],
      principals: [
        { type: 'AWS', kind: 'everyone', value: '*' },
        { type: 'Federated', kind: 'oidc_provider', value: PROVIDER },
      ],
    },
  ])
})
