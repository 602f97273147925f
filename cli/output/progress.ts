/** A line on stderr about what takes longer than a second, for somebody who looks on; gone when it is over. */
import type { Surroundings } from './surroundings.ts'

/** Sooner it would only flicker. */
const AFTER_MS = 1000

const CLEAR_LINE = '\r\u001B[2K'

/** Does the work, and says meanwhile what is being waited for. */
export async function withProgress<Value>(
  { isWatched, stderr }: Surroundings,
  what: string,
  work: () => Promise<Value>,
): Promise<Value> {
  if (!isWatched) return work()
  let isShown = false
  const timer = setTimeout(() => {
    isShown = true
    stderr(`${what} …`)
  }, AFTER_MS)
  try {
    return await work()
  } finally {
    clearTimeout(timer)
    if (isShown) stderr(CLEAR_LINE)
  }
}
