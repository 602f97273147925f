/** Values that are not text, read as the calendar has them. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as fc from 'fast-check'
import { readMoment } from '../../iam/typed-values.ts'

function isSame(moment: Date): void {
  const seconds = Math.floor(moment.getTime() / 1000)
  const text = new Date(seconds * 1000).toISOString().replace('.000', '')
  assert.equal(readMoment(text), seconds, text)
}

it('a moment is the second that every calendar says, in leap years too', () => {
  const day = fc.date({
    min: new Date('1970-01-01'),
    max: new Date('2400-12-31'),
    noInvalidDate: true,
  })
  const moments = ['2028-02-29', '2028-03-01', '2100-03-01', '2400-02-29'].map(
    (text) => new Date(text),
  )
  for (const moment of moments) isSame(moment)
  fc.assert(fc.property(day, isSame), { numRuns: 1000 })
})
