/** The endpoint with raw sockets: broken, hostile and merely many clients. */
import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { after, before, beforeEach, describe, it } from 'node:test'
import { processPath } from '../../../../sidecar/contract.ts'
import { readConnectionLimit } from '../../../../sidecar/io/endpoint/open-files.ts'
import {
  type EndpointStage,
  PATH,
  startEndpointStage,
  TOKEN,
  toRequest,
} from '../../endpoint-stage.ts'
import { session } from '../../sessions.ts'

const HOUR_MS = 3_600_000
const denied = { code: 'role_denied', sentence: 'hop 2: denied', isPermanent: true } as const
const live = { session: session({ expiresAtMs: Date.now() + HOUR_MS }) }

let stage: EndpointStage

before(async () => {
  stage = await startEndpointStage(live)
})

beforeEach(() => {
  stage.state = live
})

after(() => {
  stage.stop()
})

function statusOf(reply: string): number {
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(reply)?.[1])
}

describe('the endpoint', () => {
  it('answers with the headers that every SDK takes', async () => {
    const reply = await stage.exchange(toRequest({ 'Accept-Encoding': 'gzip, br' }))
    const [head = '', body = ''] = reply.split('\r\n\r\n')
    assert.equal(statusOf(reply), 200)
    assert.match(head, /^content-type: application\/json$/im)
    assert.match(head, /^cache-control: no-store$/im)
    assert.match(head, new RegExp(`^content-length: ${String(body.length)}$`, 'im'))
    assert.doesNotMatch(head, /content-encoding|transfer-encoding/i)
    assert.equal((JSON.parse(body) as Record<string, string>)['AccountId'], '222222222222')
  })

  for (const [name, given, status] of [
    ['another Host', { Host: 'evil.example' }, 403],
    ['no Host', { Host: undefined }, 403],
    ['a proxy in between', { 'X-Forwarded-For': '10.0.0.1' }, 403],
    ['a proxy behind 2,050 headers', { ...toMany(2_050), Forwarded: 'for=x' }, 403],
    ['a browser', { Origin: 'http://localhost' }, 403],
    ['a proxy with odd capitals', { vIA: '1.1 proxy' }, 403],
    ['two Hosts', { hOST: 'localhost' }, 403],
    ['a token that is sent twice', { aUTHORIZATION: TOKEN }, 401],
    ['a token, and another with it', { aUTHORIZATION: 'token-of-other' }, 401],
    ['a header that is sent twice', { Accept: '*/*', aCCEPT: '*/*' }, 200],
    ['no token', { Authorization: undefined }, 401],
    ['the token of another target', { Authorization: 'token-of-other' }, 401],
    ['Bearer before the token', { Authorization: `Bearer ${TOKEN}` }, 401],
    ['headers of 17 KB', { 'X-Large': 'x'.repeat(17 * 1024) }, 431],
    ['headers of 1 MB', { 'X-Large': 'x'.repeat(1024 * 1024) }, 431],
    ['headers of 11 KB', { 'X-Large': 'x'.repeat(11 * 1024) }, 200],
    [
      'a request to switch the protocol',
      { Connection: 'upgrade, close', Upgrade: 'websocket' },
      200,
    ],
  ] as const) {
    it(`answers ${String(status)} to ${name}`, async () => {
      const reply = await stage.exchange(toRequest(given))
      assert.equal(statusOf(reply), status)
      const body = JSON.parse(reply.split('\r\n\r\n')[1] ?? '') as Record<string, string>
      if (status !== 200)
        assert.deepEqual(Object.keys(body), ['code', 'message', 'Code', 'Message'])
      assert.equal('SecretAccessKey' in body, status === 200)
    })
  }

  it('answers a profile by the same rules, and refuses with the sentence alone', async () => {
    const ask = (given: Readonly<Record<string, string | undefined>>, target = 'default') =>
      stage.exchange(toRequest(given, processPath(target)))
    assert.match(await ask({}), /^HTTP\/1\.1 200 [^]*\r\n\r\n\{"Version":1,/)
    for (const [given, status, sentence] of [
      [{ Authorization: 'token-of-other' }, 401, /^The Authorization header is no endpoint token/],
      [{ Authorization: undefined }, 401, /^The request carries no Authorization header/],
      [{ Host: 'evil.example' }, 403, /^The Host header is not the loopback/],
      [{ Forwarded: 'for=x' }, 403, /^The request carries forwarded/],
    ] as const) {
      const reply = await ask(given)
      assert.equal(statusOf(reply), status)
      const [, body = ''] = reply.split('\r\n\r\n')
      assert.match(body, sentence)
      assert.match(body, /^[^\n]+\n$/)
    }
    // A container asks for the target of another.
    assert.equal(statusOf(await ask({}, 'other')), 401)
    assert.equal(statusOf(await ask({}, 'unknown')), 403)
    stage.state = { failure: denied }
    assert.match(await ask({}), /^HTTP\/1\.1 403 [^]*\r\n\r\nhop 2: denied\n$/)
  })

  it('answers a profile to a client of HTTP/1.0, and closes', async () => {
    const bytes = toRequest({}, processPath('default')).replace('HTTP/1.1', 'HTTP/1.0')
    assert.match(await stage.exchange(bytes), /^HTTP\/1\.1 200 [^]*"Version":1/)
  })

  for (const [name, bytes, status, code] of [
    ['what is no HTTP', '\x16\x03\x01 hello?\r\n\r\n', 400, 'bad_request'],
    [
      'a proxy request',
      'CONNECT sts.amazonaws.com:443 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n',
      405,
      'method_not_allowed',
    ],
    ['an absolute URL', toRequest().replace(PATH, `http://127.0.0.1${PATH}`), 403, 'unknown_path'],
    [
      'a length given in two ways',
      toRequest({ 'Content-Length': '1\r\nTransfer-Encoding: chunked' }),
      400,
      'bad_request',
    ],
    ['a method of its own', toRequest().replace('GET', 'POST'), 405, 'method_not_allowed'],
  ] as const) {
    it(`answers ${String(status)} to ${name}`, async () => {
      const reply = await stage.exchange(bytes)
      assert.equal(statusOf(reply), status)
      assert.ok(reply.includes(`"code":"${code}"`), reply)
    })
  }

  it('closes the connection after a request with a body, which it does not read', async () => {
    const bytes = toRequest({ Connection: 'keep-alive', 'Content-Length': '1000000' })
    assert.match(await stage.exchange(bytes), /^connection: close$/im)
  })

  it('waits for the first session, and answers in the moment in which it comes', async () => {
    stage.state = {}
    const reply = stage.exchange(toRequest())
    const waker = setInterval(() => {
      stage.state = live
      stage.wake()
    }, 20)
    assert.equal(statusOf(await reply), 200)
    clearInterval(waker)
  })

  it('has the target looked at by each request whose token is good, and by no other', async () => {
    stage.woken.length = 0
    await stage.exchange(toRequest())
    stage.state = { failure: denied }
    await stage.exchange(toRequest())
    await stage.exchange(toRequest({ Authorization: 'guess' }))
    assert.deepEqual(stage.woken, ['default', 'default'])
  })

  it('answers 503 when the first session does not come in time', async () => {
    stage.state = {}
    assert.match(await stage.exchange(toRequest()), /^HTTP\/1\.1 503 [^]*no_credentials_yet/)
  })

  it('answers 403 with the cause, at once, when the role cannot be assumed', async () => {
    stage.state = { failure: denied }
    assert.match(await stage.exchange(toRequest()), /^HTTP\/1\.1 403 [^]*hop 2: denied/)
  })

  it('logs each kind of refusal, without what was sent', async () => {
    for (const given of [
      { Authorization: 'secret-of-a-test' },
      { Host: 'evil.example' },
      { 'X-Forwarded-For': '10.0.0.1' },
      { 'X-Large': 'x'.repeat(17 * 1024) },
    ])
      await stage.exchange(toRequest(given))
    const events = stage.collected.events()
    assert(events.includes('refused'))
    for (const code of ['wrong_token', 'foreign_host', 'forwarded_request', 'headers_too_large']) {
      assert.match(stage.collected.text(), new RegExp(`"code":"${code}"`))
    }
    assert.doesNotMatch(stage.collected.text(), /token-of-|secret-of-a-test/)
  })

  it('answers on 1,000 connections at once', async () => {
    const replies = await Promise.all(
      Array.from({ length: 1_000 }, () => stage.exchange(toRequest())),
    )
    assert.deepEqual([...new Set(replies.map(statusOf))], [200])
  })

  it('answers although 1,500 connections say nothing, or not all: those that were quiet for longest go', async () => {
    const limit = readConnectionLimit()
    const kept = new Set<number>()
    const sockets: Socket[] = []
    // One after the other, so that it is known which has been quiet for longest.
    for (let count = 0; count < 1_500; count += 1) {
      const socket = await stage.open()
      sockets.push(socket)
      kept.add(count)
      socket.on('error', () => undefined).once('close', () => kept.delete(count))
      socket.resume()
      if (count % 2 === 0) socket.write('GET /v1/cred')
    }
    // After the second answer the test has seen what happened before the first.
    for (const _ of [1, 2]) assert.equal(statusOf(await stage.exchange(toRequest())), 200)
    assert.ok(kept.size < limit, `${String(kept.size)} connections of ${String(limit)}`)
    assert.ok(!kept.has(0))
    assert.ok(kept.has(1_499))
    for (const socket of sockets) socket.destroy()
  })

  it('answers 408 to a request that does not end', async () => {
    const reply = await stage.exchange(toRequest().slice(0, -2))
    assert.equal(statusOf(reply), 408)
  })
})

function toMany(count: number): Readonly<Record<string, string>> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [index.toString(36), '']))
}
