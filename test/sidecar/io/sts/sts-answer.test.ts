import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { StsCall } from '../../../../sidecar/core/chain/chain.ts'
import { type StsAnswer, toCallFailure, toOutcome } from '../../../../sidecar/io/sts/sts-answer.ts'
import { session, TARGET_ROLE } from '../../sessions.ts'

const HOUR = 3_600_000
const held = session({ secretAccessKey: 'held-secret', sessionToken: 'held-token' })
const call: StsCall = {
  hop: 2,
  input: { RoleArn: TARGET_ROLE, RoleSessionName: 'team-a.nightly', DurationSeconds: 3600 },
  identity: held,
}
const arn = 'arn:aws:sts::222222222222:assumed-role/reports-reader/team-a.nightly'

function answerOf(endsInMs: number, given: Partial<StsAnswer> = {}): StsAnswer {
  return {
    AssumedRoleUser: { Arn: arn },
    Credentials: {
      AccessKeyId: 'ASIAANSWER',
      SecretAccessKey: 'answered-secret',
      SessionToken: 'answered-token',
      Expiration: new Date(Math.floor((Date.now() + endsInMs) / 1000) * 1000),
    },
    $metadata: { requestId: 'a-request' },
    ...given,
  }
}

function codeOf(answer: StsAnswer): string {
  const outcome = toOutcome(answer, call, Date.now())
  return outcome.kind === 'failure' ? outcome.failure.code : outcome.kind
}

describe('a refusal of STS', () => {
  for (const password of ['o', 'Throttling']) {
    it(`is judged by its code where the proxy's password is ${password}, and the code not shown`, () => {
      const thrown = Object.assign(new Error('Rate exceeded'), {
        Error: { Code: 'Throttling' },
        $metadata: { httpStatusCode: 400 },
      })
      const outcome = toCallFailure(thrown, call, {
        secrets: [password],
        answer: { status: 400, isSts: true },
      })
      assert.ok(outcome.kind === 'failure')
      assert.equal(outcome.failure.code, 'throttled')
      assert.equal(outcome.failure.awsErrorCode, undefined)
    })
  }
})

describe('an answer of STS', () => {
  it('becomes a session with the end that STS said', () => {
    const answer = answerOf(HOUR)
    const outcome = toOutcome(answer, call, Date.now())
    assert.ok(outcome.kind === 'session')
    assert.equal(outcome.session.expiresAtMs, answer.Credentials?.Expiration?.getTime())
    assert.equal(outcome.session.accountId, '222222222222')
  })

  for (const [what, other] of [
    ['AWS account', arn.replace('222222222222', '111111111111')],
    ['role', arn.replace('reports-reader', 'admin')],
    ['session name', `${arn}-2`],
  ] as const) {
    it(`with another ${what} is not used, and not quoted with its credentials`, () => {
      const outcome = toOutcome(
        answerOf(HOUR, { AssumedRoleUser: { Arn: other } }),
        call,
        Date.now(),
      )
      assert.ok(outcome.kind === 'failure')
      assert.equal(outcome.failure.code, 'unexpected_identity')
      assert.ok(outcome.failure.sentence.includes(other))
      assert.doesNotMatch(JSON.stringify(outcome), /answered-|ASIAANSWER/)
    })
  }

  it('without credentials, without a part of them, or without an identity is none', () => {
    const { Credentials } = answerOf(HOUR)
    assert.equal(codeOf(answerOf(HOUR, { Credentials: undefined })), 'answer_unreadable')
    assert.equal(codeOf(answerOf(HOUR, { AssumedRoleUser: undefined })), 'answer_unreadable')
    for (const part of ['AccessKeyId', 'SecretAccessKey', 'SessionToken', 'Expiration'] as const) {
      assert.ok(Credentials)
      const lacking = { ...Credentials, [part]: undefined }
      assert.equal(codeOf(answerOf(HOUR, { Credentials: lacking })), 'answer_unreadable')
    }
  })

  it('that has ended already says that the clock is wrong', () => {
    assert.equal(codeOf(answerOf(-1000)), 'clock_wrong')
  })

  it('never lasts longer by our clock than was asked for: a slow clock would serve it too long', () => {
    const startedAtMs = Date.now()
    const outcome = toOutcome(answerOf(3 * HOUR), call, startedAtMs)
    assert.ok(outcome.kind === 'session')
    assert.equal(outcome.session.expiresAtMs, startedAtMs + HOUR)
    assert.ok(Date.parse(outcome.session.expiration) <= startedAtMs + HOUR)
  })
})

describe('an error of a call', () => {
  it('is told without the secrets of the call, whatever STS repeats of them', () => {
    const message = 'Value held-token at sessionToken and held-secret failed'
    const error = Object.assign(new Error(message), {
      name: 'ValidationError',
      Error: { Code: 'ValidationError' },
      $metadata: { httpStatusCode: 400, requestId: 'a-request' },
    })
    const outcome = toCallFailure(error, call)
    assert.ok(outcome.kind === 'failure')
    assert.match(outcome.failure.sentence, /Value \*\*\* at sessionToken and \*\*\* failed/)
    assert.equal(outcome.failure.requestId, 'a-request')
    assert.doesNotMatch(JSON.stringify(outcome), /held-/)
  })

  it('has the code and the request id of STS, of the usual shapes', () => {
    const requestId = '989dcb5c-a58e-492b-92eb-d9b8c836d254'
    const error = Object.assign(new Error('No'), {
      Error: { Code: 'aws:Some.Error_Code-1' },
      $metadata: { httpStatusCode: 400, requestId },
    })
    const outcome = toCallFailure(error, call)
    assert.ok(outcome.kind === 'failure')
    assert.equal(outcome.failure.awsErrorCode, 'aws:Some.Error_Code-1')
    assert.equal(outcome.failure.requestId, requestId)
  })

  it('of the first hop is told without the token', () => {
    const identity = 'aaa.bbb.ccc'
    const error = Object.assign(new Error(`Value '${identity}' at 'webIdentityToken' failed`), {
      name: 'ValidationError',
      $metadata: { httpStatusCode: 400 },
    })
    assert.doesNotMatch(JSON.stringify(toCallFailure(error, { ...call, identity })), /bbb/)
  })

  it('that a name cannot be resolved says which', () => {
    const hostname = 'sts.eu-west-9.amazonaws.com'
    const error = Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), {
      code: 'ENOTFOUND',
      hostname,
    })
    const outcome = toCallFailure(error, call)
    assert.ok(outcome.kind === 'failure')
    assert.match(outcome.failure.sentence, /: name_unresolved: ENOTFOUND sts\.eu-west-9\.amaz/)
  })

  it('that is no error at all is unexpected', () => {
    for (const thrown of ['text', undefined, null, 7, {}]) {
      const outcome = toCallFailure(thrown, call)
      assert.equal(outcome.kind === 'failure' && outcome.failure.code, 'unexpected_error')
    }
  })
})
