/** Endpoint tokens through rotations, restarts, guessing and unreadable files, with a clock that tests move. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import {
  createEndpointTokens,
  type EndpointTokens,
} from '../../../../sidecar/io/endpoint/endpoint-tokens.ts'
import { type CollectedLog, collectLog } from '../../collected-log.ts'
import { createVirtualTime, type VirtualTime } from '../../virtual-time.ts'

let folder: string
let file: string
let time: VirtualTime
let collected: CollectedLog
let changes: number

function start(accepted: readonly string[] = []): EndpointTokens {
  const tokens = createEndpointTokens({
    files: { default: file },
    accepted: { default: accepted },
    clock: time,
    log: collected.log,
    onChange: () => {
      changes += 1
    },
  })
  tokens.start()
  return tokens
}

/** Puts the file in place as the kubelet does, and lets the sidecar see it. */
async function rotate(value: string): Promise<void> {
  writeFileSync(file, value)
  await time.pass(30_000)
}

/** Puts a value of five letters in place so that the file looks as it did. */
function writeUnseen(value: string): void {
  writeFileSync(file, value)
  utimesSync(file, 0, 0)
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rolechain-test-'))
  file = join(folder, 'token')
  writeFileSync(file, 'first')
  time = createVirtualTime()
  collected = collectLog()
  changes = 0
})

afterEach(() => {
  rmSync(folder, { recursive: true })
})

describe('an endpoint token', () => {
  it('is accepted as the file has it, and only by the target whose file that is', async () => {
    const tokens = start()
    assert.equal(tokens.verify('default', 'first'), 'accepted')
    for (const value of ['firs', 'first2', 'first\0', 'FIRST', '']) {
      assert.equal(tokens.verify('default', value), 'refused')
    }
    assert.equal(tokens.verify('other', 'first'), 'refused')
  })

  it('is compared without the white space around it in the file', async () => {
    writeFileSync(file, ' first\n')
    assert.equal(start().verify('default', 'first'), 'accepted')
  })

  it('is accepted from the moment in which the kubelet has rotated it, and the old one too', async () => {
    const tokens = start()
    await time.pass(2_000)
    writeFileSync(file, 'second')
    assert.equal(tokens.verify('default', 'second'), 'accepted')
    assert.equal(tokens.verify('default', 'first'), 'accepted')
    assert.equal(changes, 2)
  })

  it('is accepted also if the file has been read a moment before it was rotated', () => {
    const tokens = start()
    for (const value of ['second', 'third']) {
      writeFileSync(file, value)
      assert.equal(tokens.verify('default', 'guess'), 'refused')
      assert.equal(tokens.verify('default', value), 'accepted')
    }
  })

  it('is accepted as soon as the file is there', () => {
    rmSync(file)
    const tokens = start()
    writeFileSync(file, 'first')
    assert.equal(tokens.verify('default', 'first'), 'accepted')
  })

  it('makes a file that looks unchanged be read once a second at most, however many values are guessed', async () => {
    writeUnseen('first')
    const tokens = start()
    await time.pass(1_500)
    assert.equal(tokens.verify('default', 'guess'), 'refused')
    writeUnseen('other')
    for (let guess = 0; guess < 100; guess += 1) {
      assert.equal(tokens.verify('default', `guess ${String(guess)}`), 'refused')
    }
    assert.equal(tokens.verify('default', 'other'), 'refused')
    await time.pass(1_000)
    assert.equal(tokens.verify('default', 'other'), 'accepted')
  })

  it('is read in spite of a clock that was set back', () => {
    writeUnseen('first')
    const tokens = start()
    writeUnseen('other')
    assert.equal(tokens.verify('default', 'other'), 'refused')
    time.setClock(-3_600_000)
    assert.equal(tokens.verify('default', 'other'), 'accepted')
  })

  it('stays good for a year of rotations, also those that nobody sent, and not for ever', async () => {
    const tokens = start()
    for (let value = 1; value < 460; value += 1) await rotate(`value ${String(value)}`)
    assert.equal(tokens.verify('default', 'first'), 'accepted')
    await rotate('last')
    assert.equal(tokens.verify('default', 'value 1'), 'accepted')
    assert.equal(tokens.verify('default', 'last'), 'accepted')
    assert.equal(tokens.verify('default', 'first'), 'refused')
    assert.equal(tokens.hashes()['default']?.length, 460)
  })

  it('is remembered from the first look on, as it may be rotated while no sidecar runs', () => {
    const before = start()
    before.stop()
    assert.equal(changes, 1)
    writeFileSync(file, 'second')
    const after = start(before.hashes()['default'])
    assert.equal(after.verify('default', 'first'), 'accepted')
    assert.equal(after.verify('default', 'second'), 'accepted')
    assert.equal(changes, 2)
  })

  it('is written once, however often it is read', async () => {
    const tokens = start()
    await time.pass(600_000)
    assert.equal(changes, 1)
    start(tokens.hashes()['default'])
    assert.equal(changes, 1)
  })

  it('stays good across a restart, of which only hashes are known', async () => {
    const before = start()
    await rotate('second')
    const hashes = before.hashes()['default'] ?? []
    before.stop()
    assert.equal(hashes.length, 2)
    assert(hashes.every((hash) => /^[0-9a-f]{64}$/.test(hash)))
    writeFileSync(file, 'third')
    const after = start(hashes)
    for (const value of ['first', 'second', 'third']) {
      assert.equal(after.verify('default', value), 'accepted')
    }
    assert.equal(after.verify('default', hashes[0] ?? ''), 'refused')
    assert.equal(after.hashes()['default']?.length, 3)
  })

  it('is judged later rather than refused while the file cannot be read', async () => {
    rmSync(file)
    const tokens = start()
    assert.equal(tokens.verify('default', 'first'), 'unreadable')
    writeFileSync(file, '\n')
    await time.pass(1_000)
    assert.equal(tokens.verify('default', ''), 'unreadable')
    writeFileSync(file, 'first')
    await time.pass(1_000)
    assert.equal(tokens.verify('default', 'first'), 'accepted')
    rmSync(file)
    await time.pass(1_000)
    assert.equal(tokens.verify('default', 'first'), 'accepted')
    assert.equal(tokens.verify('default', 'guess'), 'unreadable')
    assert.match(collected.text(), /cannot be read \(ENOENT\).*is empty/s)
    assert.equal(collected.events().length, 3)
  })
})
