/**
 * Waits for what happens elsewhere, and not for ever: a red test is to say what it waited for, and not to hold up the
 * run until the test runner's own limit.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Listening } from '../../sidecar/io/listening.ts'

/** For a busy machine. Nothing that is right takes more than seconds. */
const LIMIT_MS = 30_000

/** Where one thing has not come, the next ones rarely do. */
const LIMIT_AFTER_VAIN_MS = 5_000

let limitMs = LIMIT_MS

/** Looks again and again until there is something; `seen` says what there is instead, when it has not come. */
export async function until<T>(
  look: () => T | undefined | Promise<T | undefined>,
  seen: () => string = () => look.toString(),
): Promise<T> {
  const endsAtMs = performance.now() + limitMs
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (performance.now() > endsAtMs) {
      const waitedMs = limitMs
      limitMs = LIMIT_AFTER_VAIN_MS
      throw new Error(`waited ${waitedMs / 1000} s in vain: ${seen()}`)
    }
    await delay(5)
  }
}

export async function untilListening(listening: Listening): Promise<void> {
  await until(
    () => (listening.problem() === undefined ? true : undefined),
    () => listening.problem() ?? 'it listens',
  )
}
