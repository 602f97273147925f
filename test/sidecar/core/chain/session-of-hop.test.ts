/** What is never served or used, whoever says that it is of a hop. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isSessionOfHop } from '../../../../sidecar/core/chain/session-of-hop.ts'
import { BASE_ROLE, session, TARGET_ROLE } from '../../sessions.ts'

const HOUR = 3_600_000
const hop = { roleArn: TARGET_ROLE }

describe('a session', () => {
  it('is of the hop of its role', () => {
    assert.equal(isSessionOfHop(session({}), hop, 0), true)
  })

  it('is still of it when it has ended, and with an end that STS rounds up', () => {
    assert.equal(isSessionOfHop(session({}), hop, 9 * HOUR), true)
    assert.equal(isSessionOfHop(session({ expiresAtMs: HOUR + 999 }), hop, 0), true)
  })

  it('may live as long as was asked for', () => {
    const longest = session({ expiresAtMs: 12 * HOUR })
    assert.equal(isSessionOfHop(longest, { ...hop, durationSeconds: 43_200 }, 0), true)
    assert.equal(isSessionOfHop(longest, hop, 0), false)
  })

  for (const [what, given, nowMs] of [
    ['another role', { roleArn: BASE_ROLE }, 0],
    ['a role of the same name with a path', { roleArn: TARGET_ROLE.replace('/', '/team/') }, 0],
    ['the role in another AWS account', { roleArn: TARGET_ROLE.replace('2222', '2223') }, 0],
    ['another AWS account than its role', { accountId: '333333333333' }, 0],
    ['a time before it came', { acquiredAtMs: HOUR, expiresAtMs: HOUR }, 0],
    ['a life longer than was asked for', { expiresAtMs: HOUR + 61_000 }, 0],
    ['a day to come', { acquiredAtMs: 24 * HOUR, expiresAtMs: 25 * HOUR }, 0],
    ['two ends', { expiration: '1970-01-01T02:00:00Z' }, 0],
    ['an end that is no moment', { expiration: '1970-13-01T01:00:00Z' }, 0],
  ] as const) {
    it(`of ${what} is not`, () => {
      assert.equal(isSessionOfHop(session(given), hop, nowMs), false)
    })
  }

  it('is of no hop that is not there', () => {
    assert.equal(isSessionOfHop(session({}), undefined, 0), false)
  })
})
