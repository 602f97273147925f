/** What verifying makes of documents that were not read, of values that only a pod has, and of durations. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { joinDumps, readDump } from '../../../../cli/core/verify/dumps.ts'
import { verifyChain } from '../../../../cli/core/verify/verify.ts'
import { BASE, ISSUER, READER, stepsOf } from '../chains.ts'
import { crossAccount, dumpsOf, PROVIDER, TO_READER, trust, verdictOf } from './stage.ts'

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

const LONG = [{ roleArn: BASE, durationSeconds: 7200 }]

function said(dumps: readonly unknown[]) {
  const { hops, unseen } = verdictOf(LONG, dumps)
  return [hops[0]?.findings.map(({ message }) => message), unseen[0]]
}

function ofRole(MaxSessionDuration: number) {
  return { Role: { Arn: BASE, MaxSessionDuration } }
}

describe('how long a session may last', () => {
  const [base, ...rest] = dumpsOf(LONG)

  it('is the maximum of the role, which a dump of the AWS account does not have', () => {
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
