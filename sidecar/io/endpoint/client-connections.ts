/**
 * Bounds what clients of a server can hold: connections, and requests that are sent without waiting for the answers
 * before. It answers nothing itself.
 */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/** No SDK sends a request before it has the answer to the last. */
const UNANSWERED_LIMIT = 16

export interface Connections {
  /**
   * Notes a request that has come. `ignored`: an answer before it ends the connection, so it is not to be looked at.
   * `last`: it is to be answered, and the connection ended.
   */
  noteRequest(socket: Socket): 'next' | 'last' | 'ignored'
  noteAnswer(socket: Socket): void
  /** No request that comes after this one is looked at. */
  noteEnd(socket: Socket): void
}

interface Connection {
  unanswered: number
  isEnding: boolean
}

/**
 * Drops the connection that has been quiet for longest when there are more than `limit`, so that nobody can lock others
 * out.
 */
export function boundConnections(server: Server, limit: number): Connections {
  // From the one that has been quiet for longest on.
  const connections = new Map<Socket, Connection>()
  server.on('connection', (socket: Socket) => {
    connections.set(socket, { unanswered: 0, isEnding: false })
    socket.once('close', () => connections.delete(socket))
    const [quietest] = connections.keys()
    if (connections.size > limit) quietest?.destroy()
  })
  return {
    noteRequest: (socket) => {
      const connection = connections.get(socket)
      if (connection === undefined || connection.isEnding || socket.destroyed) return 'ignored'
      connections.delete(socket)
      connections.set(socket, connection)
      connection.unanswered += 1
      connection.isEnding = connection.unanswered >= UNANSWERED_LIMIT
      return connection.isEnding ? 'last' : 'next'
    },
    noteAnswer: (socket) => {
      const connection = connections.get(socket)
      if (connection) connection.unanswered -= 1
    },
    noteEnd: (socket) => {
      const connection = connections.get(socket)
      if (connection) connection.isEnding = true
    },
  }
}
