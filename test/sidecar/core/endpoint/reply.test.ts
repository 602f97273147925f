/** The endpoint's answers: one row a rule, and the forms that SDKs read. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { processPath } from '../../../../sidecar/contract.ts'
import { FORMS } from '../../../../sidecar/core/endpoint/forms.ts'
import {
  isWorthWaiting,
  readRoute,
  type RequestFacts,
  toTargetReply,
  toTokenReply,
} from '../../../../sidecar/core/endpoint/reply.ts'
import type { Failure } from '../../../../sidecar/core/failures/failure.ts'
import { session } from '../../sessions.ts'

const PATH = '/v1/credentials/default'
const PLACE = { target: 'default', form: FORMS.credentials }
const HEADERS = { host: ['127.0.0.1:7755'], authorization: ['token'] }
const TARGETS: ReadonlySet<string> = new Set(['default', 'reports'])

const denied: Failure = { code: 'role_denied', sentence: 'hop 2: denied', isPermanent: true }
const throttled: Failure = { code: 'throttled', sentence: 'hop 1: slow', isPermanent: false }

interface Row {
  readonly name: string
  readonly given: Partial<RequestFacts>
  readonly status: number
  readonly code: string
}

function headers(given: RequestFacts['headers']): Partial<RequestFacts> {
  return { headers: { ...HEADERS, ...given } }
}

const refused: readonly Row[] = [
  ...['evil.example', '127.0.0.1.evil.example', '10.0.0.1', 'localhost:x', '', '[::2]'].map(
    (host) => ({
      name: `the Host ${JSON.stringify(host)}`,
      given: headers({ host: [host] }),
      status: 403,
      code: 'foreign_host',
    }),
  ),
  {
    name: 'no Host',
    given: { headers: { authorization: ['token'] } },
    status: 403,
    code: 'foreign_host',
  },
  {
    name: 'two Hosts',
    given: headers({ host: ['localhost', 'evil.example'] }),
    status: 403,
    code: 'foreign_host',
  },
  ...['x-forwarded-for', 'forwarded', 'origin'].map((name) => ({
    name: `the header ${name}, even an empty one`,
    given: headers({ [name]: [''] }),
    status: 403,
    code: 'forwarded_request',
  })),
  ...['/', '/v1/credentials', '/v1/credentials/', `${PATH}/`, `${PATH}?x=1`, `/x/..${PATH}`].map(
    (path) => ({ name: `the path ${path}`, given: { path }, status: 403, code: 'unknown_path' }),
  ),
  ...['other', 'constructor', 'sts'].map((target) => ({
    name: `the target ${target}, which the pod has not`,
    given: { path: `/v1/credentials/${target}` },
    status: 403,
    code: 'unknown_target',
  })),
  ...['HEAD', 'POST', 'PUT', 'OPTIONS', 'TRACE'].map((method) => ({
    name: `the method ${method}`,
    given: { method },
    status: 405,
    code: 'method_not_allowed',
  })),
  ...[undefined, [''], [' '], ['token', 'token']].map((authorization) => ({
    name: `the Authorization ${JSON.stringify(authorization)}`,
    given: headers({ authorization }),
    status: 401,
    code: 'missing_token',
  })),
]

function route(given: Partial<RequestFacts>): ReturnType<typeof readRoute> {
  return readRoute({ method: 'GET', path: PATH, headers: HEADERS, ...given }, TARGETS)
}

describe('a request', () => {
  for (const { name, given, status, code } of refused) {
    it(`is refused with ${String(status)} for ${name}`, () => {
      const found = route(given)
      assert(found.kind === 'refused')
      assert.equal(found.reply.status, status)
      const body = JSON.parse(found.reply.body) as Record<string, string>
      assert.equal(body['code'], code)
      assert.equal(body['Code'], code)
      assert.equal(body['Message'], body['message'])
      assert.deepEqual(found.reply.refusal, { code, sentence: body['message'] })
    })
  }

  it('says with 405 which method is allowed', () => {
    const found = route({ method: 'POST' })
    assert(found.kind === 'refused')
    assert.equal(found.reply.headers['Allow'], 'GET')
  })

  for (const host of ['127.0.0.1', '127.0.0.1:9999', 'localhost', 'LOCALHOST:1', '[::1]:7755']) {
    it(`is let through with the Host ${host}`, () => {
      assert.deepEqual(route(headers({ host: [host], authorization: [' token '] })), {
        kind: 'target',
        place: PLACE,
        authorization: 'token',
      })
    })
  }

  for (const { name, given, status, code } of refused) {
    it(`for a profile is refused with ${String(status)} for ${name}, and the sentence alone`, () => {
      const path = (given.path ?? PATH).replace('/v1/credentials', '/v1/process')
      const found = route({ ...given, path })
      assert(found.kind === 'refused' && found.reply.refusal)
      assert.equal(found.reply.status, status)
      assert.equal(found.reply.refusal.code, code)
      // Where the path is of neither form, the one of all others is given.
      if (!path.startsWith(processPath(''))) return
      assert.equal(found.reply.body, `${found.reply.refusal.sentence}\n`)
      assert.equal(found.reply.headers['Content-Type'], 'text/plain; charset=utf-8')
      assert.doesNotMatch(found.reply.body, /AWS_CONTAINER_/)
    })
  }
})

describe('a token', () => {
  it('is answered by its verdict', () => {
    assert.equal(toTokenReply(PLACE, 'accepted'), undefined)
    assert.equal(toTokenReply(PLACE, 'refused')?.status, 401)
    assert.equal(toTokenReply(PLACE, 'unreadable')?.status, 503)
  })
})

describe('a target', () => {
  it('is answered with exactly what every SDK reads', () => {
    const reply = toTargetReply(PLACE, { session: session({}) }, 0)
    assert.equal(reply.status, 200)
    assert.deepEqual(reply.headers, {
      'Content-Type': 'application/json',
      'Cache-Control': 'no-store',
    })
    assert.deepEqual(JSON.parse(reply.body), {
      AccessKeyId: 'ASIAEXAMPLE',
      SecretAccessKey: 'secret-of-a-test',
      Token: 'token-of-a-test',
      Expiration: '1970-01-01T01:00:00Z',
      AccountId: '222222222222',
    })
    assert.equal(reply.refusal, undefined)
  })

  it('is answered without an AWS account where nobody says it', () => {
    const { body } = toTargetReply(PLACE, { session: session({ accountId: '' }) }, 0)
    assert.equal('AccountId' in (JSON.parse(body) as object), false)
  })

  it('is served until the last second, whatever STS says meanwhile', () => {
    const state = { session: session({ expiresAtMs: 10_000 }), failure: denied }
    assert.equal(toTargetReply(PLACE, state, 9_999).status, 200)
    assert.equal(toTargetReply(PLACE, state, 10_000).status, 403)
  })

  it('is refused for good when the role cannot be assumed, and for now when that may pass', () => {
    assert.equal(toTargetReply(PLACE, { failure: denied }, 0).status, 403)
    assert.equal(toTargetReply(PLACE, { failure: throttled }, 0).status, 503)
    assert.equal(toTargetReply(PLACE, {}, 0).status, 503)
    assert.match(toTargetReply(PLACE, { failure: denied }, 0).body, /hop 2: denied/)
  })

  it('is worth waiting for only while nothing is held and nothing is wrong for good', () => {
    assert.equal(isWorthWaiting({}, 0), true)
    assert.equal(isWorthWaiting({ failure: throttled }, 0), true)
    assert.equal(isWorthWaiting({ failure: denied }, 0), false)
    assert.equal(isWorthWaiting({ session: session({}) }, 0), false)
    assert.equal(isWorthWaiting({ session: session({ expiresAtMs: 1 }) }, 2), true)
  })

  it('never gets an expired session, and a failure never takes a live one away', () => {
    const failures = fc.option(fc.constantFrom(denied, throttled), { nil: undefined })
    fc.assert(
      fc.property(fc.nat(), fc.nat(), failures, (expiresAtMs, nowMs, failure) => {
        const state = { session: session({ expiresAtMs }), ...(failure && { failure }) }
        const { status } = toTargetReply(PLACE, state, nowMs)
        assert.equal(status === 200, nowMs < expiresAtMs)
      }),
    )
  })
})
