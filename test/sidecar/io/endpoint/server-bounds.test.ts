/**
 * What one client can make the endpoint do: requests that are sent without waiting, and more connections than there are
 * files.
 */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { toConnectionLimit } from '../../../../sidecar/io/endpoint/open-files.ts'
import { type EndpointStage, startEndpointStage, toRequest } from '../../endpoint-stage.ts'
import { session } from '../../sessions.ts'

const keep = { Connection: 'keep-alive' }
const good = toRequest(keep)
const guess = toRequest({ ...keep, Authorization: 'guess' })

let stage: EndpointStage

before(async () => {
  stage = await startEndpointStage({ session: session({ expiresAtMs: Date.now() + 3_600_000 }) })
})

beforeEach(() => {
  stage.replies.length = 0
})

after(() => {
  stage.stop()
})

describe('requests that are sent without waiting for answers', () => {
  it('are answered in their order', async () => {
    const text = await stage.exchange(`${good}${good}${toRequest()}`)
    assert.deepEqual(text.match(/(?<=HTTP\/1\.1 )\d{3}/g), ['200', '200', '200'])
  })

  for (const [what, refused] of [
    ['a wrong token', guess],
    ['no token', toRequest({ ...keep, Authorization: undefined })],
    ['a proxy in between', toRequest({ ...keep, Via: '1.1 proxy' })],
    ['an unknown path', good.replace('/v1/', '/v2/')],
    ['another method', good.replace('GET', 'PUT')],
  ] as const) {
    it(`are not looked at after one with ${what}, which ends the connection`, async () => {
      const text = await stage.exchange(`${good}${refused}${good}${refused}${toRequest()}`)
      assert.match(text, /connection: close/i)
      assert.equal(stage.replies.length, 2)
      assert.equal(stage.replies.filter((status) => status === 200).length, 1)
    })
  }

  it('are not looked at after a refusal that comes late', async () => {
    const held = stage.state
    stage.state = {}
    const exchanged = stage.exchange(good)
    stage.state = { failure: { code: 'role_denied', sentence: 'denied', isPermanent: true } }
    stage.wake()
    assert.match(await exchanged, /^HTTP\/1\.1 403 [^]*connection: close/i)
    stage.state = held
  })

  it('are cut off after sixteen, however good they are', async () => {
    const text = await stage.exchange(good.repeat(3000))
    assert.match(text, /connection: close/i)
    assert.deepEqual(
      stage.replies,
      Array.from({ length: 16 }, () => 200),
    )
  })

  it('may be any number on one connection that waits for each answer', async () => {
    const socket = await stage.open()
    for (let count = 0; count < 40; count += 1) {
      socket.write(good)
      await new Promise((resolve) => socket.once('data', resolve))
    }
    socket.destroy()
    assert.equal(stage.replies.length, 40)
  })

  it('cost one look a connection when they have no token, and leave the endpoint to others', async () => {
    const guesses = guess.repeat(3000)
    await Promise.all(Array.from({ length: 50 }, () => stage.exchange(guesses)))
    assert.equal(stage.replies.length, 50)
    assert.match(await stage.exchange(toRequest()), /^HTTP\/1\.1 200 /)
  })
})

describe('the limit of connections', () => {
  for (const [what, limit, open, expected] of [
    ['is 1,024 where there is room', 1_048_576, 24, 1024],
    ['is 1,024 where there is no limit', Number.NaN, 24, 1024],
    ['leaves files for everything else', 1024, 24, 952],
    ['shares what is left when that is little', 64, 24, 20],
    ['is eight where there is nearly nothing', 30, 24, 8],
    ['is eight where there is less than nothing', 20, 24, 8],
  ] as const) {
    it(what, () => assert.equal(toConnectionLimit(limit, open), expected))
  }
})
