/** The form of `credential_process`: what is in it, and that whatever is decided is the same in both forms. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { processPath } from '../../../../sidecar/contract.ts'
import { formOf, FORMS } from '../../../../sidecar/core/endpoint/forms.ts'
import {
  type Place,
  readRoute,
  type Reply,
  toTargetReply,
  toTokenReply,
} from '../../../../sidecar/core/endpoint/reply.ts'
import { session } from '../../sessions.ts'

const denied = { code: 'role_denied', sentence: 'hop 2: denied', isPermanent: true } as const
const throttled = { code: 'throttled', sentence: 'hop 1: slow', isPermanent: false } as const
const PLACE: Place = { target: 'dev', form: FORMS.process }

/** The same question in both forms; gives the answer of `credential_process`. */
function inBothForms(answerOf: (place: Place) => Reply | undefined): Reply {
  const reply = answerOf({ target: 'dev', form: FORMS.credentials })
  const inProcess = answerOf(PLACE)
  assert(reply && inProcess)
  assert.equal(inProcess.status, reply.status)
  assert.equal(inProcess.refusal?.code, reply.refusal?.code)
  return inProcess
}

function assertSentenceOnly({ body, refusal }: Reply): void {
  assert(refusal)
  assert.equal(body, `${refusal.sentence}\n`)
}

describe('a profile', () => {
  it('is asked for at a path of its own, by the rules of all', () => {
    const headers = { host: ['127.0.0.1:7755'], authorization: ['token'] }
    const request = { method: 'GET', path: processPath('dev'), headers }
    assert.deepEqual(readRoute(request, new Set(['dev'])), {
      kind: 'target',
      place: PLACE,
      authorization: 'token',
    })
  })

  it('is answered with exactly what credential_process is to print', () => {
    const reply = inBothForms((place) => toTargetReply(place, { session: session({}) }, 0))
    assert.equal(reply.status, 200)
    assert.deepEqual(reply.headers, {
      'Content-Type': 'application/json',
      'Cache-Control': 'no-store',
    })
    assert.deepEqual(JSON.parse(reply.body), {
      Version: 1,
      AccessKeyId: 'ASIAEXAMPLE',
      SecretAccessKey: 'secret-of-a-test',
      SessionToken: 'token-of-a-test',
      Expiration: '1970-01-01T01:00:00Z',
      AccountId: '222222222222',
    })
  })

  for (const state of [{ failure: denied }, { failure: throttled }, {}]) {
    it(`is refused with the sentence alone when it has ${JSON.stringify(state)}`, () => {
      assertSentenceOnly(inBothForms((place) => toTargetReply(place, state, 0)))
    })
  }

  for (const verdict of ['refused', 'unreadable'] as const) {
    it(`is refused with the sentence alone when the token is ${verdict}`, () => {
      assertSentenceOnly(inBothForms((place) => toTokenReply(place, verdict)))
    })
  }

  it('is told of its own token, whose file no variable names', () => {
    const sentence = toTokenReply(PLACE, 'refused')?.refusal?.sentence ?? ''
    assert.match(sentence, /\/var\/run\/secrets\/rolechain\.io\/dev\/token/)
    assert.doesNotMatch(sentence, /AWS_CONTAINER/)
  })
})

describe('the form of a path', () => {
  it('is that of SDKs wherever it is not that of profiles', () => {
    assert.equal(formOf(processPath('')), FORMS.process)
    for (const path of ['', '/', '/v1/process', '/v1/credentials/x', '//v1/process/x']) {
      assert.equal(formOf(path), FORMS.credentials)
    }
  })
})
