/**
 * A day of the refresher with the real walk of chains: an STS that is down at times, a kubelet that rotates, a clock
 * that jumps, restarts.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import type { StsCall, StsOutcome } from '../../../../sidecar/core/chain/chain.ts'
import { type FailureCode, toFailure } from '../../../../sidecar/core/failures/errors.ts'
import type { Assume } from '../../../../sidecar/core/chain/job.ts'
import { createRefresher, type Refresher } from '../../../../sidecar/io/refresh/refresher.ts'
import { walkChains } from '../../../../sidecar/io/sts/walk.ts'
import { chain } from '../../refresher-stage.ts'
import { session } from '../../sessions.ts'
import { createVirtualTime } from '../../virtual-time.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Judges tokens and sessions by the true time, whatever the pod's clock says. */
function createJudge(time: ReturnType<typeof createVirtualTime>) {
  const ends = new Map<string, number>()
  const judge = {
    failure: undefined as FailureCode | undefined,
    /** Outcomes of the web identity hop. */
    tokens: new Set<string>(),
    refused: 0,
    endOf: (secret: string): number => ends.get(secret) ?? 0,
    issueToken: (number: number): string => {
      const claims = Buffer.from(JSON.stringify({ number })).toString('base64url')
      const token = `e30.${claims}.signature`
      ends.set(token, time.trueMs() + HOUR)
      return token
    },
    assume: ({ hop, input, identity }: StsCall): Promise<StsOutcome> => {
      const refuse = (code: FailureCode): Promise<StsOutcome> =>
        Promise.resolve({ kind: 'failure', failure: toFailure(code, { hop }) })
      if (judge.failure !== undefined) return refuse(judge.failure)
      const secret = typeof identity === 'string' ? identity : identity.sessionToken
      if (judge.endOf(secret) <= time.trueMs()) {
        judge.refused += 1
        return refuse(hop === 1 ? 'token_expired' : 'session_expired')
      }
      if (hop === 1) judge.tokens.add(secret)
      const sessionToken = `session ${ends.size}`
      ends.set(sessionToken, time.trueMs() + HOUR)
      // As the child reads an answer: no session lasts longer by our clock than was asked for.
      const expiresAtMs = Math.min(time.trueMs(), time.nowMs()) + HOUR
      const { RoleArn: roleArn } = input
      const given = session({ roleArn, sessionToken, acquiredAtMs: time.nowMs(), expiresAtMs })
      return Promise.resolve({ kind: 'session', session: given })
    },
  }
  return judge
}

it('24 hours of outages, throttling, clock jumps, token rotation and restarts are served without a gap', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'rolechain-test-'))
  t.after(() => {
    rmSync(folder, { recursive: true })
  })
  const stsTokenFile = join(folder, 'token')
  const time = createVirtualTime()
  const sts = createJudge(time)
  let walking: Promise<unknown> = Promise.resolve()
  const assume: Assume = async (job, report, signal) => {
    walking = walkChains(job, sts, { report, signal })
    await walking
    return toFailure('child_crashed')
  }
  const create = (): Refresher =>
    createRefresher({
      targets: { default: { chain } },
      job: {
        context: { sessionName: '{pod}', placeholders: { '{pod}': 'nightly' } },
        sts: { allowsHttp: false, usesFips: false, usesDualstack: false },
        stsTokenFile,
      },
      assume,
      clock: time,
      random: () => 0.5,
      onAttempt: () => undefined,
      onWalked: () => undefined,
    })

  writeFileSync(stsTokenFile, sts.issueToken(0))
  let refresher = create()
  refresher.start()
  await time.pass(1000)
  await walking
  const restart = (): void => {
    refresher.stop()
    const kept = refresher.snapshot()
    refresher = create()
    refresher.start(kept)
  }
  const fail = (code: FailureCode | undefined) => (): void => {
    sts.failure = code
  }
  const events: readonly (readonly [every: number, at: number, (minute: number) => void])[] = [
    // The kubelet replaces a token when 80 % of its life have gone.
    [48, 47, (minute) => writeFileSync(stsTokenFile, sts.issueToken(minute))],
    [97, 10, fail('sts_unreachable')],
    [97, 25, fail('throttled')],
    [97, 30, fail(undefined)],
    // Fast for a while, then slow; never from an outage on, in which nobody could help.
    [291, 130, () => time.setClock(15 * MINUTE)],
    [291, 170, () => time.setClock(-15 * MINUTE)],
    [291, 230, () => time.setClock(-15 * MINUTE)],
    [291, 270, () => time.setClock(15 * MINUTE)],
    [61, 60, restart],
  ]
  for (let minute = 0; minute < 24 * 60; minute += 1) {
    for (const [every, at, happen] of events) if (minute % every === at) happen(minute)
    await time.pass(MINUTE)
    await walking
    await time.pass(0)
    const held = refresher.stateOf('default').session
    assert.ok(held && held.expiresAtMs > time.nowMs(), `nothing to serve in minute ${minute}`)
    assert.ok(sts.endOf(held.sessionToken) > time.trueMs(), `served after its end, ${minute}`)
  }
  refresher.stop()
  assert.equal(sts.refused, 0, 'every token and session that was sent was still good')
  assert.ok(sts.tokens.size >= 20, `${sts.tokens.size} tokens were used`)
})
