/** Patterns of names against what they mean: the same text as a regular expression. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as fc from 'fast-check'
import { toMatcher } from '../../../../webhook/core/formats/name-patterns.ts'

const texts = fc.string({ unit: fc.constantFrom('a', 'b', '.', '\n'), maxLength: 8 })
const patterns = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), maxLength: 6 })

it('a star stands for any characters, also none, and all else for itself', () => {
  fc.assert(
    fc.property(fc.array(patterns, { maxLength: 3 }), texts, (some, text) => {
      const expected = some.some((pattern) =>
        new RegExp(`^${pattern.replaceAll('.', String.raw`\.`).replaceAll('*', '.*')}$`, 's').test(
          text,
        ),
      )
      assert.equal(toMatcher(some)(text), expected)
    }),
    { numRuns: 5000 },
  )
})
