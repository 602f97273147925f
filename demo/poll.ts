/** Waits for what can only be found out by asking. */
import { setTimeout as sleep } from 'node:timers/promises'

const INTERVAL_MS = 50

/** Asks again and again until there is an answer; with nothing after `timeoutMs`. */
export async function poll<Answer>(
  ask: () => Promise<Answer | undefined>,
  timeoutMs: number,
): Promise<Answer | undefined> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined || performance.now() > deadline) return answer
    await sleep(INTERVAL_MS)
  }
}
