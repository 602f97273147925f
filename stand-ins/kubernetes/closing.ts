/** The end of a server, whatever its clients are doing. */
import { once } from 'node:events'
import type { Server } from 'node:https'
import type { Socket } from 'node:net'

/**
 * To be called before the server listens. What it returns resolves when the server and all of its connections have
 * ended, those that are still at their TLS handshake too: `closeAllConnections()` leaves them, and a watch that follows
 * would never end.
 */
export function closerOf(server: Server): () => Promise<void> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return async () => {
    server.close()
    for (const socket of sockets) socket.destroy()
    await once(server, 'close')
  }
}
