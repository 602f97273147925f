/** What happens when somebody else has the port. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { describe, it, type TestContext } from 'node:test'
import { listenPersistently } from '../../../sidecar/io/listening.ts'
import { startEndpoint } from '../../../sidecar/io/endpoint/server.ts'
import { collectLog } from '../collected-log.ts'
import { realClock } from '../endpoint-stage.ts'
import { session } from '../sessions.ts'
import { until, untilListening } from '../until.ts'

const live = { session: session({}) }

async function occupyPort(t: TestContext): Promise<{ occupant: Server; port: number }> {
  const occupant = createServer()
  occupant.listen(0, '127.0.0.1')
  await once(occupant, 'listening')
  t.after(() => occupant.close())
  const address = occupant.address()
  assert(typeof address === 'object' && address !== null)
  return { occupant, port: address.port }
}

describe('a port that is taken', () => {
  it('is told of once, and used as soon as it is free', async (t) => {
    const { occupant, port } = await occupyPort(t)
    const collected = collectLog()
    let hasListened = false
    let tries = 0
    const endpoint = startEndpoint({
      port,
      targets: new Set(['default']),
      source: { stateOf: () => live, wake: () => undefined, whenHeld: () => Promise.resolve() },
      tokens: {
        verify: () => 'accepted',
        hashes: () => ({}),
        start: () => undefined,
        stop: () => undefined,
      },
      clock: {
        ...realClock,
        setTimer: (callback) => {
          tries += 1
          return realClock.setTimer(callback, 1)
        },
      },
      log: collected.log,
      onReply: () => undefined,
      onListening: () => {
        hasListened = true
      },
    })
    t.after(() => {
      endpoint.stop()
    })
    await until(() => (endpoint.problem()?.includes('has taken the port') ? true : undefined))
    await until(() => (tries > 3 ? true : undefined))
    assert.equal(hasListened, false)
    occupant.close()
    await untilListening(endpoint)
    assert.equal(hasListened, true)
    assert.deepEqual(collected.events(), ['port_taken', 'listening'])
  })

  it('is told with what to look at when it is a socket', async (t) => {
    const collected = collectLog()
    const listening = listenPersistently({
      server: createServer(),
      address: { kind: 'socket', path: '/nowhere/probe.sock' },
      subject: 'The probe socket',
      clock: { nowMs: () => 0, setTimer: () => () => undefined },
      log: collected.log,
    })
    t.after(() => {
      listening.stop()
    })
    await until(() => (collected.events().length > 0 ? true : undefined))
    assert.match(listening.problem() ?? '', /(?:EACCES|ENOENT).*the volume rolechain-state/)
  })

  it('is tried no more once that has been stopped', async (t) => {
    const { occupant, port } = await occupyPort(t)
    const server = createServer()
    const timers = new Set<() => void>()
    const listening = listenPersistently({
      server,
      address: { kind: 'port', host: '127.0.0.1', port: port },
      subject: 'The endpoint',
      clock: {
        nowMs: () => 0,
        setTimer: (callback) => {
          timers.add(callback)
          return () => timers.delete(callback)
        },
      },
      log: collectLog().log,
    })
    await until(() => (timers.size > 0 ? true : undefined))
    listening.stop()
    assert.equal(timers.size, 0)
    occupant.close()
  })
})
