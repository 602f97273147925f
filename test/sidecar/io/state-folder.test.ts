/** The state file on a real disk: who may read it, and what happens when it is damaged or cannot be written. */
import assert from 'node:assert/strict'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import type { State } from '../../../sidecar/core/refresh/kept-state.ts'
import { openStateFolder, type StateFolder } from '../../../sidecar/io/state-folder.ts'
import { type CollectedLog, collectLog } from '../collected-log.ts'
import { session } from '../sessions.ts'
import { createVirtualTime, type VirtualTime } from '../virtual-time.ts'

const pod = 'team-a/nightly/1'
const state: State = {
  pod,
  wasReady: true,
  sessions: { targets: { default: { chainKey: 'key', session: session({}) } }, baseSessions: {} },
  endpointTokens: { default: [] },
}
const nothing: State = {
  pod,
  wasReady: false,
  sessions: { targets: {}, baseSessions: {} },
  endpointTokens: {},
}

let folder: string
let file: string
let time: VirtualTime
let collected: CollectedLog

function open(at = file): StateFolder {
  return openStateFolder({ file: at, pod, collect: () => state, clock: time, log: collected.log })
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rolechain-test-'))
  file = join(folder, 'state.json')
  time = createVirtualTime()
  collected = collectLog()
})

afterEach(() => {
  rmSync(folder, { recursive: true })
})

describe('the state folder', () => {
  it('gives a restarted sidecar what it held, and nobody else', () => {
    assert.deepEqual(open().restored, nothing)
    open().save()
    assert.deepEqual(open().restored, state)
    assert.equal(statSync(file).mode & 0o777, 0o600)
    assert.deepEqual(readdirSync(folder), ['state.json'])
    assert.deepEqual(collected.events(), [])
  })

  it('is written anew beside what a killed sidecar has left', () => {
    writeFileSync(`${file}.next`, 'half a sta', { mode: 0o644 })
    open().save()
    assert.deepEqual(open().restored, state)
    assert.equal(statSync(file).mode & 0o777, 0o600)
  })

  it('is taken for empty when it is damaged, without a word of what is in it', () => {
    open().save()
    writeFileSync(file, readFileSync(file).subarray(0, -3))
    assert.deepEqual(open().restored, nothing)
    assert.deepEqual(collected.events(), ['state_not_restored'])
    assert.doesNotMatch(collected.text(), /secret-of-a-test|ASIA/)
  })

  for (const [what, other] of [
    ['name', 'team-a/hourly/1'],
    ['namespace', 'team-b/nightly/1'],
    ['UID', 'team-a/nightly/2'],
  ] as const) {
    it(`is taken for empty when a pod of another ${what} has left it`, () => {
      open().save()
      const { restored } = openStateFolder({
        file,
        pod: other,
        collect: () => state,
        clock: time,
        log: collected.log,
      })
      assert.deepEqual(restored, { ...nothing, pod: other })
      assert.deepEqual(collected.events(), ['state_not_restored'])
      assert.match(collected.text(), /is of another pod/)
    })
  }

  it('is taken for empty when it cannot be read', () => {
    mkdirSync(file)
    assert.deepEqual(open().restored, nothing)
    assert.match(collected.text(), /cannot be read \(EISDIR\)/)
  })

  it('is tried again, and told of once, while it cannot be written', async () => {
    const missing = join(folder, 'missing')
    const opened = open(join(missing, 'state.json'))
    opened.save()
    await time.pass(25_000)
    assert.deepEqual(collected.events(), ['state_not_saved'])
    assert.match(collected.text(), /ENOENT/)
    mkdirSync(missing)
    await time.pass(10_000)
    assert.deepEqual(collected.events(), ['state_not_saved', 'state_saved'])
    assert.deepEqual(open(join(missing, 'state.json')).restored, state)
    assert.equal(time.timerCount(), 0)
  })

  it('keeps the last state whole when a write fails', () => {
    open().save()
    // Neither removed nor written over: stands for a disk that is full or broken.
    mkdirSync(join(`${file}.next`, 'in the way'), { recursive: true })
    const opened = open()
    opened.save()
    opened.stop()
    assert.deepEqual(collected.events(), ['state_not_saved'])
    assert.deepEqual(open().restored, state)
    assert.equal(time.timerCount(), 0)
  })
})
