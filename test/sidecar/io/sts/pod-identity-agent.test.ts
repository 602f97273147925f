/** Asking the agent of EKS Pod Identity: what is sent, and what becomes of its answers. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { findFreePort } from '../../../../stand-ins/ports.ts'
import { askAgent } from '../../../../sidecar/io/sts/pod-identity-agent.ts'
import {
  agentAnswer,
  type ScriptedAgent,
  sendJson,
  startScriptedAgent,
} from '../../scripted-agent.ts'

const TOKEN = 'e30.e30.x'
const HOUR = 3_600_000
const never = new AbortController().signal

let folder: string
let tokenFile: string
let agent: ScriptedAgent

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rolechain-test-'))
  tokenFile = join(folder, 'token')
  await writeFile(tokenFile, TOKEN)
  agent = await startScriptedAgent()
})
beforeEach(() => {
  agent.requests.length = 0
})
after(async () => {
  await agent.stop()
  await rm(folder, { recursive: true })
})

const ask = (given = {}, signal = never) =>
  askAgent({ agentUrl: agent.url, tokenFile, ...given }, signal)

async function failureOf(answer: (response: ServerResponse) => void) {
  agent.answer = answer
  const outcome = await ask()
  assert.ok(outcome.kind === 'failure')
  return outcome.failure
}

describe('the agent', () => {
  it('gets the token as it is, and its own address as the host', async () => {
    agent.answer = (response) => sendJson(response, agentAnswer())
    assert.equal((await ask()).kind, 'session')
    const [headers] = agent.requests
    assert.equal(headers?.authorization, TOKEN)
    assert.equal(headers.host, new URL(agent.url).host)
  })

  it('has an address of IPv6 in such a cluster', async () => {
    const other = await startScriptedAgent('::1')
    other.answer = (response) => sendJson(response, agentAnswer())
    try {
      assert.equal((await ask({ agentUrl: other.url })).kind, 'session')
      assert.equal(other.requests[0]?.host, new URL(other.url).host)
    } finally {
      await other.stop()
    }
  })

  it('gives a session of which it does not say the role, until the moment that it says', async () => {
    const answer = agentAnswer(20 * 60_000)
    agent.answer = (response) => sendJson(response, answer)
    const outcome = await ask()
    assert.ok(outcome.kind === 'session')
    const { session } = outcome
    assert.equal(session.roleArn, 'the role of the EKS Pod Identity association')
    assert.equal(session.accountId, '111111111111')
    assert.equal(session.accessKeyId, 'ASIAAGENT')
    assert.ok(session.expiresAtMs - session.acquiredAtMs <= 20 * 60_000)
    assert.match(session.expiration, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  })

  for (const [what, Expiration] of [
    ['nanoseconds', new Date(Date.now() + HOUR).toISOString().replace('Z', '123456Z')],
    ['an offset', new Date(Date.now() + HOUR).toISOString().replace('Z', '+00:00')],
  ] as const) {
    it(`may say the end with ${what}`, async () => {
      agent.answer = (response) => sendJson(response, agentAnswer(HOUR, { Expiration }))
      const outcome = await ask()
      assert.ok(outcome.kind === 'session')
      assert.ok(Math.abs(outcome.session.expiresAtMs - Date.now() - HOUR) < HOUR / 60)
    })
  }

  it('may leave out the AWS account', async () => {
    agent.answer = (response) => sendJson(response, agentAnswer(HOUR, { AccountId: undefined }))
    const outcome = await ask()
    assert.equal(outcome.kind === 'session' && outcome.session.accountId, '')
  })

  it('is not asked again by itself', async () => {
    await failureOf((response) => response.writeHead(500).end())
    assert.equal(agent.requests.length, 1)
  })

  for (const [what, body] of [
    ['no JSON', 'hello'],
    ['null', 'null'],
    ['a list', '[]'],
    ['no secret', { ...agentAnswer(), SecretAccessKey: '' }],
    ['a token that is a number', { ...agentAnswer(), Token: 7 }],
    ['an end that is no moment', { ...agentAnswer(), Expiration: 'soon' }],
    ['an answer without end', `"${'x'.repeat(300 * 1024)}"`],
  ] as const) {
    it(`has not answered with ${what}, and nothing of it is said`, async () => {
      const { code, sentence } = await failureOf((response) => sendJson(response, body))
      assert.equal(code, 'pod_identity_answer_unreadable')
      assert.doesNotMatch(sentence, /secret-of|session-token-of|ASIA|xxx|hello/)
    })
  }

  for (const [what, left] of [
    ['has ended', -1000],
    ['lasts for days', 30 * HOUR],
  ] as const) {
    it(`shows a wrong clock by a session that ${what}`, async () => {
      const failure = await failureOf((response) => sendJson(response, agentAnswer(left)))
      assert.equal(failure.code, 'clock_wrong')
    })
  }

  it('that cuts the answer is unavailable', async () => {
    const failure = await failureOf((response) => {
      response.writeHead(200, { 'Content-Length': 1000 })
      response.write('{')
      setImmediate(() => response.destroy())
    })
    assert.equal(failure.code, 'pod_identity_unavailable')
  })

  it('that does not speak HTTP is unavailable', async () => {
    const server = createServer((socket) => socket.end('SSH-2.0\r\n')).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const outcome = await ask({ agentUrl: `http://127.0.0.1:${port}/v1/credentials` })
    assert.equal(outcome.kind === 'failure' && outcome.failure.code, 'pod_identity_unavailable')
    server.close()
  })

  it('that is not there is said to be missing on this node', async () => {
    const outcome = await ask({ agentUrl: `http://127.0.0.1:${await findFreePort()}/v1/x` })
    assert.ok(outcome.kind === 'failure')
    assert.equal(outcome.failure.code, 'pod_identity_no_agent')
    assert.match(outcome.failure.sentence, /^hop 0: pod_identity_no_agent: ECONNREFUSED\..*Fargate/)
  })

  it('is waited for within the time of the walk only', async () => {
    const ending = new AbortController()
    agent.answer = () => ending.abort()
    const outcome = await ask({}, ending.signal)
    assert.equal(outcome.kind === 'failure' && outcome.failure.code, 'pod_identity_unavailable')
  })
})

describe('the token', () => {
  for (const [what, text, code] of [
    ['missing', undefined, 'token_missing'],
    ['empty', '', 'token_empty'],
    ['something else', 'password', 'token_malformed'],
    ['expired', `e30.${Buffer.from('{"exp":1}').toString('base64url')}.x`, 'token_expired'],
  ] as const) {
    it(`that is ${what} is not sent, and is called by its name`, async () => {
      const file = join(folder, what)
      if (text !== undefined) await writeFile(file, text)
      const outcome = await ask({ tokenFile: file })
      assert.ok(outcome.kind === 'failure')
      assert.equal(outcome.failure.code, code)
      assert.match(outcome.failure.sentence, /EKS Pod Identity token/)
      assert.doesNotMatch(outcome.failure.sentence, /STS token|password|rolechain-sts-token/)
      assert.deepEqual(agent.requests, [])
    })
  }
})
