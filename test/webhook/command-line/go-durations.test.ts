import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import {
  readCipherSuites,
  readDurationMs,
  readTlsVersion,
} from '../../../webhook/command-line/go-durations.ts'

test('reads durations as Go writes them', () => {
  const rows: readonly (readonly [string, number | undefined])[] = [
    ['0', 0],
    ['1s', 1000],
    ['100ms', 100],
    ['1m30s', 90_000],
    ['1.5h', 5_400_000],
    ['.5s', 500],
    ['2µs', 0.002],
    ['', undefined],
    ['5', undefined],
    ['5 s', undefined],
    ['-1s', undefined],
    ['1sx', undefined],
    ['s', undefined],
  ]
  for (const [text, milliseconds] of rows) assert.equal(readDurationMs(text), milliseconds, text)
})

test('a duration of several parts is their sum', () => {
  fc.assert(
    fc.property(fc.nat(1000), fc.nat(59), fc.nat(59), (hours, minutes, seconds) => {
      const text = `${hours}h${minutes}m${seconds}s`
      assert.equal(readDurationMs(text), ((hours * 60 + minutes) * 60 + seconds) * 1000)
    }),
  )
})

test('no text makes the readers fail', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      readDurationMs(text)
      readTlsVersion(text)
      readCipherSuites([text])
    }),
  )
})

test('names cipher suites that it does not know', () => {
  assert.deepEqual(readCipherSuites(['TLS_RSA_WITH_NULL', 'toString']).unknown, [
    'TLS_RSA_WITH_NULL',
    'toString',
  ])
})

test('leaves out cipher suites of Go that Node does not have', () => {
  const names = ['TLS_RSA_WITH_RC4_128_SHA', 'TLS_RSA_WITH_AES_128_GCM_SHA256']
  const { ciphers, unknown } = readCipherSuites(names)
  assert.deepEqual([ciphers.split(':').slice(3), unknown], [['AES128-GCM-SHA256'], []])
})
