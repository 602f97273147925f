import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isSeldom } from './asks.ts'

const fresh = { inFirstHour: 2, inAll: 4 }

const CASES = [
  { ours: { inFirstHour: 2, inAll: 4 }, minutes: 180, expected: true },
  { ours: { inFirstHour: 1, inAll: 3 }, minutes: 180, expected: true },
  { ours: { inFirstHour: 2, inAll: 10 }, minutes: 180, expected: true },
  { ours: { inFirstHour: 2, inAll: 11 }, minutes: 180, expected: false },
  { ours: { inFirstHour: 3, inAll: 4 }, minutes: 180, expected: false },
  { ours: { inFirstHour: 2, inAll: 5 }, minutes: 5, expected: false },
]

for (const { ours, minutes, expected } of CASES) {
  const { inFirstHour, inAll } = ours
  test(`${inFirstHour} asks in the first hour and ${inAll} in ${minutes} minutes, beside 2 and 4: ${expected ? 'seldom' : 'too often'}`, () => {
    assert.equal(isSeldom({ minutes, ours, fresh }), expected)
  })
}
