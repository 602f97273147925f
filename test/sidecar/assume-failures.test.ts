/** The real child against a strict AWS that refuses, fails or lives in another time: each is told apart. */
import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { after, afterEach, before, describe, it } from 'node:test'
import type { Fault } from '../../stand-ins/aws/faults.ts'
import { startFront } from './front.ts'
import { base, NOBODY_ROLE, type Stage, startStage, target } from './stage.ts'

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

describe('a refusal', () => {
  it('of the second hop says which role, what STS said, and what to do', async () => {
    const job = stage.jobOf({ default: [base, { roleArn: NOBODY_ROLE }] })
    const failure = (await stage.run(job)).failures['default']
    assert.match(
      failure?.sentence ?? '',
      /^hop 2, arn:aws:iam::222222222222:role\/nobody: AccessDenied: User: .* is not authorized to perform: sts:AssumeRole .* trust policy/,
    )
    assert.equal(failure?.isPermanent, true)
    assert.equal(failure.awsErrorCode, 'AccessDenied')
    assert.ok(failure.requestId)
    assert.ok(!failure.sentence.includes(failure.requestId))
    assert.deepEqual((await stage.run(job)).failures['default']?.sentence, failure.sentence)
  })

  for (const [what, given, code] of [
    ['another service account', { serviceAccount: 'other' }, 'web_identity_denied'],
    ['another audience', { audience: 'vault' }, 'identity_token_rejected'],
    ['an unknown issuer', { claims: { iss: 'https://x.example' } }, 'identity_token_rejected'],
    ['an expired token', { expiresInSeconds: -10 }, 'token_expired'],
  ] as const) {
    it(`of the token of ${what} is ${code}`, async () => {
      const token = await stage.writeToken(given)
      const failure = (await stage.run(stage.jobOf({ default: [base, target] }))).failures[
        'default'
      ]
      await stage.writeToken()
      assert.equal(failure?.code, code)
      assert.equal(failure.hop, 1)
      assert.ok(!failure.sentence.includes(token.split('.')[2] ?? ''))
    })
  }

  for (const [what, content, code] of [
    ['missing', undefined, 'token_missing'],
    ['empty', ' \n', 'token_empty'],
    ['something else', 'password-of-somebody', 'token_malformed'],
    ['of three parts that are no token', 'password.of.somebody', 'token_malformed'],
    ['longer than STS takes', `${'password'.repeat(9999)}.e30.x`, 'token_malformed'],
  ] as const) {
    it(`does not need STS when the token is ${what}`, async () => {
      if (content === undefined) await rm(stage.tokenFile)
      else await writeFile(stage.tokenFile, content)
      const { failures } = await stage.run(stage.jobOf({ default: [base, target] }))
      await stage.writeToken()
      assert.equal(failures['default']?.code, code)
      assert.equal(failures['default'].isPermanent, false)
      assert.ok(!failures['default'].sentence.includes('password'))
      assert.deepEqual(stage.takeTrail(), [])
    })
  }

  it('does not need STS when the token has expired, and says whose it is', async () => {
    const token = await stage.writeToken({ expiresInSeconds: -10, audience: 'amazonaws.com' })
    const job = stage.jobOf({ default: [base, target] })
    const failure = (await stage.run(job)).failures['default']
    await stage.writeToken()
    assert.equal(failure?.code, 'token_expired')
    assert.equal(failure.isPermanent, false)
    assert.match(
      failure.sentence,
      /token, not sent\. The token is of system:serviceaccount:team-a:reports, issuer https:\/\/oidc\.cluster\.example, audience amazonaws\.com\. The STS token has expired\./,
    )
    for (const part of token.split('.')) assert.ok(!failure.sentence.includes(part))
    assert.deepEqual(stage.takeTrail(), [])
  })

  it('of a token names what it says of itself', async () => {
    await stage.writeToken({ serviceAccount: 'other', audience: 'amazonaws.com' })
    const job = stage.jobOf({ default: [base, target] })
    const sentence = (await stage.run(job)).failures['default']?.sentence ?? ''
    await stage.writeToken()
    assert.match(sentence, /serviceaccount:team-a:other, .* audience amazonaws\.com\. /)
    assert.match(sentence, /client ids of the OIDC provider in AWS account 111111111111/)
    assert.doesNotMatch(sentence, /sts\.amazonaws\.com/)
  })

  it('does not need STS when a template makes a name that it would refuse', async () => {
    const job = stage.jobOf({ default: [base, { ...target, sourceIdentity: '{pod} x' }] })
    assert.equal((await stage.run(job)).failures['default']?.code, 'source_identity_invalid')
  })

  it('of a token with a line break at its end does not happen', async () => {
    await writeFile(stage.tokenFile, `${await stage.writeToken()}\n`)
    assert.ok((await stage.run(stage.jobOf({ default: [base] }))).sessions['default'])
  })
})

describe('a fault of STS', () => {
  const faults: readonly (readonly [string, Fault, string])[] = [
    ['throttling', { kind: 'throttle', retryAfterSeconds: 7 }, 'throttled'],
    ['a 500', { kind: 'error', status: 500, code: 'InternalFailure' }, 'sts_unavailable'],
    ['a 503', { kind: 'error', status: 503, code: 'ServiceUnavailable' }, 'sts_unavailable'],
    ['a reset', { kind: 'reset' }, 'sts_unreachable'],
    ['garbage', { kind: 'garbage' }, 'answer_unreadable'],
    ['half an answer', { kind: 'cut_off' }, 'sts_unreachable'],
    [
      'an issuer out of reach',
      { kind: 'error', status: 400, code: 'IDPCommunicationError' },
      'issuer_unreachable',
    ],
    [
      'a region without STS',
      { kind: 'error', status: 403, code: 'RegionDisabledException' },
      'region_disabled',
    ],
    [
      'too large a policy',
      { kind: 'error', status: 400, code: 'PackedPolicyTooLarge' },
      'packed_policy_too_large',
    ],
    ['an unknown refusal', { kind: 'error', status: 400, code: 'Whatever' }, 'request_refused'],
  ]
  for (const [what, fault, code] of faults) {
    it(`that is ${what} is ${code}, asked once`, async () => {
      stage.aws.addFault(fault)
      const { reports } = await stage.run(stage.jobOf({ default: [base, target] }))
      assert.equal(reports.length, 1)
      const [report] = reports
      assert.equal(report?.kind === 'failure' && report.failure.code, code)
      if (fault.kind === 'throttle') {
        assert.equal(report?.kind === 'failure' && report.retryAfterMs, 7000)
      }
      assert.ok(stage.takeTrail().length <= 1)
    })
  }

  it('that is an answer too late is sts_timeout', async () => {
    stage.aws.addFault({ kind: 'delay', delayMs: 8000 })
    const { failures } = await stage.run(stage.jobOf({ default: [base] }))
    assert.equal(failures['default']?.code, 'sts_timeout')
    const { host } = new URL(stage.aws.url)
    assert.ok(
      failures['default'].sentence.includes(`: sts_timeout: on the way to ${host}. STS does`),
    )
  })
})

describe('a clock that is wrong', () => {
  for (const [what, offsetMs] of [
    ['slow', 2 * HOUR],
    ['a little slow', 10 * 60_000],
    ['a little fast', -10 * 60_000],
    ['fast', -50 * 60_000],
  ] as const) {
    it(`(ours is ${what}) does not keep the chain from being walked, and no session seems to last too long`, async () => {
      // The token lasts by both clocks.
      await stage.writeToken({ expiresInSeconds: 6 * 3600, claims: { nbf: 0, iat: 0 } })
      stage.aws.addFault({ kind: 'clock', offsetMs })
      const { sessions, failures } = await stage.run(stage.jobOf({ default: [base, target] }))
      await stage.writeToken()
      assert.deepEqual(failures, {})
      const session = sessions['default']
      assert.ok(session && session.expiresAtMs <= session.acquiredAtMs + HOUR + 60_000)
      assert.ok(Date.parse(session.expiration) <= session.expiresAtMs)
    })
  }

  it('(ours is fast by more than a session lasts) is said', async () => {
    await stage.writeToken({ claims: { nbf: 0, iat: 0 } })
    stage.aws.addFault({ kind: 'clock', offsetMs: -2 * HOUR })
    const { failures } = await stage.run(stage.jobOf({ default: [base] }))
    await stage.writeToken()
    assert.equal(failures['default']?.code, 'clock_wrong')
  })

  it('is said when STS does not tell the right time either', async (t) => {
    await stage.writeToken({ expiresInSeconds: 6 * 3600, claims: { nbf: 0, iat: 0 } })
    stage.aws.addFault({ kind: 'clock', offsetMs: 2 * HOUR })
    const front = await startFront(stage.aws.url, { clockOffsetMs: 0 })
    t.after(() => front.stop())
    const job = stage.jobOf({ default: [base, target] })
    const { failures } = await stage.run({ ...job, sts: { ...job.sts, endpoint: front.url } })
    await stage.writeToken()
    assert.equal(failures['default']?.code, 'clock_wrong')
    assert.equal(failures['default'].hop, 2)
  })
})
