/** Chains that begin with a session of the agent of EKS Pod Identity. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type StsCall, toBaseKey } from '../../../../sidecar/core/chain/chain.ts'
import { type FailureCode, toFailure } from '../../../../sidecar/core/failures/errors.ts'
import type { ChainContext, Job, Report } from '../../../../sidecar/core/chain/job.ts'
import { ASSOCIATED_ROLE } from '../../../../sidecar/core/session.ts'
import { walkChains } from '../../../../sidecar/io/sts/walk.ts'
import { BASE_ROLE, session, TARGET_ROLE } from '../../sessions.ts'

const context: ChainContext = {
  sessionName: 'team-a.nightly',
  placeholders: {},
  podIdentity: { agentUrl: 'http://169.254.170.23/v1/credentials', tokenFile: '/token' },
}
const short = { chain: [{ roleArn: TARGET_ROLE }] }
const long = { chain: [{ roleArn: BASE_ROLE }, { roleArn: TARGET_ROLE }] }
const none = { chain: [] }
const key = toBaseKey(none, context) ?? ''
const given = session({ roleArn: ASSOCIATED_ROLE, accessKeyId: 'ASIAGIVEN' })
const held = session({ roleArn: ASSOCIATED_ROLE, accessKeyId: 'ASIAHELD' })

async function walk(
  job: Partial<Job>,
  { agent, hop }: { agent?: FailureCode; hop?: FailureCode } = {},
): Promise<{ calls: string[]; reports: Report[] }> {
  const calls: string[] = []
  const reports: Report[] = []
  const ask = () => {
    calls.push('agent')
    return Promise.resolve(
      agent === undefined
        ? { kind: 'session' as const, session: given }
        : { kind: 'failure' as const, failure: toFailure(agent, { hop: 0 }) },
    )
  }
  const assume = (call: StsCall) => {
    const { identity, input, isOfPodIdentity } = call
    assert.equal(isOfPodIdentity, true)
    calls.push(`${call.hop} by ${typeof identity === 'string' ? 'token' : identity.accessKeyId}`)
    return Promise.resolve(
      hop === undefined
        ? { kind: 'session' as const, session: session({ roleArn: input.RoleArn }) }
        : { kind: 'failure' as const, failure: toFailure(hop, { hop: call.hop }) },
    )
  }
  const sts = { allowsHttp: false, usesFips: false, usesDualstack: false }
  await walkChains(
    { context, sts, stsTokenFile: '/nowhere', targets: {}, baseSessions: {}, ...job },
    { assume, ask },
    { report: (one) => reports.push(one), signal: new AbortController().signal },
  )
  return { calls, reports }
}

const outcomes = (reports: readonly Report[]) =>
  reports.map((report) =>
    report.kind === 'failure'
      ? `${report.target}: ${report.failure.code}`
      : `${report.kind === 'base' ? 'base' : report.target}: ${report.session.roleArn}`,
  )

describe('the session of the agent', () => {
  it('begins all chains, and is asked for once a walk', async () => {
    const { calls, reports } = await walk({ targets: { short, long, none } })
    assert.equal(calls.filter((call) => call === 'agent').length, 1)
    assert.deepEqual(calls.toSorted(), [
      '1 by ASIAGIVEN',
      '1 by ASIAGIVEN',
      '2 by ASIAEXAMPLE',
      'agent',
    ])
    assert.deepEqual(outcomes(reports).toSorted(), [
      `base: ${ASSOCIATED_ROLE}`,
      `long: ${TARGET_ROLE}`,
      `none: ${ASSOCIATED_ROLE}`,
      `short: ${TARGET_ROLE}`,
    ])
    assert.equal(reports[0]?.kind, 'base')
  })

  it('is asked for although one is held', async () => {
    const { calls } = await walk({ targets: { short }, baseSessions: { [key]: held } })
    assert.deepEqual(calls, ['agent', '1 by ASIAGIVEN'])
  })

  for (const code of [
    'pod_identity_no_agent',
    'pod_identity_unavailable',
    'pod_identity_throttled',
    'token_missing',
  ] as const) {
    it(`that is held does while there is none (${code})`, async () => {
      const baseSessions = { [key]: held }
      const { calls, reports } = await walk(
        { targets: { short, none }, baseSessions },
        { agent: code },
      )
      assert.deepEqual(calls, ['agent', '1 by ASIAHELD'])
      assert.deepEqual(outcomes(reports).toSorted(), [`none: ${code}`, `short: ${TARGET_ROLE}`])
    })

    it(`that is not there is why nothing goes on (${code})`, async () => {
      const { calls, reports } = await walk({ targets: { short } }, { agent: code })
      assert.deepEqual(calls, ['agent'])
      assert.deepEqual(outcomes(reports), [`short: ${code}`])
    })
  }

  for (const code of ['pod_identity_no_association', 'pod_identity_refused'] as const) {
    it(`that EKS refuses is not replaced by the one that is held (${code})`, async () => {
      const baseSessions = { [key]: held }
      const { calls, reports } = await walk({ targets: { short }, baseSessions }, { agent: code })
      assert.deepEqual(calls, ['agent'])
      assert.deepEqual(outcomes(reports), [`short: ${code}`])
    })
  }

  it('that a role does not take is not asked for a second time: the agent holds it too', async () => {
    const { calls, reports } = await walk({ targets: { short } }, { hop: 'role_denied' })
    assert.deepEqual(calls, ['agent', '1 by ASIAGIVEN'])
    assert.deepEqual(outcomes(reports), [`base: ${ASSOCIATED_ROLE}`, 'short: role_denied'])
  })
})
