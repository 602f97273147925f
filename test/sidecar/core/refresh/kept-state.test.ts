/** What a sidecar leaves to its next run is read back whole, or not at all. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { parseState, type State } from '../../../../sidecar/core/refresh/kept-state.ts'
import { session } from '../../sessions.ts'

const state: State = {
  pod: 'team-a/nightly/1',
  wasReady: true,
  sessions: {
    targets: { default: { chainKey: 'key', session: session({}) } },
    baseSessions: { base: session({}) },
  },
  endpointTokens: { default: ['0'.repeat(64)] },
}

describe('the state', () => {
  it('comes back as it was', () => {
    assert.deepEqual(parseState(JSON.stringify(state)), state)
  })

  it('is nothing when it is cut off at any place', () => {
    const text = JSON.stringify(state)
    for (let length = 0; length < text.length; length += 1) {
      assert.equal(parseState(text.slice(0, length)), undefined)
    }
  })

  for (const [name, damaged] of [
    [
      'a session without its secret',
      { ...state.sessions, baseSessions: { base: { roleArn: 'x' } } },
    ],
    [
      'a session without its chain',
      { ...state.sessions, targets: { a: { session: session({}) } } },
    ],
    [
      'a session that ends at no time',
      { targets: {}, baseSessions: { a: session({ expiration: 'soon' }) } },
    ],
  ] as const) {
    it(`is nothing with ${name}`, () => {
      assert.equal(parseState(JSON.stringify({ ...state, sessions: damaged })), undefined)
    })
  }

  it('is nothing with a hash that is none', () => {
    const damaged = { ...state, endpointTokens: { default: ['abc'] } }
    assert.equal(parseState(JSON.stringify(damaged)), undefined)
  })

  it('is judged, not choked on, whatever it is', () => {
    fc.assert(fc.property(fc.json(), (text) => parseState(text) === undefined))
  })
})
