/**
 * What holds of a refresher whatever happens in whatever order: walks that end or never do, clocks that jump, whoever
 * looks.
 */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as fc from 'fast-check'
import type { Report } from '../../../../sidecar/core/chain/job.ts'
import { toFailure } from '../../../../sidecar/core/failures/errors.ts'
import {
  createRefreshState,
  recordOf,
  type RefreshState,
  snapshotOf,
  waitMsOf,
} from '../../../../sidecar/core/refresh/refresh-state.ts'
import { type Effect, type RefreshEvent, step } from '../../../../sidecar/core/refresh/step.ts'
import type { Session } from '../../../../sidecar/core/session.ts'
import { BASE_ROLE, session as sessionOf, TARGET_ROLE } from '../../sessions.ts'
import { type Happening, happenings, NAMES } from './happenings.ts'

const chain = [{ roleArn: BASE_ROLE }, { roleArn: TARGET_ROLE }]
const targets = Object.fromEntries(NAMES.map((name) => [name, { chain }]))
const settings = {
  context: { sessionName: 'nightly', placeholders: {} },
  sts: { allowsHttp: false, usesFips: false, usesDualstack: false },
  stsTokenFile: '/token',
}

/** Does what steps say, as the driver does, and holds each step against the laws. */
class Judge {
  state = createRefreshState(targets, settings, 0.5)
  trueMs = 100 * 3_600_000
  offsetMs = 0
  /** What is set or under way, by what the effects said. */
  timerAtMs: number | undefined
  walk: number | undefined
  walkEndedAtMs = Number.NEGATIVE_INFINITY
  untold = 0
  sessions = 0

  get nowMs(): number {
    return this.trueMs + this.offsetMs
  }

  take(event: RefreshEvent): void {
    const before = this.state
    const copy = structuredClone(before)
    const moment = { nowMs: this.nowMs, jitter: 0.5 }
    const { state, effects } = step(before, event, moment)
    assert.deepEqual(before, copy, 'a state is a value')
    this.state = state
    this.judgeSessions(before, event)
    assert.ok(
      effects.filter((effect) => ['walk', 'sleep', 'stop'].includes(effect.kind)).length <= 1,
    )
    if (event.kind === 'walked' && event.walk === this.walk) {
      this.walk = undefined
      this.walkEndedAtMs = this.trueMs
      this.untold += 1
    }
    for (const effect of effects) this.do(effect)
    this.judgeWaiting()
  }

  do(effect: Effect): void {
    if (effect.kind === 'tell') return
    if (effect.kind === 'tell-walked') {
      this.untold -= 1
      return
    }
    this.timerAtMs = undefined
    if (effect.kind === 'sleep') this.timerAtMs = this.trueMs + effect.ms
    if (effect.kind === 'stop') this.walk = undefined
    if (effect.kind !== 'walk') return
    assert.equal(this.walk, undefined, 'never two walks at a time')
    assert.ok(this.trueMs - this.walkEndedAtMs >= 1000, 'a second between two walks')
    assert.equal(this.untold, 0, 'the end of each walk is told, before the next begins')
    this.walk = effect.walk
    const waits = Object.keys(effect.job.targets).map((one) =>
      waitMsOf(recordOf(this.state, one), this.nowMs),
    )
    assert.equal(Math.min(...waits), 0, 'a walk begins when something is due')
    assert.ok(Math.max(...waits) <= 250, 'with what is due soon')
  }

  /** A session goes only for a session of the walk that is under way, and the first of it. */
  judgeSessions(before: RefreshState, event: RefreshEvent): void {
    const report = event.kind === 'reported' && event.walk === this.walk ? event.report : undefined
    for (const one of NAMES) {
      const was = recordOf(before, one).state.session
      const { session } = recordOf(this.state, one).state
      const isPending = before.phase.kind === 'walking' && before.phase.pending.has(one)
      const given =
        report?.kind === 'session' && report.target === one && isPending ? report.session : was
      if (event.kind !== 'started') assert.equal(session, given)
    }
  }

  /** There is always something that goes on, until it is stopped; and then nothing. */
  judgeWaiting(): void {
    const { kind: doing } = this.state.phase
    assert.equal(this.walk !== undefined, doing === 'walking')
    assert.equal(this.timerAtMs !== undefined, doing === 'sleeping' || doing === 'pausing')
    const sleepMs = (this.timerAtMs ?? this.trueMs) - this.trueMs
    assert.ok(sleepMs >= 0 && sleepMs <= 30_000, 'no sleep is longer than half a minute')
  }

  session(lifeMs: number): Session {
    this.sessions += 1
    return sessionOf({
      accessKeyId: `ASIA${this.sessions}`,
      acquiredAtMs: this.nowMs,
      expiresAtMs: this.nowMs + lifeMs,
    })
  }

  /** Lets time pass, timer by timer. */
  pass(ms: number): void {
    const untilMs = this.trueMs + ms
    for (let steps = 0; this.timerAtMs !== undefined && this.timerAtMs <= untilMs; steps += 1) {
      assert.ok(steps < 10_000, 'timers that stand still')
      this.trueMs = Math.max(this.trueMs, this.timerAtMs)
      this.timerAtMs = undefined
      this.take({ kind: 'woken' })
    }
    this.trueMs = untilMs
  }

  restart(): void {
    const held = snapshotOf(this.state, this.nowMs)
    this.take({ kind: 'stopped' })
    this.state = createRefreshState(targets, settings, 0.5)
    this.untold = 0
    this.walkEndedAtMs = Number.NEGATIVE_INFINITY
    this.take({ kind: 'started', held })
    assert.deepEqual(snapshotOf(this.state, this.nowMs).targets, held.targets)
  }

  happen(one: Happening): void {
    if (one.kind === 'time') this.pass(one.ms)
    else if (one.kind === 'clock') this.offsetMs += one.ms
    else if (one.kind === 'restart') this.restart()
    else if (one.kind === 'stop') this.take({ kind: 'stopped' })
    else if (one.kind === 'look') this.take({ kind: 'looked', target: one.name })
    else if (one.kind !== 'stray timer') this.take(this.toWalkEvent(one))
    // It fired when it was being cancelled: a walk or a stop has come before it.
    else if (this.timerAtMs === undefined) this.take({ kind: 'woken' })
  }

  toWalkEvent(one: Extract<Happening, { readonly late: number }>): RefreshEvent {
    const walk = this.state.walks - one.late
    if (one.kind === 'end') return { kind: 'walked', walk, failure: toFailure('child_hung') }
    const report: Report =
      one.kind === 'session'
        ? { kind: 'session', target: one.name, session: this.session(one.lifeMs) }
        : { kind: 'failure', target: one.name, failure: toFailure(one.code) }
    return { kind: 'reported', walk, report }
  }
}

it('whatever happens: one walk at a time, a second between two, no session lost, and always something that goes on', () => {
  fc.assert(
    fc.property(fc.array(happenings, { maxLength: 60 }), (all) => {
      const judge = new Judge()
      judge.take({ kind: 'started', held: { targets: {}, baseSessions: {} } })
      for (const one of all) judge.happen(one)
    }),
  )
})

it('whatever happens after it was stopped, nothing is done and nothing changes but what is served', () => {
  fc.assert(
    fc.property(
      fc.array(happenings, { maxLength: 20 }),
      fc.array(
        happenings.filter(({ kind: what }) => what !== 'restart'),
        { maxLength: 20 },
      ),
      (first, second) => {
        const judge = new Judge()
        judge.take({ kind: 'started', held: { targets: {}, baseSessions: {} } })
        for (const one of first) judge.happen(one)
        judge.happen({ kind: 'stop' })
        const { state } = judge
        for (const one of second) judge.happen(one)
        assert.equal(judge.state, state)
        assert.deepEqual([judge.walk, judge.timerAtMs], [undefined, undefined])
      },
    ),
  )
})
