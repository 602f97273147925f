/** What verifying says, sentence by sentence, of the mistakes that people make on either side. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { BASE, READER } from '../chains.ts'
import {
  crossAccount,
  dumpsOf,
  EXTERNAL,
  externalId,
  found,
  permissions,
  PROVIDER,
  TO_READER,
  trust,
  verdictOf,
} from './stage.ts'

describe('a trust policy', () => {
  it('that wants an external id which the chain does not send', () => {
    assert.deepEqual(found(TO_READER, { [READER]: trust(crossAccount(externalId('team-a'))) }), [
      "trust_refuses: hop 2, trust: statement CrossAccount wants sts:ExternalId 'team-a', the chain sends none",
    ])
  })

  it('that wants another external id, with a hint where they differ in case only', () => {
    const hops = [{ roleArn: BASE }, EXTERNAL]
    assert.deepEqual(found(hops, { [READER]: trust(crossAccount(externalId('Team-A'))) }), [
      "trust_refuses: hop 2, trust: statement CrossAccount wants sts:ExternalId 'Team-A', the chain sends 'team-a' (they differ only in upper and lower case)",
    ])
  })

  it('that trusts another role', () => {
    const Principal = { AWS: 'arn:aws:iam::111111111111:role/other' }
    assert.deepEqual(found(TO_READER, { [READER]: trust(crossAccount({ Principal })) }), [
      "trust_refuses: hop 2, trust: statement CrossAccount trusts 'arn:aws:iam::111111111111:role/other', the caller is 'arn:aws:sts::111111111111:assumed-role/cluster-base/reports.pod' or 'arn:aws:iam::111111111111:role/cluster-base' or 'arn:aws:iam::111111111111:root'",
    ])
  })

  it('that allows no tags', () => {
    const tags = [{ key: 'team', value: 'a' }]
    const hops = [{ roleArn: BASE }, { roleArn: READER, sessionTags: tags }]
    assert.deepEqual(found(hops, { [READER]: trust(crossAccount()) }), [
      'trust_refuses: hop 2, trust: no statement allows sts:TagSession',
    ])
  })

  it('that names another service account', () => {
    const statement = {
      Effect: 'Allow',
      Principal: { Federated: PROVIDER },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {
        StringEquals: {
          'oidc.cluster.example:sub': 'system:serviceaccount:reports:*',
          'oidc.cluster.example:aud': 'sts.amazonaws.com',
        },
      },
    }
    assert.deepEqual(found(TO_READER, { [BASE]: trust(statement) }), [
      "trust_refuses: hop 1, trust: statement 1 wants oidc.cluster.example:sub 'system:serviceaccount:reports:*', the chain sends 'system:serviceaccount:reports:reporter' (only StringLike has wildcards)",
      "wildcard_in_string_equals: hop 1, trust: statement 1 has StringEquals oidc.cluster.example:sub 'system:serviceaccount:reports:*'",
    ])
  })

  it('that denies', () => {
    const deny = crossAccount({ Sid: 'NotHere', Effect: 'Deny', Action: 'sts:*' })
    assert.deepEqual(found(TO_READER, { [READER]: trust(crossAccount(), deny) }), [
      'statement_denies: hop 2, trust: statement NotHere denies sts:AssumeRole',
    ])
  })

  it('that is wider than the chain needs it', () => {
    const account = { AWS: 'arn:aws:iam::111111111111:root' }
    assert.deepEqual(found(TO_READER, { [READER]: trust(crossAccount({ Principal: account })) }), [
      'trusts_account: hop 2, trust: statement CrossAccount trusts all of AWS account arn:aws:iam::111111111111:root',
    ])
    assert.deepEqual(found(TO_READER, { [READER]: trust(crossAccount({ Principal: '*' })) }), [
      "trusts_everyone: hop 2, trust: statement CrossAccount trusts '*'",
    ])
    const narrowed = crossAccount({
      Principal: account,
      Condition: { ArnEquals: { 'aws:PrincipalArn': BASE } },
    })
    assert.deepEqual(found(TO_READER, { [READER]: trust(narrowed) }), [])
  })

  it('that takes the token of any service account', () => {
    const any = {
      Effect: 'Allow',
      Principal: { Federated: PROVIDER },
      Action: 'sts:AssumeRoleWithWebIdentity',
    }
    assert.deepEqual(found(TO_READER, { [BASE]: trust(any) }), [
      'trusts_service_accounts: hop 1, trust: statement 1 takes the tokens of every service account of the cluster',
    ])
    const like = { 'oidc.cluster.example:sub': 'system:serviceaccount:*:reporter' }
    assert.deepEqual(
      found(TO_READER, { [BASE]: trust({ ...any, Condition: { StringLike: like } }) }),
      [
        'trusts_service_accounts: hop 1, trust: statement 1 takes the tokens of service accounts of any namespace',
      ],
    )
  })

  it('that is nearly full', () => {
    const long = crossAccount(externalId(['x'.repeat(1000), 'y'.repeat(900)], 'StringNotEquals'))
    assert.deepEqual(found(TO_READER, { [READER]: trust(long) }), [
      'trust_policy_large: hop 2, trust: the trust policy has 2129 characters of the 2048 that IAM takes by default',
    ])
  })
})

function said(dumps: readonly unknown[]) {
  return verdictOf(TO_READER, dumps).hops.map(({ outcome, findings }) => [
    outcome,
    findings.map(({ code, message }) => `${code}: ${message}`),
  ])
}

describe('the side that asks', () => {
  it('may be allowed another role only', () => {
    const other = {
      Sid: 'Others',
      Effect: 'Allow',
      Action: 'sts:AssumeRole',
      Resource: 'arn:aws:iam::222222222222:role/other',
    }
    assert.deepEqual(found(TO_READER, { [BASE]: permissions(other) }), [
      "permission_missing: hop 2, permission: statement Others of assume allows it on 'arn:aws:iam::222222222222:role/other', the chain asks for 'arn:aws:iam::222222222222:role/reports-reader'",
    ])
  })

  it('may have a boundary that narrows it, which has to be there to be judged', () => {
    const arn = 'arn:aws:iam::111111111111:policy/boundary'
    const PermissionsBoundary = { PermissionsBoundaryArn: arn }
    const [first, ...rest] = dumpsOf(TO_READER, { [BASE]: { PermissionsBoundary } })
    const Document = {
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Action: 's3:*', Resource: '*' },
    }
    const versions = [{ Document, IsDefaultVersion: true, VersionId: 'v1' }]
    const told = { ...first, Policies: [{ Arn: arn, PolicyVersionList: versions }] }
    assert.deepEqual(said([told, ...rest])[1], [
      'refused',
      ['boundary_refuses: no statement allows sts:AssumeRole'],
    ])
    assert.deepEqual(said([first, ...rest])[1], [
      'undecided',
      [`cannot_tell: policy ${arn} was not read`],
    ])
  })

  it('may be narrowed by the session policy that the chain itself sends', () => {
    const sessionPolicy = JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Action: 's3:*', Resource: '*' },
    })
    const hops = [{ roleArn: BASE, sessionPolicy }, { roleArn: READER }]
    assert.deepEqual(found(hops, {}), [
      'session_policy_refuses: hop 2, session policy: no statement allows sts:AssumeRole',
    ])
  })
})
