import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sample } from './sample.ts'

const items = Array.from({ length: 1000 }, (_, index) => index)

test('draws the same sample for the same seed, and another for another', () => {
  assert.deepEqual(sample(items, 20, 7), sample(items, 20, 7))
  assert.notDeepEqual(sample(items, 20, 7), sample(items, 20, 8))
})

test('draws nothing twice, and all when there are fewer than asked for', () => {
  const drawn = sample(items, 5000, 1)
  assert.equal(drawn.length, items.length)
  assert.deepEqual(
    drawn.toSorted((one, other) => one - other),
    items,
  )
})

test('draws from everywhere, so that a sample speaks for the whole', () => {
  const quarters = [0, 0, 0, 0]
  for (const item of sample(items, 400, 3))
    quarters[Math.floor(item / 250)] = 1 + (quarters[Math.floor(item / 250)] ?? 0)
  for (const count of quarters) assert.ok(count > 60 && count < 140, String(quarters))
})

test('leaves the list that it draws from as it was', () => {
  const list = [1, 2, 3]
  sample(list, 2, 1)
  assert.deepEqual(list, [1, 2, 3])
})
