/**
 * Pods made to keep the webhook busy: whoever may create a pod must not be able to stop the others' by it. Costs are compared with those
 * of an ordinary review in the same run.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cpuMs, ordinaryCpuMs, review } from './hostile-review.ts'
import { HOSTILE_KEYS } from './hostile-keys.ts'
import { HOSTILE_SPECS } from './hostile-specs.ts'
import { HOSTILE_TEXTS } from './hostile-texts.ts'
import { HOSTILE_VALUES } from './hostile-values.ts'

/** An ordinary review takes about 0.07 ms, so this is 20 ms. */
const MULTIPLE = 300

/** What an API server passes on, and what fits into a log line and a terminal. */
const WARNING_LIMIT = 256
const MESSAGE_LIMIT = 64 * 1024

describe('the webhook is not kept busy by', () => {
  const ordinaryMs = ordinaryCpuMs()

  for (const [what, hostile] of Object.entries({
    ...HOSTILE_TEXTS,
    ...HOSTILE_KEYS,
    ...HOSTILE_SPECS,
    ...HOSTILE_VALUES,
  })) {
    it(what, () => {
      const { verdict, answer, advice } = review(hostile)
      assert.equal(verdict.reasons[0], hostile.reason, answer.slice(0, 1000))
      const costs = cpuMs(hostile) / ordinaryMs
      assert.ok(costs < MULTIPLE, `as much as ${Math.round(costs)} ordinary reviews`)
      if (verdict.kind === 'denied') assert.ok(verdict.message.length < MESSAGE_LIMIT)
      assert.ok(verdict.warnings.length <= 16)
      assert.ok(advice.length <= 64)
      assert.ok([...verdict.warnings, ...advice].every(({ length }) => length <= WARNING_LIMIT))
    })
  }
})
