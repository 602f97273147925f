/** The probe socket over real unix sockets: who is told what, and when. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import type { Readiness } from '../../../sidecar/core/endpoint/readiness.ts'
import {
  askProbeSocket,
  type ProbeSocket,
  startProbeSocket,
} from '../../../sidecar/io/probe-socket.ts'
import { collectLog } from '../collected-log.ts'
import { createVirtualTime } from '../virtual-time.ts'

const ready: Readiness = { isReady: true, sentence: 'ready' }
const waiting: Readiness = { isReady: false, sentence: 'hop 2: denied' }

let folder: string
let path: string
let readiness: Readiness
let readyCount: number
let socket: ProbeSocket

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rolechain-test-'))
  path = join(folder, 'probe.sock')
  readiness = ready
  readyCount = 0
  // What a killed sidecar leaves is in the way of nobody.
  writeFileSync(path, '')
  socket = startProbeSocket({
    path,
    readReadiness: () => readiness,
    onReady: () => {
      readyCount += 1
    },
    clock: createVirtualTime(),
    log: collectLog().log,
  })
})

afterEach(() => {
  socket.stop()
  rmSync(folder, { recursive: true })
})

describe('the probe socket', () => {
  it('answers at once when the sidecar is ready', async () => {
    assert.deepEqual(await askProbeSocket(path, 60_000), ready)
    assert.equal(readyCount, 1)
  })

  it('answers all who wait as soon as the sidecar is ready', async () => {
    readiness = waiting
    const asked = [askProbeSocket(path, 60_000), askProbeSocket(path, 60_000)]
    // This one has been answered after the others were heard.
    assert.deepEqual(await askProbeSocket(path, 0), waiting)
    socket.notify()
    readiness = ready
    socket.notify()
    assert.deepEqual(await Promise.all(asked), [ready, ready])
    assert.equal(readyCount, 2)
  })

  it('says what is in the way to those who wait no longer', async () => {
    readiness = waiting
    assert.deepEqual(await askProbeSocket(path, 50), waiting)
    assert.equal(readyCount, 0)
  })

  it('outlives those who go away while they wait', async () => {
    readiness = waiting
    await new Promise((resolve) => {
      const client = connect(path, () => client.destroy())
      client.once('close', resolve)
    })
    assert.deepEqual(await askProbeSocket(path, 0), waiting)
  })

  it('is nobody when the sidecar is not there', async () => {
    socket.stop()
    assert.equal(await askProbeSocket(path, 0), undefined)
    assert.equal(await askProbeSocket(join(folder, 'missing'), 0), undefined)
  })
})
