/** What a probe is told: the rows of the table in `readiness.ts`. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  decideReadiness,
  type ReadinessFacts,
} from '../../../../sidecar/core/endpoint/readiness.ts'
import { session } from '../../sessions.ts'

const failure = { code: 'role_denied', sentence: 'hop 2, arn: denied', isPermanent: true } as const
const live = { session: session({ expiresAtMs: 10 }) }

function decide(given: Partial<ReadinessFacts>): ReturnType<typeof decideReadiness> {
  return decideReadiness({ wasReady: false, states: { default: live }, nowMs: 0, ...given })
}

describe('a probe', () => {
  it('succeeds when every target has a live session', () => {
    assert.equal(decide({}).isReady, true)
    assert.equal(decide({ nowMs: 10 }).isReady, false)
    assert.equal(decide({ states: { a: live, b: {} } }).isReady, false)
  })

  it('succeeds after a restart as soon as the endpoint listens', () => {
    assert.equal(decide({ wasReady: true, states: { default: { failure } } }).isReady, true)
  })

  it('fails while the endpoint does not listen, whatever is held', () => {
    assert.deepEqual(decide({ wasReady: true, listenProblem: 'the port is taken' }), {
      isReady: false,
      sentence: 'the port is taken',
    })
  })

  it('says what failed as it is, and of which target when there are several', () => {
    assert.equal(decide({ states: { default: { failure } } }).sentence, 'hop 2, arn: denied')
    assert.equal(
      decide({ states: { a: live, b: { failure }, c: {} } }).sentence,
      'target b: hop 2, arn: denied; target c: STS has not answered yet',
    )
  })
})
