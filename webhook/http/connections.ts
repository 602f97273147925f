/**
 * Bounds the connections of a server. Where there are too many, the one goes that has waited longest for its client: idle ones, and those
 * that send slowly or not at all. Who has sent a request waits for us, and stays.
 */
import type { Server, Socket } from 'node:net'

/** A connection as both sides of TLS name it. */
type Ends = Pick<Socket, 'remoteAddress' | 'remotePort'>

export interface Connections {
  /** A request begins; false when the connection is closed, since it already has one: who pipelines could have any number under way. */
  readonly begin: (ends: Ends) => boolean
  /** The request is read to its end. */
  readonly read: (ends: Ends) => void
  /** The request is answered. */
  readonly answered: (ends: Ends) => void
}

interface Connection {
  readonly socket: Socket
  hasRequest: boolean
}

export function boundConnections(server: Server, limit: number): Connections {
  /** In the order in which their waiting began. */
  const waiting = new Map<string, Connection>()
  const busy = new Map<string, Connection>()

  server.on('connection', (socket) => {
    const key = toKey(socket)
    waiting.set(key, { socket, hasRequest: false })
    socket.once('close', () => {
      waiting.delete(key)
      busy.delete(key)
    })
    if (waiting.size + busy.size <= limit) return
    for (const [oldest, connection] of waiting) {
      waiting.delete(oldest)
      connection.socket.destroy()
      break
    }
  })
  const find = (key: string) => waiting.get(key) ?? busy.get(key)
  return {
    begin: (ends) => {
      const connection = find(toKey(ends))
      // A request that was injected has no connection.
      if (connection === undefined) return true
      if (connection.hasRequest) {
        connection.socket.destroy()
        return false
      }
      connection.hasRequest = true
      return true
    },
    read: (ends) => {
      const key = toKey(ends)
      const connection = waiting.get(key)
      if (connection === undefined) return
      waiting.delete(key)
      busy.set(key, connection)
    },
    answered: (ends) => {
      const key = toKey(ends)
      const connection = find(key)
      if (connection === undefined) return
      connection.hasRequest = false
      busy.delete(key)
      waiting.delete(key)
      // At the end of the row.
      waiting.set(key, connection)
    },
  }
}

function toKey({ remoteAddress, remotePort }: Ends): string {
  return `${remoteAddress} ${remotePort}`
}
