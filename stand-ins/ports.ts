/** Finds ports of the loopback that nobody listens on. */
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below those that a system gives to outgoing connections, which would take one before it is used. */
const FIRST = 20_000
const LAST = 29_999

/** `preferred` where it is free, else any other that is; at random, since others look for one at the same time. */
export async function findFreePort(preferred = randomInt(FIRST, LAST + 1)): Promise<number> {
  const server = createServer().listen(preferred, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    return findFreePort()
  }
  server.close()
  await once(server, 'close')
  return preferred
}
