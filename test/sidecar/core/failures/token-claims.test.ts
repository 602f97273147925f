import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { describeToken, readClaims } from '../../../../sidecar/core/failures/token-claims.ts'

const usual = {
  iss: 'https://oidc.cluster.example',
  sub: 'system:serviceaccount:team-a:reports',
  aud: ['amazonaws.com'],
  exp: 1_800_000_000,
}

describe('the claims of an STS token', () => {
  it('are told in one sentence', () => {
    assert.equal(
      describeToken(readClaims(usual)),
      'The token is of system:serviceaccount:team-a:reports, issuer https://oidc.cluster.example, audience amazonaws.com.',
    )
    assert.equal(readClaims(usual).expiresAtMs, 1_800_000_000_000)
  })

  it('may have one audience as a text, or several', () => {
    assert.match(describeToken(readClaims({ ...usual, aud: 'a' })), /audience a\.$/)
    assert.match(describeToken(readClaims({ ...usual, aud: ['a', 'b'] })), /audience a and b\.$/)
  })

  for (const [what, claims] of [
    ['missing', {}],
    ['of other types', { iss: 7, sub: {}, aud: [7, null, {}], exp: 'never' }],
    ['empty', { iss: '', sub: '', aud: [] }],
  ] as const) {
    it(`may be ${what}`, () => {
      const read = readClaims(claims)
      assert.equal(describeToken(read), 'The token is of nobody, issuer unknown, audience none.')
      assert.equal(read.expiresAtMs, undefined)
    })
  }

  it('are cut, and lose what does not belong into a line of a log', () => {
    const long = 'x'.repeat(100_000)
    const aud = Array.from({ length: 1000 }, () => 'y/'.repeat(1000))
    assert.ok(describeToken(readClaims({ iss: long, sub: long, aud })).length < 1000)
    const line = describeToken(readClaims({ ...usual, sub: 'a\r\n\u0000\u001b[31m\u2028b' }))
    assert.match(line, /^The token is of a\?\[31m\?b, /)
  })

  it('are hidden where they hold a token themselves', () => {
    const sub = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl'
    assert.match(describeToken(readClaims({ ...usual, sub })), /^The token is of \*\*\*, /)
  })
})
