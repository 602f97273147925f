import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { toForeignName, withoutSecrets } from '../../../../sidecar/core/failures/errors.ts'

describe('foreign text', () => {
  it('loses the secrets of the call, whatever looks like a token, and its line breaks', () => {
    const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl'
    const text = `Value '${jwt}'\nwith key wJalrXUt and ${'A'.repeat(300)} end`
    assert.equal(withoutSecrets(text, ['wJalrXUt', '']), "Value '***' with key *** and *** end")
  })

  it('keeps what is long and no secret', () => {
    const role = `arn:aws:iam::222222222222:role/${'teams/'.repeat(20)}${'reports-reader-'.repeat(4)}`
    assert.equal(withoutSecrets(`User: ${role} is not`, []), `User: ${role} is not`)
    const issuer = `https://oidc.example/${'id/'.repeat(45)}`
    assert.equal(withoutSecrets(`for ${issuer}`, []), `for ${issuer}`)
    assert.equal(withoutSecrets('role/keyJar-of-a-long-name', []), 'role/keyJar-of-a-long-name')
  })

  it('loses every part of a secret, also where it is cut, wrapped or encoded', () => {
    const secret = `${'ab+/'.repeat(4)}CDEFGHIJKLMNOPQRSTUVWXYZ0123456789`
    for (const part of [
      secret,
      secret.slice(3, 20),
      encodeURIComponent(secret),
      `${secret.slice(0, 15)} ${secret.slice(15, 30)}`,
    ]) {
      assert.match(withoutSecrets(`a ${part} b`, [secret]), /^a (?:\*\*\* ?)+b$/)
    }
  })

  it('loses what looks like a secret of somebody else', () => {
    for (const secret of [
      `IQoJb3JpZ2luX2Vj${'a/+b'.repeat(10)}==`,
      '-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----',
      '-----BEGIN PRIVATE KEY-----\nMIIEow',
    ]) {
      assert.equal(withoutSecrets(`a ${secret}`, []), 'a ***')
    }
    assert.equal(
      withoutSecrets('via http://user:pass@proxy:3128/', []),
      'via http://***@proxy:3128/',
    )
  })

  it('loses moments and request ids, so that equal failures stay equal', () => {
    const id = '989dcb5c-a58e-492b-92eb-d9b8c836d254'
    assert.equal(
      withoutSecrets(`at 20261123T100000Z, 2026-11-23T10:00:00Z (${id})`, []),
      'at …, … (…)',
    )
    const issuer = `https://oic.example/${id}/`
    assert.equal(withoutSecrets(issuer, []), issuer)
  })

  it('holds no part of a secret, whatever stands around it', () => {
    const letters = fc.string({
      minLength: 12,
      maxLength: 80,
      unit: fc.constantFrom('a', 'B', '3', '+', '/', '=', '.', '-', '_'),
    })
    const pieces = fc.array(
      fc.oneof(fc.string(), fc.nat(80), fc.constantFrom('arn:', 'https://', ' ')),
    )
    fc.assert(
      fc.property(letters, pieces, (secret, around) => {
        const text = around
          .map((piece) => (typeof piece === 'number' ? secret.slice(piece % secret.length) : piece))
          .join('')
        const said = withoutSecrets(text, [secret])
        for (let index = 0; index + 12 <= secret.length; index += 1) {
          assert.ok(!said.includes(secret.slice(index, index + 12)))
        }
      }),
    )
  })

  it('is looked at within bounds, however long it and the secrets are', () => {
    const secret = 'abcdefghijklmnopqrstuvwxyz'.repeat(1000)
    assert.equal(withoutSecrets('word '.repeat(1_000_000), [secret]).length, 401)
  })

  it('is cut so that an event can hold it', () => {
    assert.ok(withoutSecrets('word '.repeat(1000), []).length <= 401)
  })
})

describe('a code or request id of another side', () => {
  it('is taken in its shape, and not when anything of a secret is in it', () => {
    const secret = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
    for (const name of ['AccessDenied', 'aws:X.y_z-1', '989dcb5c-a58e-492b-92eb-d9b8c836d254']) {
      assert.equal(toForeignName(name, [secret]), name)
    }
    for (const name of [
      '',
      'a b',
      'x'.repeat(65),
      '<x>',
      7,
      null,
      `X${secret.slice(5, 13)}`,
      'eyJhbGci',
      'eyJhbGciOiJSUzI1NiJ9',
    ]) {
      assert.equal(toForeignName(name, [secret]), undefined)
    }
  })
})
