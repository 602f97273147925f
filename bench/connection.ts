/**
 * One kept-alive connection that sends the same request again and again. Much less than an HTTP client, so that the
 * load costs a fraction of what it measures: a client that is the slower side makes every server look alike.
 */
import { once } from 'node:events'
import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

export interface SameRequest {
  readonly path: string
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Connection {
  /**
   * Sends the request and resolves with the milliseconds to the last byte of its answer; rejects for any answer but a
   * 200.
   */
  readonly ask: () => Promise<number>
  readonly close: () => void
}

export async function connect(origin: string, request: SameRequest): Promise<Connection> {
  const { protocol, hostname, port } = new URL(origin)
  const to = { host: hostname, port: Number(port) }
  const isTls = protocol === 'https:'
  const socket: Socket = isTls ? connectTls({ ...to, rejectUnauthorized: false }) : connectPlain(to)
  socket.setNoDelay(true)
  await once(socket, isTls ? 'secureConnect' : 'connect')
  const bytes = toBytes(hostname, request)
  let waiting: PromiseWithResolvers<void> | undefined
  let received = ''
  socket.on('error', (error) => waiting?.reject(error))
  socket.on('close', () => waiting?.reject(new Error(`${origin} closed the connection.`)))
  socket.setEncoding('latin1')
  socket.on('data', (text: string) => {
    received += text
    if (received.length < answerLength(received)) return
    const answer = received
    received = ''
    if (answer.startsWith('HTTP/1.1 200 ')) waiting?.resolve()
    else waiting?.reject(new Error(`${request.path}: ${answer}`))
  })
  return {
    ask: async () => {
      waiting = Promise.withResolvers()
      const startedAtMs = performance.now()
      socket.write(bytes)
      await waiting.promise
      return performance.now() - startedAtMs
    },
    close: () => void socket.destroy(),
  }
}

function toBytes(host: string, { path, method, headers, body = '' }: SameRequest): Buffer {
  const lines = Object.entries({ host, ...headers, 'content-length': Buffer.byteLength(body) })
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${head}\r\n${body}`)
}

/** How long the answer is when it is complete; infinite before its head is. All servers of the bench send a length. */
function answerLength(received: string): number {
  const head = received.indexOf('\r\n\r\n')
  if (head < 0) return Infinity
  const length = /\r\ncontent-length: (\d+)/i.exec(received.slice(0, head))?.[1]
  if (length === undefined) throw new Error(`An answer without a length: ${received}`)
  return head + 4 + Number(length)
}
