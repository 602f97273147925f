/** What the stand-in of EKS's agent keeps, for how long, and what it gives out while EKS Auth is away. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CLUSTER, POD, read, startAgentStage } from './stage.ts'

const HOUR_MS = 3_600_000

/** A stage whose clock stands still until it is set. */
async function startStopped() {
  const clock = { ms: Date.now() }
  const own = await startAgentStage({}, { now: () => clock.ms })
  const token = await own.issuer.mint({ ...POD, expiresInSeconds: 24 * 3600 })
  return { own, clock, served: async () => read(await own.askWith(token)), token }
}

test('gives the same session for three hours, then another', async () => {
  const { own, clock, served } = await startStopped()
  const first = await served()
  clock.ms += 3 * HOUR_MS - 1
  assert.deepEqual(await served(), first)
  clock.ms += 1
  assert.notEqual((await served()).AccessKeyId, first.AccessKeyId)
  await own.stop()
})

test('keeps an old session while EKS Auth is away, until 15 s of its life are left', async () => {
  const { own, clock, served, token } = await startStopped()
  const first = await served()
  own.aws.addFault({ kind: 'error', status: 503, code: 'ServiceUnavailableException' })
  clock.ms = Date.parse(first.Expiration) - 15_001
  assert.deepEqual(await served(), first)
  clock.ms += 1
  assert.equal((await own.askWith(token)).status, 503)
  await own.stop()
})

test('throws a session away when its association is gone', async () => {
  const { own, clock, served, token } = await startStopped()
  await served()
  await fetch(`${own.aws.url}/_/pod-identity-associations/${CLUSTER}`, {
    method: 'PUT',
    body: '[]',
  })
  assert.equal((await own.askWith(token)).status, 200)
  clock.ms += 3 * HOUR_MS
  assert.equal((await own.askWith(token)).status, 404)
  await own.stop()
})
