/** The real child against the strict AWS: what it asks of STS, and what it hands back. */
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import type { Hop } from '../../sidecar/contract.ts'
import type { Session } from '../../sidecar/core/session.ts'
import { BASE_ROLE, TARGET_ROLE } from './sessions.ts'
import { base, DEEP_ROLE, NOBODY_ROLE, type Stage, startStage, target } from './stage.ts'

const HOUR = 3_600_000
let stage: Stage

before(async () => {
  stage = await startStage()
})
after(() => stage.stop())
afterEach(() => {
  stage.aws.clearFaults()
  stage.takeTrail()
})

async function identityOf(session: Session | undefined): Promise<string | undefined> {
  assert.ok(session)
  const { accessKeyId, secretAccessKey, sessionToken } = session
  const client = new STSClient({
    region: 'eu-west-1',
    endpoint: stage.aws.url,
    credentials: { accessKeyId, secretAccessKey, sessionToken },
  })
  return (await client.send(new GetCallerIdentityCommand({}))).Arn
}

describe('a chain that AWS allows', () => {
  it('ends as the target role, with a whole session of about an hour', async () => {
    const { sessions, failures } = await stage.run(stage.jobOf({ default: [base, target] }))
    assert.deepEqual(failures, {})
    const session = sessions['default']
    assert.equal(
      await identityOf(session),
      'arn:aws:sts::222222222222:assumed-role/reports-reader/team-a.nightly',
    )
    assert.equal(session?.roleArn, TARGET_ROLE)
    assert.equal(session.accountId, '222222222222')
    assert.equal(Date.parse(session.expiration), Math.floor(session.expiresAtMs / 1000) * 1000)
    assert.ok(Math.abs(session.expiresAtMs - session.acquiredAtMs - HOUR) < 5000)
  })

  it('may have one hop, which leaves no base session', async () => {
    const { sessions, baseSessions } = await stage.run(stage.jobOf({ default: [base] }))
    assert.equal(sessions['default']?.roleArn, BASE_ROLE)
    assert.deepEqual(baseSessions, {})
  })

  it('may have many hops, and roles with a path', async () => {
    const deep = { roleArn: DEEP_ROLE }
    const { sessions } = await stage.run(stage.jobOf({ default: [base, target, deep] }))
    assert.match((await identityOf(sessions['default'])) ?? '', /assumed-role\/deep-reader\//)
  })

  it('is told from other callers in CloudTrail by its user agent', async () => {
    await stage.run(stage.jobOf({ default: [base, target] }))
    const agents = stage.aws.trail().map(({ userAgent }) => userAgent)
    assert.equal(agents.length, 2)
    for (const agent of agents) assert.match(agent, /(?:^| )rolechain\/dev(?: |$)/)
  })

  it('sends what each hop says, and nothing else', async () => {
    const hop: Hop = {
      roleArn: 'arn:aws:iam::222222222222:role/with-id',
      externalId: 'team-a-nightly',
      sessionTags: [{ key: 'team', value: '{namespace}', isTransitive: true }],
      sourceIdentity: '{pod}-source',
      durationSeconds: 900,
    }
    const { sessions } = await stage.run(stage.jobOf({ default: [base, hop] }))
    const lifeMs = (sessions['default']?.expiresAtMs ?? 0) - Date.now()
    assert.ok(lifeMs > 880_000 && lifeMs <= 900_000)
    const [first, second] = stage.aws.trail()
    assert.deepEqual(
      [first?.requestParameters['externalId'], first?.requestParameters['sourceIdentity']],
      [undefined, undefined],
    )
    assert.equal(second?.requestParameters['externalId'], 'team-a-nightly')
    assert.equal(second.requestParameters['sourceIdentity'], 'nightly-source')
    assert.equal(second.requestParameters['roleSessionName'], 'team-a.nightly')
    assert.match(JSON.stringify(second.requestParameters), /"team"/)
  })
})

describe('several targets', () => {
  it('share the base session, which is asked for once and reported first', async () => {
    const job = stage.jobOf({ one: [base, target], two: [base, target], three: [base] })
    const { sessions, baseSessions, reports } = await stage.run(job)
    assert.deepEqual(Object.keys(sessions).sort(), ['one', 'three', 'two'])
    assert.equal(Object.keys(baseSessions).length, 1)
    assert.ok(reports.findIndex(({ kind }) => kind === 'base') <= 1)
    assert.deepEqual(stage.takeTrail().toSorted(), [
      'AssumeRole',
      'AssumeRole',
      'AssumeRoleWithWebIdentity',
      'AssumeRoleWithWebIdentity',
    ])
  })

  it('fail each for itself', async () => {
    const job = stage.jobOf({ good: [base, target], bad: [base, { roleArn: NOBODY_ROLE }] })
    const { sessions, failures } = await stage.run(job)
    assert.deepEqual(Object.keys(sessions), ['good'])
    assert.equal(failures['bad']?.code, 'role_denied')
    assert.equal(failures['bad'].hop, 2)
  })
})

describe('a held base session', () => {
  it('is used again instead of the token', async () => {
    const first = await stage.run(stage.jobOf({ default: [base, target] }))
    stage.takeTrail()
    const { baseSessions } = first
    const missing = { baseSessions, stsTokenFile: '/nowhere/token' }
    const second = await stage.run(stage.jobOf({ default: [base, target] }, missing))
    assert.ok(second.sessions['default'])
    assert.deepEqual(stage.takeTrail(), ['AssumeRole'])
  })

  it('is replaced by a fresh one when STS does not take it', async () => {
    const first = await stage.run(stage.jobOf({ default: [base, target] }))
    const baseSessions = Object.fromEntries(
      Object.entries(first.baseSessions).map(([key, held]) => [
        key,
        { ...held, accessKeyId: 'ASIAGONE' },
      ]),
    )
    stage.takeTrail()
    const second = await stage.run(stage.jobOf({ default: [base, target] }, { baseSessions }))
    assert.ok(second.sessions['default'])
    assert.deepEqual(Object.keys(second.baseSessions), Object.keys(baseSessions))
    assert.deepEqual(stage.takeTrail().slice(1), ['AssumeRoleWithWebIdentity', 'AssumeRole'])
  })

  it('that was revoked in IAM is replaced by a fresh one', async () => {
    const { baseSessions } = await stage.run(stage.jobOf({ default: [base, target] }))
    stage.takeTrail()
    const message = 'User: x is not authorized with an explicit deny in an identity-based policy'
    const revoked = { kind: 'error', status: 403, code: 'AccessDenied', message } as const
    stage.aws.addFault({ ...revoked, operation: 'AssumeRole', calls: 1 })
    const run = await stage.run(stage.jobOf({ default: [base, target] }, { baseSessions }))
    assert.ok(run.sessions['default'])
    assert.notDeepEqual(run.baseSessions, baseSessions)
    assert.deepEqual(stage.takeTrail().slice(-2), ['AssumeRoleWithWebIdentity', 'AssumeRole'])
  })
})
