/**
 * Pods made to keep the webhook busy: whoever may create a pod must not be able to stop the others' by it. Costs are
 * compared with those of an ordinary review in the same run.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cpuMs, ordinaryCpuMs, review } from './hostile-review.ts'
import { HOSTILE_REVIEWS, ORDINARY_REVIEWS_AT_MOST } from '../hostile-reviews.ts'

/** What an API server passes on, and what fits into a log line and a terminal. */
const WARNING_LIMIT = 256
const MESSAGE_LIMIT = 64 * 1024

describe('the webhook is not kept busy by', () => {
  const ordinaryMs = ordinaryCpuMs()

  for (const [what, hostile] of Object.entries(HOSTILE_REVIEWS)) {
    it(what, () => {
      const { verdict, answer, advice } = review(hostile)
      assert.equal(verdict.reasons[0], hostile.reason, answer.slice(0, 1000))
      const limitMs = ORDINARY_REVIEWS_AT_MOST * ordinaryMs
      // The clock of a thread's CPU goes in steps of some milliseconds, and the first runs are not compiled yet.
      const costs = [cpuMs(hostile)]
      if (Math.min(...costs) >= limitMs) costs.push(cpuMs(hostile, { tries: 20 }))
      assert.ok(
        Math.min(...costs) < limitMs,
        `as much as ${Math.round(Math.min(...costs) / ordinaryMs)} ordinary reviews`,
      )
      if (verdict.kind === 'denied') assert.ok(verdict.message.length < MESSAGE_LIMIT)
      assert.ok(verdict.warnings.length <= 16)
      assert.ok(advice.length <= 64)
      assert.ok([...verdict.warnings, ...advice].every(({ length }) => length <= WARNING_LIMIT))
    })
  }
})
