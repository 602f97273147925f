/** A base session that is held and that STS does not take any more: once more with a fresh one. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type StsCall, toBaseKey } from '../../../../sidecar/core/chain/chain.ts'
import { type FailureCode, toFailure } from '../../../../sidecar/core/failures/errors.ts'
import type { Job, Report } from '../../../../sidecar/core/chain/job.ts'
import { walkChains } from '../../../../sidecar/io/sts/walk.ts'
import { BASE_ROLE, session, TARGET_ROLE } from '../../sessions.ts'

const MINUTE = 60_000
const target = { chain: [{ roleArn: BASE_ROLE }, { roleArn: TARGET_ROLE }] }
const context = { sessionName: 'team-a.nightly', placeholders: {} }
const key = toBaseKey(target, context) ?? ''

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rolechain-test-'))
  await writeFile(join(folder, 'token'), 'e30.e30.x')
})
after(() => rm(folder, { recursive: true }))

/** Walks with a base session that is held; `refuse` says how a call ends, if not well. */
async function walk(
  refuse: (call: StsCall, isHeld: boolean) => FailureCode | undefined,
  given: Partial<Job> & { ageMs?: number } = {},
): Promise<{ calls: string[]; reports: Report[] }> {
  const { ageMs = 20 * MINUTE, ...rest } = given
  const calls: string[] = []
  const reports: Report[] = []
  const held = session({
    roleArn: BASE_ROLE,
    accessKeyId: 'ASIAHELD',
    acquiredAtMs: Date.now() - ageMs,
  })
  const job: Job = {
    context,
    sts: { allowsHttp: false, usesFips: false, usesDualstack: false },
    stsTokenFile: join(folder, 'token'),
    targets: { default: target },
    baseSessions: { [key]: held },
    ...rest,
  }
  const assume = (call: StsCall) => {
    const isHeld = typeof call.identity !== 'string' && call.identity.accessKeyId === 'ASIAHELD'
    calls.push(`${call.hop}${isHeld ? ' held' : ''}`)
    const code = refuse(call, isHeld)
    const { hop, input } = call
    return Promise.resolve(
      code === undefined
        ? { kind: 'session' as const, session: session({ roleArn: input.RoleArn }) }
        : { kind: 'failure' as const, failure: toFailure(code, { hop }) },
    )
  }
  const report = (one: Report): number => reports.push(one)
  await walkChains(job, { assume }, { report, signal: new AbortController().signal })
  return { calls, reports }
}

function denySecond({ hop }: StsCall): FailureCode | undefined {
  return hop === 2 ? 'role_denied' : undefined
}

const kinds = (reports: readonly Report[]): string[] => reports.map(({ kind }) => kind)

describe('a held base session', () => {
  for (const code of [
    'role_denied',
    'session_expired',
    'session_rejected',
    'signature_rejected',
  ] as const) {
    it(`that is refused (${code}) is replaced by a fresh one, which is reported`, async () => {
      const { calls, reports } = await walk((_, isHeld) => (isHeld ? code : undefined))
      assert.deepEqual(calls, ['2 held', '1', '2'])
      assert.deepEqual(kinds(reports), ['base', 'session'])
    })
  }

  it('is tried with a fresh one once, not again and again', async () => {
    const { calls, reports } = await walk(denySecond)
    assert.deepEqual(calls, ['2 held', '1', '2'])
    assert.deepEqual(kinds(reports), ['base', 'failure'])
  })

  it('has one fresh one for all targets that rest on it', async () => {
    const targets = { one: target, two: target }
    const { calls } = await walk((_, isHeld) => (isHeld ? 'role_denied' : undefined), { targets })
    assert.deepEqual(calls.toSorted(), ['1', '2', '2', '2 held', '2 held'])
  })

  it('is not replaced for what is no matter of the session', async () => {
    for (const code of ['throttled', 'sts_unreachable', 'request_refused'] as const) {
      assert.deepEqual((await walk(() => code)).calls, ['2 held'])
    }
  })

  it('is not replaced for what a later hop refuses', async () => {
    const chain = [...target.chain, { roleArn: 'arn:aws:iam::333333333333:role/deep' }]
    const { calls } = await walk(({ hop }) => (hop === 3 ? 'role_denied' : undefined), {
      targets: { default: { chain } },
    })
    assert.deepEqual(calls, ['2 held', '3'])
  })

  it('tells what the policy said when there is no fresh one', async () => {
    const { reports } = await walk(({ hop }) => (hop === 1 ? 'issuer_unreachable' : 'role_denied'))
    const [report] = reports
    assert.equal(report?.kind === 'failure' && report.failure.code, 'role_denied')
  })

  it('is left alone for ten minutes where the target was denied before', async () => {
    const deniedTargets = ['default']
    const young = await walk(denySecond, { deniedTargets, ageMs: MINUTE })
    assert.deepEqual(young.calls, ['2 held'])
    const old = await walk(denySecond, { deniedTargets, ageMs: 11 * MINUTE })
    assert.deepEqual(old.calls, ['2 held', '1', '2'])
  })
})
