/** Finds ports of the loopback that nobody listens on. */
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'

/** `preferred` where it is free, else any other that is. Somebody else may take it before it is used. */
export async function findFreePort(preferred = 0): Promise<number> {
  const server = createServer().listen(preferred, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    return findFreePort()
  }
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
