/** Each cell of the table of `step`. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { RefreshState } from '../../../../sidecar/core/refresh/refresh-state.ts'
import { HOUR, sessionAt, START, startHeld, Walker } from './walker.ts'

const phases: Readonly<Record<RefreshState['phase']['kind'], () => Walker>> = {
  new: () => new Walker(),
  sleeping: startHeld,
  walking: () => new Walker().start(),
  pausing: () => new Walker().start().end(),
  stopped: () => startHeld().stop(),
}

const GOOD = sessionAt(START)
const events: Readonly<Record<string, (walker: Walker) => Walker>> = {
  started: (walker) => walker.start(),
  woken: (walker) => walker.wake(),
  looked: (walker) => walker.look(),
  'looked, due': (walker) => walker.at(START + 2 * HOUR).look(),
  reported: (walker) => walker.get('one', GOOD),
  'reported late': (walker) => walker.get('one', GOOD, walker.state.walks - 1),
  walked: (walker) => walker.end(),
  'walked late': (walker) => walker.end(walker.state.walks - 1),
  stopped: (walker) => walker.stop(),
}

/** What is not in it changes nothing and does nothing. */
const table: Readonly<Record<string, readonly [phase: string, ...effects: string[]]>> = {
  'new started': ['walking', 'walk'],
  'new stopped': ['stopped', 'stop'],
  'sleeping woken': ['sleeping', 'sleep'],
  'sleeping looked, due': ['walking', 'walk'],
  'sleeping stopped': ['stopped', 'stop'],
  'walking reported': ['walking', 'tell'],
  'walking walked': ['pausing', 'sleep', 'tell', 'tell'],
  'walking stopped': ['stopped', 'stop'],
  'pausing woken': ['sleeping', 'tell-walked', 'sleep'],
  'pausing stopped': ['stopped', 'stop'],
}

describe('a step', () => {
  for (const [phase, create] of Object.entries(phases)) {
    for (const [event, happen] of Object.entries(events)) {
      const [next, ...effects] = table[`${phase} ${event}`] ?? []
      it(`while it is ${phase}, when ${event}: ${next ?? 'nothing'}`, () => {
        const walker = create()
        const before = walker.state
        happen(walker)
        assert.deepEqual(walker.kinds(), effects)
        assert.equal(walker.state.phase.kind, next ?? phase)
        if (next === undefined) assert.equal(walker.state, before)
      })
    }
  }

  it('knows no other target than those of the configuration', () => {
    assert.throws(() => startHeld().look('three'), /no target three/)
  })
})
