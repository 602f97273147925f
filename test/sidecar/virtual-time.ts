/**
 * Time that tests move. Timers follow the running machine; the wall clock can be set apart from it, and both can be
 * left behind by a suspended machine.
 */
import type { Clock } from '../../sidecar/core/clock.ts'

export interface VirtualTime extends Clock {
  /** What time it really is, for AWS and everybody else. */
  trueMs(): number
  /** Lets time pass, timer by timer, with everything that follows from each. */
  pass(ms: number): Promise<void>
  /** Sets the wall clock forward or, when negative, back; true time and timers know nothing of it. */
  setClock(byMs: number): void
  /** Time passes for everybody but this machine's timers; its wall clock is right afterwards. */
  suspend(ms: number): void
  /** How many timers are set. */
  timerCount(): number
}

/** Begins at a round moment with a right clock. */
export function createVirtualTime(): VirtualTime {
  const timers = new Set<{ readonly atMs: number; readonly callback: () => void }>()
  const startMs = Date.UTC(2026, 10, 23)
  let runningMs = 0
  let suspendedMs = 0
  let offsetMs = 0
  const trueMs = (): number => startMs + runningMs + suspendedMs

  const popDue = (untilMs: number) => {
    const [first] = [...timers].sort((a, b) => a.atMs - b.atMs)
    if (first === undefined || first.atMs > untilMs) return undefined
    timers.delete(first)
    return first
  }

  return {
    trueMs,
    nowMs: () => trueMs() + offsetMs,
    setTimer: (callback, delayMs) => {
      const timer = { atMs: runningMs + Math.max(1, delayMs), callback }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    pass: async (ms) => {
      const untilMs = runningMs + ms
      await settle()
      for (let due = popDue(untilMs); due !== undefined; due = popDue(untilMs)) {
        runningMs = due.atMs
        due.callback()
        await settle()
      }
      runningMs = untilMs
    },
    setClock: (byMs) => {
      offsetMs += byMs
    },
    suspend: (ms) => {
      suspendedMs += ms
    },
    timerCount: () => timers.size,
  }
}

/** Lets promises that are ready run to their end. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
