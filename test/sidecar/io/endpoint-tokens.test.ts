/** Endpoint tokens through rotations, restarts, guessing and unreadable files, with a clock that tests move. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { createEndpointTokens, type EndpointTokens } from '../../../sidecar/io/endpoint-tokens.ts'
import { type CollectedLog, collectLog } from '../collected-log.ts'
import { createVirtualTime, type VirtualTime } from '../virtual-time.ts'

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
    assert.equal(await tokens.verify('default', 'first', 0), 'accepted')
    for (const value of ['firs', 'first2', 'first\0', 'FIRST', '']) {
      assert.equal(await tokens.verify('default', value, 0), 'refused')
    }
    assert.equal(await tokens.verify('other', 'first', 0), 'refused')
  })

  it('is compared without the white space around it in the file', async () => {
    writeFileSync(file, ' first\n')
    assert.equal(await start().verify('default', 'first', 0), 'accepted')
  })

  it('is accepted from the moment in which the kubelet has rotated it, and the old one too', async () => {
    const tokens = start()
    await time.pass(2_000)
    writeFileSync(file, 'second')
    assert.equal(await tokens.verify('default', 'second', 500), 'accepted')
    assert.equal(await tokens.verify('default', 'first', 0), 'accepted')
    assert.equal(changes, 1)
  })

  it('waits for the file when that has been read within the second', async () => {
    const tokens = start()
    await time.pass(600)
    writeFileSync(file, 'second')
    const verdicts = Promise.all([
      tokens.verify('default', 'second', 500),
      tokens.verify('default', 'guess', 500),
    ])
    await time.pass(400)
    assert.deepEqual(await verdicts, ['accepted', 'refused'])
  })

  it('is refused at once when the next read is further away than the request can wait', async () => {
    const tokens = start()
    await time.pass(400)
    writeFileSync(file, 'second')
    assert.equal(await tokens.verify('default', 'second', 500), 'refused')
  })

  it('makes the file be read once a second at most, however many values are guessed', async () => {
    const tokens = start()
    await time.pass(1_500)
    assert.equal(await tokens.verify('default', 'guess', 0), 'refused')
    writeFileSync(file, 'second')
    for (let guess = 0; guess < 100; guess += 1) {
      assert.equal(await tokens.verify('default', `guess ${String(guess)}`, 0), 'refused')
    }
    assert.equal(await tokens.verify('default', 'second', 0), 'refused')
    await time.pass(1_000)
    assert.equal(await tokens.verify('default', 'second', 0), 'accepted')
  })

  it('is read in spite of a clock that was set back', async () => {
    const tokens = start()
    time.setClock(-3_600_000)
    writeFileSync(file, 'second')
    assert.equal(await tokens.verify('default', 'second', 0), 'accepted')
  })

  it('stays good for 16 values, also those that nobody sent', async () => {
    const tokens = start()
    for (let value = 1; value <= 16; value += 1) await rotate(`value ${String(value)}`)
    assert.equal(await tokens.verify('default', 'value 1', 0), 'accepted')
    assert.equal(await tokens.verify('default', 'first', 0), 'refused')
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
      assert.equal(await after.verify('default', value, 0), 'accepted')
    }
    assert.equal(await after.verify('default', hashes[0] ?? '', 0), 'refused')
    assert.equal(after.hashes()['default']?.length, 3)
  })

  it('is judged later rather than refused while the file cannot be read', async () => {
    rmSync(file)
    const tokens = start()
    assert.equal(await tokens.verify('default', 'first', 0), 'unreadable')
    writeFileSync(file, '\n')
    await time.pass(1_000)
    assert.equal(await tokens.verify('default', '', 0), 'unreadable')
    writeFileSync(file, 'first')
    await time.pass(1_000)
    assert.equal(await tokens.verify('default', 'first', 0), 'accepted')
    rmSync(file)
    await time.pass(1_000)
    assert.equal(await tokens.verify('default', 'first', 0), 'accepted')
    assert.equal(await tokens.verify('default', 'guess', 0), 'unreadable')
    assert.match(collected.text(), /cannot be read \(ENOENT\).*is empty/s)
    assert.equal(collected.events().length, 3)
  })
})
