/**
 * Which connection goes when there are too many, and which requests of one are looked at: on a server that answers
 * nothing.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, it } from 'node:test'
import {
  boundConnections,
  type Connections,
} from '../../../../sidecar/io/endpoint/client-connections.ts'

const LIMIT = 3

let server: Server
let connections: Connections
/** The server's ends, in the order in which they were opened. */
let opened: Socket[]
let clients: Socket[]

beforeEach(async () => {
  opened = []
  clients = []
  server = createServer()
  connections = boundConnections(server, LIMIT)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})

afterEach(() => {
  for (const socket of [...clients, ...opened]) socket.destroy()
  server.close()
})

async function open(): Promise<Socket> {
  const accepted = once(server, 'connection')
  const { port } = server.address() as AddressInfo
  clients.push(connect(port, '127.0.0.1').on('error', () => undefined))
  const [socket] = (await accepted) as [Socket]
  opened.push(socket)
  return socket
}

async function openMany(count: number): Promise<void> {
  for (let done = 0; done < count; done += 1) await open()
}

function left(): number[] {
  return opened.flatMap((socket, index) => (socket.destroyed ? [] : [index]))
}

describe('connections of clients', () => {
  it('all stay up to the limit; from then on the quietest goes for each new one', async () => {
    await openMany(LIMIT)
    assert.deepEqual(left(), [0, 1, 2])
    await openMany(2)
    assert.deepEqual(left(), [2, 3, 4])
  })

  it('are less quiet for a request', async () => {
    const first = await open()
    await openMany(2)
    assert.equal(connections.noteRequest(first), 'next')
    await openMany(2)
    assert.deepEqual(left(), [0, 3, 4])
  })

  it('give their place back when they close', async () => {
    const first = await open()
    await openMany(2)
    const closed = once(first, 'close')
    first.destroy()
    await closed
    await open()
    assert.deepEqual(left(), [1, 2, 3])
  })

  it('may have sixteen requests unanswered, and the sixteenth is the last', async () => {
    const socket = await open()
    const turns = Array.from({ length: 18 }, () => connections.noteRequest(socket))
    assert.deepEqual(turns, [
      ...Array.from({ length: 15 }, () => 'next'),
      'last',
      'ignored',
      'ignored',
    ])
  })

  it('may have any number of requests that are answered', async () => {
    const socket = await open()
    for (let count = 0; count < 40; count += 1) {
      assert.equal(connections.noteRequest(socket), 'next')
      connections.noteAnswer(socket)
    }
  })

  it('have none looked at after their end, nor when they are gone', async () => {
    const [ending, gone] = [await open(), await open()]
    connections.noteEnd(ending)
    assert.equal(connections.noteRequest(ending), 'ignored')
    gone.destroy()
    assert.equal(connections.noteRequest(gone), 'ignored')
  })
})
