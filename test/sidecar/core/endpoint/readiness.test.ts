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
  return decideReadiness({
    wasReady: false,
    states: { default: live },
    optional: new Set(),
    nowMs: 0,
    ...given,
  })
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

  it('says once what is the same of several targets', () => {
    const states = { a: { failure }, b: {}, c: { failure }, d: live, e: {} }
    assert.equal(
      decide({ states }).sentence,
      'targets a, c: hop 2, arn: denied; targets b, e: STS has not answered yet',
    )
  })

  it('waits for an optional target only until it has been tried', () => {
    const optional = new Set(['dev'])
    const decideFor = (dev: object) => decide({ optional, states: { prod: live, dev } })
    assert.deepEqual(decideFor({}), {
      isReady: false,
      sentence: 'target dev: STS has not answered yet',
    })
    assert.equal(decideFor({ failure }).isReady, true)
    assert.equal(decideFor(live).isReady, true)
    // What it held has expired, and nothing has failed yet.
    assert.equal(decideFor({ session: session({ expiresAtMs: 0 }) }).isReady, false)
  })

  it('waits for one session when all targets are optional, as in an outage of STS', () => {
    const optional = new Set(['dev', 'stg'])
    assert.deepEqual(decide({ optional, states: { dev: { failure }, stg: { failure } } }), {
      isReady: false,
      sentence: 'targets dev, stg: hop 2, arn: denied',
    })
    assert.equal(decide({ optional, states: { dev: { failure }, stg: live } }).isReady, true)
  })

  it('waits for the others whatever the optional ones have', () => {
    const states = { prod: { failure }, dev: { failure }, stg: live }
    assert.deepEqual(decide({ optional: new Set(['dev', 'stg']), states }), {
      isReady: false,
      sentence: 'target prod: hop 2, arn: denied',
    })
  })

  it('waits for the files of profiles, and says of all what is in the way', () => {
    const filesProblem = 'the volume is full'
    assert.deepEqual(decide({ filesProblem }), { isReady: false, sentence: filesProblem })
    assert.equal(
      decide({ filesProblem, states: { default: { failure } } }).sentence,
      'the volume is full; hop 2, arn: denied',
    )
    assert.equal(decide({ filesProblem, wasReady: true }).isReady, true)
  })
})
