/** Our SHA-256 says what Node's says. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { sha256 } from '../../../../sidecar/core/endpoint/sha256.ts'

const ofNode = (text: string): string => createHash('sha256').update(text).digest('hex')

describe('the SHA-256', () => {
  it('is that of the standard', () => {
    const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
    assert.equal(sha256('abc'), abc)
  })

  it('is that of Node for each length around the blocks, and for a token', () => {
    for (let length = 0; length < 200; length += 1) {
      assert.equal(sha256('x'.repeat(length)), ofNode('x'.repeat(length)))
    }
    const token = 'eyJhbGciOiJSUzI1NiJ9.'.repeat(51)
    assert.equal(sha256(token), ofNode(token))
  })

  it('is that of Node for whatever text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
        assert.equal(sha256(text), ofNode(text))
      }),
      { numRuns: 1000 },
    )
  })
})
