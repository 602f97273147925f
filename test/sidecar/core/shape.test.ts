/** How a value that does not fit is shown: enough to recognise it, and never more than fits a line of the log. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { dictionary, integer } from '../../../sidecar/core/shape.ts'

const anything = (): readonly string[] => []
const check = dictionary(anything, integer(1, 9))

it('shows a short value whole, with its path', () => {
  assert.deepEqual(check('x'.repeat(78), 'targets'), [
    `targets: "${'x'.repeat(78)}" is not an object`,
  ])
  assert.deepEqual(check(undefined, 'targets'), ['targets: undefined is not an object'])
})

it('shows the first 80 characters of a long one', () => {
  assert.deepEqual(check('x'.repeat(79), 'targets'), [
    `targets: "${'x'.repeat(79)}… is not an object`,
  ])
})
