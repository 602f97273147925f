/**
 * Which connection goes when there are too many: the one that has waited longest for its client, and no one that waits
 * for us.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { boundConnections } from '../../../webhook/http/connections.ts'
import { until } from '../kubernetes/cluster-of-a-test.ts'

const LIMIT = 3

/** One end of a connection; both are gone when the server has dropped it. */
interface Client {
  readonly socket: Socket
  /** The server's end, by which it knows the connection. */
  readonly served: Socket
}

async function start(context: TestContext) {
  const server = createServer()
  const connections = boundConnections(server, LIMIT)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const clients: Client[] = []
  context.after(() => {
    for (const { socket, served } of clients) [socket, served].forEach((end) => end.destroy())
    server.close()
  })
  const open = async (): Promise<Client> => {
    const accepted = once(server, 'connection')
    const socket = connect(port, '127.0.0.1').on('error', () => undefined)
    socket.resume()
    const [served] = (await accepted) as [Socket]
    const client = { socket, served }
    clients.push(client)
    return client
  }
  const openMany = async (count: number): Promise<void> => {
    for (let opened = 0; opened < count; opened += 1) await open()
  }
  /** Which connections are left, by the order in which they were opened. */
  const left = () => clients.flatMap(({ served }, index) => (served.destroyed ? [] : [index]))
  return { connections, open, openMany, left }
}

test('up to the limit all stay; from then on each new one takes the place of that which waited longest', async (context) => {
  const { openMany, left } = await start(context)
  await openMany(LIMIT)
  assert.deepEqual(left(), [0, 1, 2])
  await openMany(2)
  assert.deepEqual(left(), [2, 3, 4])
})

test('its client sees that it is gone', async (context) => {
  const { open, openMany } = await start(context)
  const { socket } = await open()
  await openMany(LIMIT)
  await until(() => socket.destroyed)
})

test('a request that is read keeps its connection, one that is still being sent does not', async (context) => {
  const { connections, open, openMany, left } = await start(context)
  const [waiting, sending] = [await open(), await open()]
  assert.equal(connections.begin(waiting.served), true)
  assert.equal(connections.begin(sending.served), true)
  connections.read(waiting.served)
  await openMany(3)
  assert.deepEqual(left(), [0, 3, 4])
})

test('where all wait for us, the new one goes', async (context) => {
  const { connections, open, left } = await start(context)
  for (let count = 0; count < LIMIT; count += 1) {
    const { served } = await open()
    connections.begin(served)
    connections.read(served)
  }
  await open()
  assert.deepEqual(left(), [0, 1, 2])
})

for (const [what, hasBody] of [
  ['its answer', true],
  ['an answer to a request without a body', false],
] as const) {
  test(`after ${what} a connection is the last in the row, and may send again`, async (context) => {
    const { connections, open, openMany, left } = await start(context)
    const { served } = await open()
    await openMany(2)
    connections.begin(served)
    if (hasBody) connections.read(served)
    connections.answered(served)
    await openMany(2)
    assert.deepEqual(left(), [0, 3, 4])
    assert.equal(connections.begin(served), true)
  })
}

test('a closed connection gives its place back', async (context) => {
  const { connections, open, openMany, left } = await start(context)
  const [idle, busy] = [await open(), await open()]
  connections.begin(busy.served)
  connections.read(busy.served)
  for (const { socket, served } of [idle, busy]) {
    const closed = once(served, 'close')
    socket.destroy()
    served.resume()
    await closed
  }
  await openMany(LIMIT)
  assert.deepEqual(left(), [2, 3, 4])
})

test('who sends a second request before the first is answered is cut off', async (context) => {
  const { connections, open, left } = await start(context)
  const { served } = await open()
  assert.equal(connections.begin(served), true)
  assert.equal(connections.begin(served), false)
  assert.deepEqual(left(), [])
})

test('a request without a connection, as tests inject it, is taken', async (context) => {
  const { connections } = await start(context)
  const nowhere = { remoteAddress: '192.0.2.1', remotePort: 1 }
  assert.equal(connections.begin(nowhere), true)
  connections.read(nowhere)
  connections.answered(nowhere)
  assert.equal(connections.begin(nowhere), true)
})
