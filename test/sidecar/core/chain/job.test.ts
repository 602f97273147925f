import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { toFailure } from '../../../../sidecar/core/failures/errors.ts'
import { isSession, parseReport, type Report } from '../../../../sidecar/core/chain/job.ts'
import { session } from '../../sessions.ts'

const reports: readonly Report[] = [
  { kind: 'base', key: 'k', session: session({}) },
  { kind: 'session', target: 'default', session: session({}) },
  { kind: 'failure', target: 'default', failure: toFailure('throttled', { hop: 1 }) },
  { kind: 'failure', target: 'a', failure: toFailure('child_hung'), retryAfterMs: 7000 },
]

describe('a line of the child', () => {
  for (const report of reports) {
    it(`is read back when it is a report of kind ${report.kind}`, () => {
      assert.deepEqual(parseReport(JSON.stringify(report)), report)
    })
  }

  for (const line of [
    '',
    'null',
    '[]',
    '"session"',
    '{}',
    '{"kind":"session","target":"default"}',
    '{"kind":"session","target":"","session":{}}',
    '{"kind":"other","target":"default"}',
    '{"kind":"base","session":{}}',
    '{"kind":"failure","target":"default","failure":{"code":"x"}}',
    '{"kind":"failure","target":"default","failure":{"code":"made_up","sentence":"s","isPermanent":true}}',
    '{"kind":"failure","target":"default","failure":null}',
    '{"kind":"failure","target":"default","failure":{"code":["throttled"],"sentence":"s","isPermanent":true}}',
    '(node:1) Warning: something',
    JSON.stringify(reports[1]).slice(0, -5),
  ]) {
    it(`is nothing when it is ${JSON.stringify(line).slice(0, 60)}`, () => {
      assert.equal(parseReport(line), undefined)
    })
  }

  it('is a report or nothing, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (line) => parseReport(line) === undefined),
    )
  })
})

describe('a session of unknown origin', () => {
  it('is whole', () => assert.equal(isSession(session({})), true))

  for (const name of Object.keys(session({}))) {
    it(`is refused without ${name}`, () => {
      assert.equal(isSession({ ...session({}), [name]: undefined }), false)
      assert.equal(isSession({ ...session({}), [name]: '' }), false)
    })
  }

  it('is refused when its expiration has another form', () => {
    for (const expiration of ['2026-11-23T10:00:00.000Z', '2026-11-23T10:00:00+00:00', 'soon']) {
      assert.equal(isSession(session({ expiration })), false)
    }
  })
})
