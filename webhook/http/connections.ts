/**
 * Bounds the connections of a server. Where there are too many, the one goes that has waited longest for its client:
 * idle ones, and those that send slowly or not at all. Who has sent a request waits for us, and stays.
 */
import type { Server, Socket } from 'node:net'

/** A connection as both sides of TLS name it. */
type Ends = Pick<Socket, 'remoteAddress' | 'remotePort'>

export interface Connections {
  /**
   * A request begins; false when the connection is closed, since it already has one: who pipelines could have any
   * number under way.
   */
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
  const waiting = new Set<Connection>()
  const busy = new Set<Connection>()
  const byEnds = new Map<string, Connection>()
  /**
   * By the sockets that requests name, which are those of TLS: to spell out the ends takes longer than all the rest.
   */
  const found = new WeakMap<Ends, Connection>()

  server.on('connection', (socket) => {
    const key = toKey(socket)
    const connection = { socket, hasRequest: false }
    byEnds.set(key, connection)
    waiting.add(connection)
    socket.once('close', () => {
      if (byEnds.get(key) === connection) byEnds.delete(key)
      waiting.delete(connection)
      busy.delete(connection)
    })
    if (waiting.size + busy.size <= limit) return
    const [oldest] = waiting
    if (oldest === undefined) return
    waiting.delete(oldest)
    oldest.socket.destroy()
  })
  /** Undefined for a connection that is closed or told to close, and for a request that was injected. */
  const find = (ends: Ends) => {
    const connection = found.get(ends) ?? byEnds.get(toKey(ends))
    if (connection === undefined) return undefined
    found.set(ends, connection)
    return waiting.has(connection) || busy.has(connection) ? connection : undefined
  }
  return {
    begin: (ends) => {
      const connection = find(ends)
      if (connection === undefined) return true
      if (connection.hasRequest) {
        connection.socket.destroy()
        return false
      }
      connection.hasRequest = true
      return true
    },
    read: (ends) => {
      const connection = find(ends)
      if (connection === undefined) return
      waiting.delete(connection)
      busy.add(connection)
    },
    answered: (ends) => {
      const connection = find(ends)
      if (connection === undefined) return
      connection.hasRequest = false
      busy.delete(connection)
      waiting.delete(connection)
      // At the end of the row.
      waiting.add(connection)
    },
  }
}

function toKey({ remoteAddress, remotePort }: Ends): string {
  return `${remoteAddress} ${remotePort}`
}
