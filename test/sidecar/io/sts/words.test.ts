/**
 * The words of STS and of the way to it, as people quote them: each becomes the right code, and an advice that fits the
 * cause.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import type { StsCall } from '../../../../sidecar/core/chain/chain.ts'
import { FAILURES } from '../../../../sidecar/core/failures/errors.ts'
import type { Failure } from '../../../../sidecar/core/failures/failure.ts'
import { toCallFailure } from '../../../../sidecar/io/sts/sts-answer.ts'
import { BASE_ROLE, session, TARGET_ROLE } from '../../sessions.ts'

const claims = {
  subject: 'system:serviceaccount:team-a:reports',
  issuer: 'https://oidc.cluster.example',
  audiences: ['amazonaws.com'],
}

function callOf(hop: number, given: Partial<StsCall> = {}): StsCall {
  const input = { RoleSessionName: 'team-a.nightly', DurationSeconds: 3600 }
  return hop === 1
    ? { hop, input: { ...input, RoleArn: BASE_ROLE }, identity: 'aaa.bbb.ccc', claims, ...given }
    : {
        hop,
        input: { ...input, RoleArn: TARGET_ROLE },
        identity: session({ roleArn: BASE_ROLE }),
        ...given,
      }
}

function failureOf(error: object, call: StsCall): Failure {
  const outcome = toCallFailure(error, call)
  assert.ok(outcome.kind === 'failure')
  return outcome.failure
}

function refusal(code: string, message: string): object {
  const $metadata = { httpStatusCode: 400 }
  return Object.assign(new Error(message), { name: code, Error: { Code: code }, $metadata })
}

const USER = 'User: arn:aws:sts::111111111111:assumed-role/cluster-base/team-a.nightly'
const DENIED = `${USER} is not authorized to perform: sts:AssumeRole on resource: ${TARGET_ROLE}`
const WEB_DENIED = 'Not authorized to perform sts:AssumeRoleWithWebIdentity'

const rows = readFileSync(new URL('words-of-sts.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => {
    const [hop, code = '', message = '', expected, advice = '', notAdvice] = line
      .replace('{DENIED}', DENIED)
      .replace('{USER}', USER)
      .replace('{WEB_DENIED}', WEB_DENIED)
      .split(' | ')
    return { hop: Number(hop), code, message, expected, advice, notAdvice }
  })

describe('what STS says', () => {
  for (const { hop, code, message, expected, advice, notAdvice } of rows) {
    it(`on hop ${hop}, ${code}: ${message}`, () => {
      const failure = failureOf(refusal(code, message), callOf(hop))
      assert.equal(failure.code, expected)
      assert.equal(failure.isPermanent, FAILURES[failure.code].isPermanent)
      const said = failure.sentence.replace(message.trim().replace(/\.$/, ''), '')
      assert.match(said, new RegExp(advice))
      if (notAdvice !== undefined) assert.doesNotMatch(said, new RegExp(notAdvice))
      assert.equal(said.includes('It is tried again by itself.'), !failure.isPermanent)
      assert.equal(failure.awsErrorCode, code)
      assert.ok(failure.sentence.length < 1000, String(failure.sentence.length))
    })
  }
})

describe('what the token says of itself', () => {
  it('is named where STS judged it, so that a trust policy can be compared by eye', () => {
    const { sentence } = failureOf(refusal('AccessDenied', WEB_DENIED), callOf(1))
    assert.ok(
      sentence.includes(
        'The token is of system:serviceaccount:team-a:reports, issuer https://oidc.cluster.example, audience amazonaws.com.',
      ),
    )
    assert.doesNotMatch(sentence, /sts\.amazonaws\.com/)
  })

  it('is not named where it was not judged', () => {
    for (const call of [callOf(1), callOf(2)]) {
      const { sentence } = failureOf(refusal('Throttling', 'Rate exceeded'), call)
      assert.doesNotMatch(sentence, /The token is of/)
    }
  })
})

describe('a chain without a base role', () => {
  for (const [code, message] of [
    ['InvalidIdentityToken', 'No OpenIDConnect provider found in your account for https://x'],
    ['AccessDenied', WEB_DENIED],
  ] as const) {
    it(`names the target's AWS account and the base role that may be meant: ${code}`, () => {
      const input = { ...callOf(1).input, RoleArn: TARGET_ROLE }
      const { sentence } = failureOf(refusal(code, message), callOf(1, { input, isOnlyHop: true }))
      assert.match(sentence, /AWS account 222222222222/)
      assert.match(sentence, /no base role/)
      assert.match(sentence, /annotate the service account/)
    })
  }
})

describe('a role that would assume itself', () => {
  it('is told so, and not to be allowed that', () => {
    const identity = session({ roleArn: TARGET_ROLE })
    const { sentence } = failureOf(refusal('AccessDenied', DENIED), callOf(2, { identity }))
    assert.match(sentence, /assume itself/)
    assert.doesNotMatch(sentence, /trust policy/)
  })
})

describe('what the way to STS says', () => {
  for (const [systemCode, code, advice, notAdvice] of [
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'tls_failed', /ROLECHAIN_CA_BUNDLE/, /other name/],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'tls_failed', /ROLECHAIN_CA_BUNDLE/, /other name/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls_failed', /of another name/, /CA/],
    ['CERT_HAS_EXPIRED', 'tls_failed', /ended.*clock/, /CA_BUNDLE/],
    ['CERT_NOT_YET_VALID', 'tls_failed', /not begun.*clock/, /CA_BUNDLE/],
    ['EPROTO', 'tls_failed', /does not speak TLS/, /CA_BUNDLE/],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls_failed', /scheme and port/, /CA_BUNDLE/],
    ['HPE_INVALID_CONSTANT', 'answer_unreadable', /does not speak as STS/, /CA/],
    ['HPE_HEADER_OVERFLOW', 'answer_unreadable', /does not speak as STS/, /CA/],
  ] as const) {
    it(`${systemCode} is ${code}, with its own advice`, () => {
      const error = Object.assign(new Error('foreign words'), { code: systemCode })
      const failure = failureOf(error, callOf(1))
      assert.equal(failure.code, code)
      assert.match(failure.sentence, advice)
      assert.doesNotMatch(failure.sentence, notAdvice)
      assert.doesNotMatch(failure.sentence, /foreign words/)
    })
  }

  for (const [status, advice] of [
    [407, /user name and password/],
    [403, /the proxy's rules/],
    [502, /The proxy has no way to STS/],
  ] as const) {
    it(`a proxy that answers ${status} is told with that`, () => {
      const error = Object.assign(new Error('via http://user:secret@proxy'), {
        code: 'ERR_PROXY_TUNNEL',
        statusCode: status,
      })
      const passage = { proxy: 'proxy.internal:3128', host: 'sts.example:443', secrets: ['secret'] }
      const outcome = toCallFailure(error, callOf(1), passage)
      assert.ok(outcome.kind === 'failure')
      const { code, sentence } = outcome.failure
      assert.equal(code, 'proxy_failed')
      assert.match(sentence, advice)
      const what = `proxy_failed: HTTP ${status}, on the way to sts.example:443 (HTTPS_PROXY is proxy.internal:3128).`
      assert.ok(sentence.includes(what), sentence)
      assert.doesNotMatch(sentence, /secret/)
    })
  }

  it('a name of the proxy that cannot be resolved is not called that of STS', () => {
    const error = Object.assign(new Error(), { code: 'ENOTFOUND', hostname: 'proxy.internal' })
    const passage = { proxy: 'proxy.internal:3128', host: 'sts.example:443', secrets: [] }
    const outcome = toCallFailure(error, callOf(1), passage)
    assert.match(outcome.kind === 'failure' ? outcome.failure.sentence : '', /name of the proxy/)
  })
})
