import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UNCOUNTED } from './asks.ts'
import type { Outcome, Report } from './checks.ts'
import { toProfileTable } from './profile-table.ts'
import { USUAL, type Sdk } from './sdk.ts'
import {
  isSound,
  toAskTable,
  toCheckTable,
  toErrorTable,
  toProblems,
  type Result,
} from './table.ts'

const sdk: Sdk = { ...USUAL, name: 'one', language: 'One', install: () => Promise.resolve([]) }

function resultOf(outcomes: readonly Outcome[], given: Partial<Report> = {}): Result {
  const errors = { refused: 'hop 2: AccessDenied: no', gone: 'refused' }
  const ours = { inFirstHour: 2, inAll: 6 }
  const fresh = { inFirstHour: 2, inAll: 4 }
  const asks = { inFirstCalls: 1, minutes: 180, ours, fresh }
  const shown = { error: 'exit status 1', said: 'hop 2: AccessDenied: no' }
  const profiles = {
    errors: { gone: shown, foreign: shown, none: shown },
    region: 'of the profile',
  }
  return {
    kind: 'ran',
    sdk,
    report: { version: 'one 1.0', errors, asks, profiles, outcomes, ...given },
  }
}

const held: Outcome = { check: 'identity', holds: true, detail: 'arn' }
const broken: Outcome = { check: 'read', holds: false, detail: 'it is somebody else' }

test('an SDK of which one check does not hold is not sound, and what was wrong is said', () => {
  const result = resultOf([held, broken])
  assert.equal(isSound(result), false)
  assert.match(toCheckTable([result]), /^one +one 1\.0 +env +ok +FAILED +-/mu)
  assert.equal(toProblems([result]), 'one, read: it is somebody else')
})

test('an SDK of which everything holds is sound', () => {
  const result = resultOf([held])
  assert.equal(isSound(result), true)
  assert.equal(toProblems([result]), '')
})

for (const kind of ['not run', 'broken off'] as const) {
  test(`an SDK that was ${kind} is not sound, and the table says why`, () => {
    const result: Result = { kind, sdk, why: 'cargo is not installed\nand more' }
    assert.equal(isSound(result), false)
    assert.ok(toCheckTable([result]).includes(`one  ${kind}: cargo is not installed\n`))
  })
}

test('says whether people see the reason of a refusal', () => {
  assert.match(toErrorTable([resultOf([])]), /refused, says why: hop 2/u)
  const errors = { refused: 'no credentials', gone: '' }
  assert.match(toErrorTable([resultOf([], { errors })]), /refused, not why: no credentials/u)
})

test('shows the first hour and the whole time, with our schedule and with fresh sessions', () => {
  assert.match(toAskTable([resultOf([])]), /^one +50 +1 +2 +2 +180 +6 +4$/mu)
})

test('shows no count where the clock could not be moved', () => {
  const asks = { inFirstCalls: 1, ...UNCOUNTED }
  assert.match(toAskTable([resultOf([], { asks })]), /^one +50 +1( +-){5}$/mu)
})

test('says where people read the reason of a refused profile', () => {
  const row =
    toProfileTable([resultOf([held])])
      .split('\n')
      .at(-1) ?? ''
  assert.match(
    row,
    /^\| one 1\.0 \| yes \| of the profile \| on standard error, no \| `exit status 1`;/u,
  )
})
