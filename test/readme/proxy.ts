/** A proxy (`HTTPS_PROXY`) that leads every name to one port of this machine: so an issuer has a name of its own. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'

/** Starts it; the caller stops it. */
export async function startProxy(port: number): Promise<{ url: string; stop: () => void }> {
  const open = new Set<Socket>()
  const server = createServer()
  server.on('connect', (_request, near: Socket) => {
    const far = connect(port, '127.0.0.1')
    for (const socket of [near, far]) {
      open.add(socket)
      socket.on('error', () => undefined)
    }
    near.write('HTTP/1.1 200 Connection established\r\n\r\n')
    near.pipe(far).pipe(near)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => {
      server.close()
      for (const socket of open) socket.destroy()
    },
  }
}
