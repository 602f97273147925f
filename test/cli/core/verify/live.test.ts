/** What AWS answered, beside what the documents say: every answer with every outcome of the evaluation. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { constantFrom, nat, assert as check, property } from 'fast-check'
import { toAnswers, withLive } from '../../../../cli/core/verify/live.ts'
import {
  NEVER_SEEN,
  type ChainVerdict,
  type HopVerdict,
} from '../../../../cli/core/verify/verify.ts'
import { toFailure } from '../../../../sidecar/core/failures/errors.ts'
import { FAILURES, type FailureCode } from '../../../../sidecar/core/failures/failures.ts'
import { BASE, READER } from '../chains.ts'

function hopOf(hop: number, changes: Partial<HopVerdict> = {}): HopVerdict {
  const roleArn = hop === 1 ? BASE : READER
  return { hop, roleArn, caller: 'x', outcome: 'allowed', allowedBy: [], findings: [], ...changes }
}

function verdictOf(second: Partial<HopVerdict> = {}): ChainVerdict {
  return { outcome: 'allowed', hops: [hopOf(1), hopOf(2, second)], unseen: [...NEVER_SEEN, 'more'] }
}

function walked(second: Partial<HopVerdict>, code?: FailureCode) {
  const failure =
    code === undefined ? undefined : toFailure(code, { hop: 2, roleArn: READER, detail: 'said' })
  return withLive(verdictOf(second), { failure, sessionName: 'reports.web-0' })
}

const found = ({ hops }: ChainVerdict) =>
  hops.flatMap(({ findings }) => findings.map(({ code, level, side }) => [code, level, side]))

describe('an answer of AWS', () => {
  it('settles what could not be told', () => {
    const open = {
      code: 'cannot_tell',
      level: 'problem',
      hop: 2,
      side: 'trust',
      subject: READER,
      message: 'it was not read',
    } as const
    const hop = { outcome: 'undecided', findings: [open] } as const
    assert.deepEqual(found(walked(hop)), [['cannot_tell', 'warning', 'trust']])
    assert.deepEqual(found(walked(hop, 'role_denied')), [
      ['cannot_tell', 'problem', 'trust'],
      ['live_refused', 'problem', 'AWS'],
    ])
  })

  it('is a problem where it is a refusal that the documents do not explain, and only there', () => {
    assert.deepEqual(found(walked({}, 'role_denied')), [['live_refused', 'problem', 'AWS']])
    assert.deepEqual(found(walked({ outcome: 'refused' }, 'role_denied')), [])
    assert.deepEqual(found(walked({ outcome: 'refused' })), [['live_allowed', 'warning', 'AWS']])
  })

  it('is none where nothing was sent, or nothing came back', () => {
    const notSent = walked({}, 'session_tag_invalid')
    assert.deepEqual(found(notSent), [['session_tag_invalid', 'problem', 'chain']])
    assert.equal(notSent.live?.answer, 'not_asked')
    const silent = walked({}, 'sts_timeout')
    assert.deepEqual(found(silent), [])
    assert.equal(silent.live?.answer, 'no_answer')
  })

  it('leaves VPC endpoints to be looked at where it allows all, and everything else where not', () => {
    assert.deepEqual(walked({}).unseen, ['policies of VPC endpoints for STS'])
    assert.deepEqual(walked({}, 'role_denied').unseen, [...NEVER_SEEN, 'more'])
  })
})

it('hops before the failure are allowed, those behind it are not asked, and one has the failure', () => {
  const codes = Object.keys(FAILURES) as FailureCode[]
  check(
    property(nat(4), nat(6), constantFrom(...codes), (count, at, code) => {
      const hops = Array.from({ length: count + 1 }, (_, index) => ({ hop: index + 1 }))
      const hop = (at % hops.length) + 1
      const answers = toAnswers(hops, toFailure(code, at > 5 ? {} : { hop }))
      const failed = at > 5 ? 0 : hop - 1
      assert.deepEqual(
        answers.map((one) => one.code !== undefined),
        hops.map((_, index) => index === failed),
      )
      assert.ok(answers.slice(0, failed).every(({ answer }) => answer === 'allowed'))
      assert.ok(answers.slice(failed + 1).every(({ answer }) => answer === 'not_asked'))
      assert.notEqual(answers[failed]?.answer, 'allowed')
      assert.doesNotMatch(answers[failed]?.message ?? '', /tried again by itself/)
    }),
  )
})
