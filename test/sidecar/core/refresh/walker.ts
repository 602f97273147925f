/** Takes a refresher's steps one by one, and keeps what the last said to do. */
import assert from 'node:assert/strict'
import { toBaseKey } from '../../../../sidecar/core/chain/chain.ts'
import type { Job, Report } from '../../../../sidecar/core/chain/job.ts'
import { type FailureCode, toFailure } from '../../../../sidecar/core/failures/errors.ts'
import {
  createRefreshState,
  recordOf,
  type RefreshState,
  type TargetRecord,
} from '../../../../sidecar/core/refresh/refresh-state.ts'
import type { HeldSessions } from '../../../../sidecar/core/refresh/sessions.ts'
import { type Effect, type RefreshEvent, step } from '../../../../sidecar/core/refresh/step.ts'
import type { Session } from '../../../../sidecar/core/session.ts'
import { BASE_ROLE, session as sessionOf, TARGET_ROLE } from '../../sessions.ts'

export const HOUR = 3_600_000
export const START = 10 * HOUR
export const target = { chain: [{ roleArn: BASE_ROLE }, { roleArn: TARGET_ROLE }] }
export const job = {
  context: { sessionName: '{pod}', placeholders: { '{pod}': 'nightly' } },
  sts: { allowsHttp: false, usesFips: false, usesDualstack: false },
  stsTokenFile: '/token',
}
export const baseKey = toBaseKey(target, job.context) ?? assert.fail()
export const hung = toFailure('child_hung')

/** Of an hour from `atMs` on. */
export function sessionAt(atMs: number, given: Partial<Session> = {}): Session {
  return sessionOf({ acquiredAtMs: atMs, expiresAtMs: atMs + HOUR, ...given })
}

export function baseAt(atMs: number): Session {
  return sessionAt(atMs, { roleArn: BASE_ROLE, accountId: '111111111111' })
}

/** Takes steps one after the other, each at its time, and keeps what the last said to do. */
export class Walker {
  state: RefreshState
  effects: readonly Effect[] = []
  nowMs = START

  constructor(names: readonly string[] = ['one', 'two']) {
    const targets = Object.fromEntries(names.map((name) => [name, target]))
    this.state = createRefreshState(targets, job, 0.5)
  }

  at(nowMs: number): this {
    this.nowMs = nowMs
    return this
  }

  take(event: RefreshEvent, jitter = 0.5): this {
    Object.assign(this, step(this.state, event, { nowMs: this.nowMs, jitter }))
    return this
  }

  start(held: HeldSessions = { targets: {}, baseSessions: {} }, jitter = 0.5): this {
    return this.take({ kind: 'started', held }, jitter)
  }

  wake(): this {
    return this.take({ kind: 'woken' })
  }

  look(name = 'one'): this {
    return this.take({ kind: 'looked', target: name })
  }

  report(report: Report, walk = this.state.walks, jitter = 0.5): this {
    return this.take({ kind: 'reported', walk, report }, jitter)
  }

  get(name: string, given: Session, walk = this.state.walks): this {
    return this.report({ kind: 'session', target: name, session: given }, walk)
  }

  getBase(key: string, given: Session): this {
    return this.report({ kind: 'base', key, session: given })
  }

  fail(name: string, code: FailureCode, hint: { readonly retryAfterMs?: number } = {}): this {
    return this.report({ kind: 'failure', target: name, failure: toFailure(code), ...hint })
  }

  end(walk = this.state.walks, jitter = 0.5): this {
    return this.take({ kind: 'walked', walk, failure: hung }, jitter)
  }

  stop(): this {
    return this.take({ kind: 'stopped' })
  }

  known(name = 'one'): TargetRecord {
    return recordOf(this.state, name)
  }

  kinds(): string[] {
    return this.effects.map(({ kind }) => kind)
  }

  /** The job of the walk that the last step began. */
  job(): Job {
    const effect = this.effects.find(({ kind }) => kind === 'walk')
    return effect?.kind === 'walk' ? effect.job : assert.fail('no walk has begun')
  }
}

/** Both have a session of now, and the pause after the walk is over. */
export function startHeld(): Walker {
  const walker = new Walker().start()
  walker.getBase(baseKey, baseAt(START)).get('one', sessionAt(START)).get('two', sessionAt(START))
  return walker
    .end()
    .at(START + 1000)
    .wake()
}
