/** Free ports, for programs that are told theirs. */
import { createServer, type AddressInfo } from 'node:net'

/** A port of the loopback that nobody listens on now. */
export function findFreePort(): Promise<number> {
  const server = createServer()
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}
