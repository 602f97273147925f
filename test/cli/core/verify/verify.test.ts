/** What verifying says, sentence by sentence, of mistakes that people make. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { toAccountDocuments } from '../../../../cli/core/policy/documents.ts'
import { joinDumps, readDump } from '../../../../cli/core/verify/dumps.ts'
import { verifyChain } from '../../../../cli/core/verify/verify.ts'
import type { Hop } from '../../../../sidecar/contract.ts'
import { BASE, ISSUER, READER, stepsOf, toDump } from '../chains.ts'

const PROVIDER = 'arn:aws:iam::111111111111:oidc-provider/oidc.cluster.example'
const EXTERNAL: Hop = { roleArn: READER, externalId: 'team-a' }

interface RoleDetail {
  readonly Arn: string
  readonly AssumeRolePolicyDocument: unknown
  readonly RolePolicyList: readonly unknown[]
}

/** The right documents of a chain, with the changes of a role laid over. */
function dumpsOf(hops: readonly Hop[], changes: Readonly<Record<string, object>> = {}) {
  const steps = stepsOf(hops)
  return toAccountDocuments([steps]).flatMap((account) => {
    const dump = toDump(account) as { RoleDetailList: readonly RoleDetail[] }
    return [
      {
        ...dump,
        RoleDetailList: dump.RoleDetailList.map((role) => ({ ...role, ...changes[role.Arn] })),
      },
      ...account.providers.map(({ url, clientIds }) => ({ Url: url, ClientIDList: clientIds })),
    ]
  })
}

function verdictOf(hops: readonly Hop[], dumps: readonly unknown[]) {
  return verifyChain(stepsOf(hops), joinDumps(dumps.flatMap((dump) => readDump(dump) ?? [])))
}

/** Code and sentence of everything that is found. */
function found(hops: readonly Hop[], changes: Readonly<Record<string, object>>) {
  return verdictOf(hops, dumpsOf(hops, changes)).hops.flatMap(({ findings }) =>
    findings.map(({ code, hop, side, message }) => `${code}: hop ${hop}, ${side}: ${message}`),
  )
}

function trust(...Statement: readonly object[]) {
  return { AssumeRolePolicyDocument: { Version: '2012-10-17', Statement } }
}

function crossAccount(more: object = {}) {
  return {
    Sid: 'CrossAccount',
    Effect: 'Allow',
    Principal: { AWS: BASE },
    Action: 'sts:AssumeRole',
    ...more,
  }
}

function permissions(...Statement: readonly object[]) {
  const PolicyDocument = { Version: '2012-10-17', Statement }
  return { RolePolicyList: [{ PolicyName: 'assume', PolicyDocument }] }
}

function externalId(value: string | readonly string[], operator = 'StringEquals') {
  return { Condition: { [operator]: { 'sts:ExternalId': value } } }
}

const TO_READER: readonly Hop[] = [{ roleArn: BASE }, { roleArn: READER }]

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
    const said = (dumps: readonly unknown[]) =>
      verdictOf(TO_READER, dumps).hops.map(({ outcome, findings }) => [
        outcome,
        findings.map(({ code, message }) => `${code}: ${message}`),
      ])
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

describe('what was not read', () => {
  it('is never an allowance, and is named', () => {
    const [base, ...rest] = dumpsOf(TO_READER)
    const { outcome, hops } = verdictOf(TO_READER, [base])
    assert.equal(outcome, 'undecided')
    assert.deepEqual(
      hops.flatMap(({ findings }) => findings.map(({ message }) => message)),
      [`${READER} was not read`],
    )
    const readerOnly = rest.filter((dump) => 'RoleDetailList' in dump)
    assert.deepEqual(
      verdictOf(TO_READER, readerOnly).hops.map(({ hop, outcome: one }) => [hop, one]),
      [
        [1, 'undecided'],
        [2, 'undecided'],
      ],
    )
  })

  it('is told from what does not exist', () => {
    const dumps = dumpsOf([{ roleArn: BASE }, { roleArn: `${READER}2` }])
    const { hops } = verdictOf(TO_READER, dumps)
    assert.deepEqual(
      hops[1]?.findings.map(({ code, message }) => [code, message]),
      [['role_missing', `there is no role ${READER}`]],
    )
  })

  it('is listed: organizations and endpoints, and the provider where nobody told of it', () => {
    const dumps = dumpsOf(TO_READER).filter((dump) => 'RoleDetailList' in dump)
    assert.deepEqual(verdictOf(TO_READER, dumps).unseen, [
      'the OIDC providers of AWS account 111111111111',
      'service control policies (SCP) and resource control policies (RCP) of the organization',
      'policies of VPC endpoints for STS',
    ])
    const listed = { OpenIDConnectProviderList: [{ Arn: PROVIDER }] }
    assert.equal(verdictOf(TO_READER, [...dumps, listed]).unseen[0], `the audiences of ${PROVIDER}`)
    const other = { OpenIDConnectProviderList: [{ Arn: `${PROVIDER}.org` }] }
    assert.deepEqual(
      verdictOf(TO_READER, [...dumps, other]).hops[0]?.findings.map(({ message }) => message),
      [`AWS account 111111111111 has no OIDC provider for ${ISSUER}`],
    )
  })
})

describe('a placeholder that only the pod fills', () => {
  const wantsPod = trust(
    crossAccount({ Condition: { StringEquals: { 'sts:RoleSessionName': 'reports.web-0' } } }),
  )
  const dumps = dumpsOf(TO_READER, { [READER]: wantsPod })
  const verdict = (placeholders: Readonly<Record<string, string>>) =>
    verifyChain(
      stepsOf(TO_READER, { sessionName: '{namespace}.{pod}', placeholders }),
      joinDumps(dumps.flatMap((dump) => readDump(dump) ?? [])),
    )

  it('leaves open what depends on it', () => {
    const [, second] = verdict({}).hops
    assert.deepEqual(
      second?.findings.map(({ code, message, hint }) => [code, message, hint]),
      [
        [
          'cannot_tell',
          "statement CrossAccount wants sts:RoleSessionName 'reports.web-0', the chain sends 'reports.{pod}'",
          'Name the pod, by --pod.',
        ],
      ],
    )
    assert.equal(second?.outcome, 'undecided')
  })

  it('is filled where the pod is named', () => {
    assert.equal(verdict({ '{pod}': 'web-0' }).outcome, 'allowed')
    assert.equal(verdict({ '{pod}': 'web-1' }).outcome, 'refused')
  })
})

describe('how long a session may last', () => {
  const [base, ...rest] = dumpsOf([{ roleArn: BASE, durationSeconds: 7200 }])
  const said = (dumps: readonly unknown[]) => {
    const { hops, unseen } = verdictOf([{ roleArn: BASE, durationSeconds: 7200 }], dumps)
    return [hops[0]?.findings.map(({ message }) => message), unseen[0]]
  }

  it('is the maximum of the role, which a dump of the AWS account does not have', () => {
    const ofRole = (MaxSessionDuration: number) => ({ Role: { Arn: BASE, MaxSessionDuration } })
    const scp =
      'service control policies (SCP) and resource control policies (RCP) of the organization'
    assert.deepEqual(said([base, ...rest]), [[], `MaxSessionDuration of ${BASE} (get-role has it)`])
    assert.deepEqual(said([base, ...rest, ofRole(7200)]), [[], scp])
    assert.deepEqual(said([base, ...rest, ofRole(3600)]), [
      ['the chain asks for 7200 s, the role gives 3600 s at most'],
      scp,
    ])
  })
})
