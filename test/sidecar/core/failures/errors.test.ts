import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { classify, parseRetryAfter } from '../../../../sidecar/core/failures/classify.ts'
import { FAILURES, toFailure } from '../../../../sidecar/core/failures/errors.ts'

describe('an error of a call', () => {
  for (const [name, hop, code] of [
    ['AccessDenied', 1, 'web_identity_denied'],
    ['AccessDenied', 2, 'role_denied'],
    ['AccessDeniedException', 3, 'role_denied'],
    ['ExpiredTokenException', 1, 'token_expired'],
    ['ExpiredToken', 2, 'session_expired'],
    ['ExpiredTokenException', 2, 'session_expired'],
    ['InvalidIdentityToken', 1, 'identity_token_rejected'],
    ['InvalidIdentityTokenException', 1, 'identity_token_rejected'],
    ['IDPRejectedClaim', 1, 'identity_token_rejected'],
    ['IDPCommunicationError', 1, 'issuer_unreachable'],
    ['InvalidClientTokenId', 2, 'session_rejected'],
    ['UnrecognizedClientException', 2, 'session_rejected'],
    ['PackedPolicyTooLarge', 2, 'packed_policy_too_large'],
    ['MalformedPolicyDocument', 2, 'session_policy_malformed'],
    ['ValidationError', 1, 'request_refused'],
    ['RegionDisabledException', 1, 'region_disabled'],
    ['RequestTimeTooSkewed', 2, 'clock_wrong'],
    ['RequestExpired', 2, 'clock_wrong'],
    ['IncompleteSignature', 2, 'signature_rejected'],
    ['Throttling', 1, 'throttled'],
    ['ThrottlingException', 2, 'throttled'],
    ['RequestLimitExceeded', 2, 'throttled'],
    ['InternalFailure', 1, 'sts_unavailable'],
    ['ServiceUnavailable', 1, 'sts_unavailable'],
    ['EndpointError', 1, 'region_invalid'],
    ['AbortError', 1, 'sts_timeout'],
    ['TimeoutError', 1, 'sts_timeout'],
  ] as const) {
    it(`named ${name} on hop ${hop} is ${code}`, () => {
      assert.equal(classify({ name, message: '' }, hop === 1 ? 'web-identity' : 'session'), code)
    })
  }

  for (const [systemCode, code] of [
    ['ECONNREFUSED', 'sts_unreachable'],
    ['ECONNRESET', 'sts_unreachable'],
    ['ENETUNREACH', 'sts_unreachable'],
    ['ENOTFOUND', 'name_unresolved'],
    ['EAI_AGAIN', 'name_unresolved'],
    ['ETIMEDOUT', 'sts_timeout'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'tls_failed'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls_failed'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls_failed'],
    ['CERT_HAS_EXPIRED', 'tls_failed'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls_failed'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls_failed'],
    ['ERR_PROXY_TUNNEL', 'proxy_failed'],
    ['EUNKNOWN', 'unexpected_error'],
  ] as const) {
    it(`with ${systemCode} is ${code}, whatever the SDK calls it`, () => {
      const name = code === 'unexpected_error' ? 'Error' : 'TimeoutError'
      assert.equal(classify({ name, message: '', systemCode }, 'web-identity'), code)
    })
  }

  for (const [what, error, code] of [
    ['429 of no known name', { name: 'Error', httpStatus: 429 }, 'throttled'],
    ['500 of no known name', { name: 'Error', httpStatus: 500 }, 'sts_unavailable'],
    ['503 of a name', { name: 'Whatever', httpStatus: 503 }, 'sts_unavailable'],
    ['400 of a name', { name: 'OptInRequired', httpStatus: 400 }, 'request_refused'],
    ['403 of a page', { name: 'Unknown', httpStatus: 403 }, 'answer_unreadable'],
    ['404 that is no XML', { name: 'Error', httpStatus: 404 }, 'answer_unreadable'],
    ['302', { name: 'Unknown', httpStatus: 302 }, 'answer_unreadable'],
    ['200 that is no XML', { name: 'SyntaxError', httpStatus: 200 }, 'answer_unreadable'],
    ['nothing known', { name: 'TypeError' }, 'unexpected_error'],
    ['a name that every object has', { name: 'constructor' }, 'unexpected_error'],
  ] as const) {
    it(`that is ${what} is ${code}`, () => {
      assert.equal(classify({ message: '', ...error }, 'web-identity'), code)
    })
  }

  for (const name of [
    'NotFound',
    'Error',
    'TypeError',
    'SyntaxError',
    'Unknown',
    'UnknownError',
    '',
  ]) {
    it(`of 400 with the name ${JSON.stringify(name)}, which the SDK made up, is no refusal`, () => {
      assert.equal(
        classify({ name, message: '', httpStatus: 400 }, 'web-identity'),
        'answer_unreadable',
      )
    })
  }

  it('of the signature is the clock when it says so', () => {
    const name = 'SignatureDoesNotMatch'
    const message = 'Signature expired: 20261123T100000Z is now earlier than 20261123T101500Z'
    assert.equal(classify({ name, message }, 'session'), 'clock_wrong')
    assert.equal(
      classify({ name, message: 'Signature not yet current: 2026…' }, 'session'),
      'clock_wrong',
    )
    assert.equal(
      classify({ name, message: 'The request signature we calculated does not match' }, 'session'),
      'signature_rejected',
    )
  })
})

describe('a failure', () => {
  it('says hop, role, what STS said and what to do, in one sentence that never changes', () => {
    const failure = toFailure('region_disabled', {
      hop: 2,
      roleArn: 'arn:aws:iam::222222222222:role/r',
      awsErrorCode: 'RegionDisabledException',
      requestId: 'a-request',
      detail: 'STS is not activated in this region.',
    })
    assert.equal(
      failure.sentence,
      'hop 2, arn:aws:iam::222222222222:role/r: RegionDisabledException: STS is not activated in this region. ' +
        FAILURES.region_disabled.advice,
    )
    assert.equal(failure.requestId, 'a-request')
    assert.equal(failure.isPermanent, true)
  })

  it('has our own code where nobody gave another, and no empty parts', () => {
    const { sentence, ...rest } = toFailure('child_hung', { detail: '' })
    assert.ok(sentence.startsWith('child_hung. The process'))
    assert.deepEqual(rest, { code: 'child_hung', isPermanent: false })
  })

  for (const [code, { advice }] of Object.entries(FAILURES)) {
    it(`${code} comes with whole sentences of advice`, () => {
      assert.match(advice, /^[A-Z].{20,}\.$/)
      assert.match(code, /^[a-z][a-z_]+$/)
    })
  }
})

describe('Retry-After', () => {
  for (const [header, expected] of [
    ['7', 7000],
    ['0', 0],
    [undefined, undefined],
    ['', undefined],
    ['-1', undefined],
    ['1e9', undefined],
    ['Wed, 21 Oct 2026 07:28:00 GMT', undefined],
  ] as const) {
    it(`of ${header ?? 'nothing'} is ${expected ?? 'nothing'}`, () => {
      assert.equal(parseRetryAfter(header), expected)
    })
  }
})
