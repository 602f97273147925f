/** Waits for what happens elsewhere; the test runner's own limit is the only one. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Listening } from '../../sidecar/io/listening.ts'

/** Looks again and again until there is something. */
export async function until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    await delay(5)
  }
}

export async function untilListening(listening: Listening): Promise<void> {
  await until(() => (listening.problem() === undefined ? true : undefined))
}
