/** Targets of one walk are on their own: what one meets does not touch the others. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { StsCall, StsOutcome } from '../../../../sidecar/core/chain/chain.ts'
import type { Job, Report } from '../../../../sidecar/core/chain/job.ts'
import { walkChains } from '../../../../sidecar/io/sts/walk.ts'
import { BASE_ROLE, session } from '../../sessions.ts'

const roleOf = (name: string) => `arn:aws:iam::222222222222:role/${name}`
const NAMES = Array.from({ length: 12 }, (_, index) => `account-${index}`)
const [ODD = ''] = NAMES

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rolechain-test-'))
  await writeFile(join(folder, 'token'), 'e30.e30.x')
})
after(() => rm(folder, { recursive: true }))

/** Walks twelve chains, of which one meets something odd. */
async function walk(
  meet: () => Promise<StsOutcome>,
  report: (report: Report) => void,
): Promise<void> {
  const targets = NAMES.map((name) => [
    name,
    { chain: [{ roleArn: BASE_ROLE }, { roleArn: roleOf(name) }] },
  ])
  const job: Job = {
    context: { sessionName: 'team-a.nightly', placeholders: {} },
    sts: { allowsHttp: false, usesFips: false, usesDualstack: false },
    stsTokenFile: join(folder, 'token'),
    targets: Object.fromEntries(targets),
    baseSessions: {},
  }
  const assume = ({ input }: StsCall): Promise<StsOutcome> =>
    input.RoleArn === roleOf(ODD)
      ? meet()
      : Promise.resolve({ kind: 'session', session: session({ roleArn: input.RoleArn }) })
  await walkChains(job, { assume }, { report, signal: new AbortController().signal })
}

describe('eleven targets of twelve', () => {
  it('are reported while the call for the first is on its way', async () => {
    const answer = Promise.withResolvers<StsOutcome>()
    const others = Promise.withResolvers<undefined>()
    const reported: string[] = []
    const walking = walk(
      () => answer.promise,
      (report) => {
        if (report.kind === 'session') reported.push(report.target)
        if (reported.length === NAMES.length - 1) others.resolve(undefined)
      },
    )
    await others.promise
    assert.ok(!reported.includes(ODD))
    answer.resolve({ kind: 'session', session: session({ roleArn: roleOf(ODD) }) })
    await walking
    assert.ok(reported.includes(ODD))
  })

  it('have their sessions although there is a defect on the way of the first', async () => {
    const reports: Report[] = []
    await walk(
      () => Promise.reject(new TypeError('secret-of-a-test')),
      (report) => reports.push(report),
    )
    const failed = reports.filter((report) => report.kind === 'failure')
    assert.deepEqual(
      failed.map(({ target, failure }) => [target, failure.code]),
      [[ODD, 'unexpected_error']],
    )
    assert.ok(!JSON.stringify(reports.filter(({ kind }) => kind === 'failure')).includes('secret-'))
    assert.equal(reports.filter(({ kind }) => kind === 'session').length, NAMES.length - 1)
  })
})
