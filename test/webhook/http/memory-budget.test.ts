import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryBudget } from '../../../webhook/http/memory-budget.ts'

test('who holds the most has to go, and nobody else', () => {
  const budget = createMemoryBudget(100)
  const gone: string[] = []
  const small = budget.open(() => gone.push('small'))
  const large = budget.open(() => gone.push('large'))
  assert.equal(small.take(30), true)
  assert.equal(large.take(70), true)
  assert.equal(small.take(1), true)
  assert.deepEqual([gone, budget.heldBytes()], [['large'], 31])
  assert.equal(large.take(1), false)
  assert.equal(small.take(70), false)
  assert.deepEqual([gone, budget.heldBytes()], [['large', 'small'], 0])
})

test('what is being worked on stays, and who asks for more than is left has to go', () => {
  const budget = createMemoryBudget(100)
  const gone: string[] = []
  const kept = budget.open(() => gone.push('kept'))
  kept.take(90)
  kept.keep()
  const late = budget.open(() => gone.push('late'))
  assert.equal(late.take(20), false)
  assert.deepEqual([gone, budget.heldBytes()], [['late'], 90])
  kept.release()
  kept.release()
  assert.equal(budget.heldBytes(), 0)
})

test('as many go as it takes', () => {
  const budget = createMemoryBudget(100)
  const gone: number[] = []
  for (const bytes of [30, 25, 20, 15]) budget.open(() => gone.push(bytes)).take(bytes)
  const kept = budget.open(() => gone.push(0))
  kept.keep()
  assert.equal(kept.take(60), true)
  assert.deepEqual([gone, budget.heldBytes()], [[30, 25], 95])
})
