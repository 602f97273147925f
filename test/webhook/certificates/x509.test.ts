import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { makePair, readBundle, readPair } from '../../../webhook/certificates/x509.ts'

const nowMs = Date.UTC(2030, 0, 1)
const order = { dnsName: 'webhook.rolechain.svc', nowMs, lifeMs: 90 * 86_400_000 }
const [one, other] = await Promise.all([makePair(order), makePair(order)])

function toBundle(...texts: readonly string[]): string {
  return Buffer.from(texts.join('')).toString('base64')
}

test('a pair is for the name that is asked for, for as long as is asked for', () => {
  assert.deepEqual(one.dnsNames, ['webhook.rolechain.svc'])
  assert.equal(one.expiresAtMs, nowMs + order.lifeMs)
})

test('a certificate counts already for API servers whose clock is somewhat behind', () => {
  const { validFromDate } = new X509Certificate(one.certificate)
  assert.ok(validFromDate.getTime() <= nowMs - 10 * 60_000)
})

test('a leaf is no authority and serves as nothing but a server', () => {
  const leaf = new X509Certificate(one.certificate)
  assert.equal(leaf.ca, false)
  assert.deepEqual(leaf.keyUsage, ['1.3.6.1.5.5.7.3.1'])
  assert.equal(new X509Certificate(one.authority).ca, true)
})

test('no two authorities have the same name, since verifiers look for issuers by name', () => {
  const [subject, otherSubject] = [one, other].map(
    ({ authority }) => new X509Certificate(authority).subject,
  )
  assert.notEqual(subject, otherSubject)
})

test('a pair reads back as what was made', () => {
  assert.deepEqual(readPair(one), one)
})

test('what does not belong together is no pair', () => {
  assert.equal(readPair({ ...one, key: other.key }), undefined)
  assert.equal(readPair({ ...one, authority: other.authority }), undefined)
  assert.equal(readPair({ ...one, certificate: '' }), undefined)
  assert.equal(readPair({ certificate: 'a', key: 'b', authority: 'c' }), undefined)
})

test('a caBundle reads back as its certificates, also with line ends of another system', () => {
  const bundle = toBundle(one.authority.replaceAll('\n', '\r\n'), other.authority)
  assert.deepEqual(readBundle(bundle), {
    isDamaged: false,
    authorities: [one, other].map(({ authority, expiresAtMs }) => ({
      certificate: authority,
      expiresAtMs,
    })),
  })
})

test('an empty caBundle is not a damaged one', () => {
  assert.deepEqual(readBundle(''), { authorities: [], isDamaged: false })
})

test('what is no certificate damages a caBundle and does not hide those beside it', () => {
  const cut = one.authority.replace('\n', '\nAAAA')
  for (const rubbish of ['rubbish', cut, one.authority.slice(0, 100)]) {
    const { authorities, isDamaged } = readBundle(toBundle(other.authority, rubbish))
    assert.ok(isDamaged)
    assert.deepEqual(
      authorities.map(({ certificate }) => certificate),
      [other.authority],
    )
  }
})
