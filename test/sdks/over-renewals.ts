/**
 * Checks with sessions of some seconds: one process lives through renewals, a rotated endpoint token, an outage of STS
 * and a crash.
 */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { fetchCredentials } from '../../demo/endpoint.ts'
import type { RunningPod } from '../../demo/kubelet/pod-runner.ts'
import { poll } from '../../demo/poll.ts'
import { SIDECAR_CONTAINER_NAME } from '../../sidecar/contract.ts'
import type { Client } from './client.ts'
import { beTarget, type Subject } from './in-an-hour.ts'
import { APPLICATION } from './places.ts'
import { startScene, type Scene } from './scene.ts'

/** Renewed after some 9 s; a crash and two calls of the slowest SDK fit into the other 11. */
const SESSION_SECONDS = 20
/** What sessions of an hour have to be divided by. */
export const TIME_SCALE = 3600 / SESSION_SECONDS
export const RENEWALS = 3
const PAUSE_MS = 250
const PATIENCE_MS = 90_000

const STS_OPERATIONS = ['AssumeRoleWithWebIdentity', 'AssumeRole']

export async function checkOverRenewals({ start, pods, recorder }: Subject): Promise<void> {
  const scene = await startScene({ timeScale: TIME_SCALE })
  try {
    const pod = await scene.startPod(pods.granted)
    const environment = pod.environmentOf(APPLICATION)
    const client = await start(environment)
    const play: Play = { scene, pod, client, environment, be: beTarget }
    await recorder.check('renewals', async () => {
      const calls = await callUntilKeys(play, RENEWALS + 1)
      return `${calls} calls with ${RENEWALS + 1} sessions`
    })
    await recorder.check('rotationMidway', async () => {
      await pod.rotateTokens()
      return `${await callUntilKeys(play, keysOf(scene).size + 2)} calls`
    })
    await recorder.check('outage', () => liveThroughOutage(play))
    await client.stop()
  } finally {
    await scene.stop()
  }
}

/** One process in a pod. */
export interface Play {
  readonly scene: Scene
  readonly pod: RunningPod
  readonly client: Client
  /** By which the endpoint serves what the client uses. */
  readonly environment: Readonly<Record<string, string>>
  /** Has it call. Throws unless it is who it should be. */
  readonly be: (client: Client) => Promise<string>
}

/**
 * Has the SDK call until it has used so many sessions. Throws when a call is wrong. Returns how many calls that took.
 */
export async function callUntilKeys({ scene, client, be }: Play, count: number): Promise<number> {
  const deadline = performance.now() + PATIENCE_MS
  for (let calls = 1; ; calls += 1) {
    await be(client)
    const { size } = keysOf(scene)
    if (size >= count) return calls
    assert.ok(performance.now() < deadline, `it has used ${size} sessions only, of ${count}`)
    await sleep(PAUSE_MS)
  }
}

/** The access keys that the SDK has signed with. */
function keysOf({ aws }: Scene): ReadonlySet<string> {
  return new Set(
    aws
      .trail()
      .flatMap(({ eventName, userIdentity: { accessKeyId } }) =>
        !STS_OPERATIONS.includes(eventName) && accessKeyId !== undefined ? [accessKeyId] : [],
      ),
  )
}

/** STS goes down, and the sidecar crashes in that time. */
export async function liveThroughOutage(play: Play): Promise<string> {
  const { scene, pod, client, environment, be } = play
  // Begins with a session that is new, so that it does not end before everything has been tried.
  await callUntilKeys(play, keysOf(scene).size + 1)
  const held = await fetchCredentials(environment)
  const since = scene.journal.entries.length
  const faults = STS_OPERATIONS.map((operation) => scene.aws.addFault({ kind: 'reset', operation }))
  const failed = scene.journal.find(({ line }) => line.includes('refresh_failed'), {
    since,
    timeoutMs: SESSION_SECONDS * 1000,
  })
  let calls = await callUntil(play, failed)
  assert.ok(await failed, 'the sidecar has not tried to renew')
  await pod.crash(SIDECAR_CONTAINER_NAME)
  const served = await poll(() => fetchCredentials(environment), PATIENCE_MS)
  assert.equal(
    served?.accessKeyId,
    held?.accessKeyId,
    'the sidecar came back with other credentials',
  )
  await be(client)
  for (const takeBack of faults) takeBack()
  calls += 1 + (await callUntilKeys(play, keysOf(scene).size + 1))
  return `${calls} calls`
}

/** Calls until something has happened. */
async function callUntil({ client, be }: Play, event: Promise<unknown>): Promise<number> {
  const over = event.then(() => 'over' as const)
  for (let calls = 1; ; calls += 1) {
    await be(client)
    if ((await Promise.race([over, sleep(PAUSE_MS)])) === 'over') return calls
  }
}
