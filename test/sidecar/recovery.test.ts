/**
 * The whole program where something is wrong: it says so in endpoint, probe and log, runs on, and recovers when the
 * cause is gone.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { STATE_FOLDER } from '../../sidecar/contract.ts'
import { askProbeSocket } from '../../sidecar/io/probe-socket.ts'
import type { Fault } from '../../stand-ins/aws/faults.ts'
import { childrenOf, type PodStage, startPodStage } from './pod-stage.ts'
import { base, target } from './stage.ts'
import { until } from './until.ts'

const TOKEN = 'token-of-default'
const HOUR = 3600

async function prepare(t: TestContext): Promise<PodStage> {
  const stage = await startPodStage({ default: [base, target] })
  t.after(() => stage.stop())
  return stage
}

function probe({ root }: PodStage) {
  return askProbeSocket(join(root, STATE_FOLDER, 'probe.sock'), 0)
}

interface Case {
  readonly status: number
  readonly code: string
  /** Before the start; returns the cure. */
  readonly harm: (stage: PodStage) => Promise<() => unknown>
}

const fault =
  (given: Fault): Case['harm'] =>
  (stage) =>
    Promise.resolve(stage.aws.addFault(given))

const token =
  (write: (stage: PodStage) => unknown): Case['harm'] =>
  async (stage) => {
    await write(stage)
    return () => stage.writeToken()
  }

const CASES: Readonly<Record<string, Case>> = {
  'no token': {
    status: 503,
    code: 'token_missing',
    harm: token(({ tokenFile }) => rmSync(tokenFile)),
  },
  'something else in the place of the token': {
    status: 503,
    code: 'token_malformed',
    harm: token(({ tokenFile }) => writeFileSync(tokenFile, 'another secret')),
  },
  'an expired token': {
    status: 503,
    code: 'token_expired',
    harm: token((stage) => stage.writeToken({ expiresInSeconds: -60 })),
  },
  'a token of a service account that the base role does not trust': {
    status: 403,
    code: 'web_identity_denied',
    harm: token((stage) => stage.writeToken({ serviceAccount: 'another' })),
  },
  'a target role that does not exist or refuses': {
    status: 403,
    code: 'role_denied',
    harm: fault({ kind: 'error', operation: 'AssumeRole', status: 403, code: 'AccessDenied' }),
  },
  'an STS that cannot be reached': {
    status: 503,
    code: 'sts_unreachable',
    harm: fault({ kind: 'reset' }),
  },
  'an STS that asks for fewer calls': {
    status: 503,
    code: 'throttled',
    harm: fault({ kind: 'throttle' }),
  },
  'something else in the place of STS': {
    status: 503,
    code: 'answer_unreadable',
    harm: fault({ kind: 'garbage' }),
  },
  'a clock that is fast by hours': {
    status: 503,
    code: 'clock_wrong',
    harm: async (stage) => {
      await stage.writeToken({ expiresInSeconds: 6 * HOUR, claims: { nbf: 0, iat: 0 } })
      return stage.aws.addFault({ kind: 'clock', offsetMs: -2 * HOUR * 1000 })
    },
  },
}

describe('the sidecar says what is wrong, and recovers by itself, from', { concurrency: 2 }, () => {
  for (const [what, { status, code, harm }] of Object.entries(CASES)) {
    it(what, async (t) => {
      const stage = await prepare(t)
      const cure = await harm(stage)
      const sidecar = stage.start()
      await until(() => (sidecar.events().includes('refresh_failed') ? true : undefined))
      const answer = await stage.ask('default', TOKEN)
      assert.deepEqual([answer.status, answer.body['code']], [status, code])
      const sentence = answer.body['message'] ?? ''
      assert.deepEqual(await probe(stage), { isReady: false, sentence })
      assert.ok(sidecar.text().includes(JSON.stringify(sentence)))
      assert.doesNotMatch(sidecar.text() + sentence, /another secret|eyJ/)
      await cure()
      await stage.askUntilServed('default', TOKEN)
      assert.equal((await probe(stage))?.isReady, true)
      assert.equal(sidecar.child.exitCode, null)
    })
  }

  it('a child that is killed', async (t) => {
    const stage = await prepare(t)
    const cure = stage.aws.addFault({ kind: 'delay', delayMs: 60_000 })
    const sidecar = stage.start()
    const [child] = await until(() => {
      const children = childrenOf(sidecar.child.pid ?? 0)
      return children.length > 0 ? children : undefined
    })
    cure()
    process.kill(Number(child), 'SIGKILL')
    await until(() => (sidecar.text().includes('child_crashed: SIGKILL') ? true : undefined))
    await stage.askUntilServed('default', TOKEN)
  })

  it('a port that somebody else has', async (t) => {
    const stage = await prepare(t)
    const occupant = createServer().listen(stage.port, '127.0.0.1')
    await once(occupant, 'listening')
    const sidecar = stage.start()
    await until(() => (sidecar.events().includes('port_taken') ? true : undefined))
    assert.match((await probe(stage))?.sentence ?? '', /has taken the port/)
    occupant.close()
    await stage.askUntilServed('default', TOKEN)
    assert.equal((await probe(stage))?.isReady, true)
  })
})
