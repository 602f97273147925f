/**
 * Checks with sessions of an hour, which no SDK renews within the run: who it is, and what it says when there is
 * nothing.
 */
import assert from 'node:assert/strict'
import { askEndpoint, readEndpointToken } from '../../demo/endpoint.ts'
import { isSessionOf } from '../../demo/expectation.ts'
import type { RunningPod } from '../../demo/kubelet/pod-runner.ts'
import { poll } from '../../demo/poll.ts'
import { SIDECAR_CONTAINER_NAME } from '../../sidecar/contract.ts'
import type { Recorder, Report } from './checks.ts'
import type { Client } from './client.ts'
import { startMetadata } from './metadata.ts'
import { APPLICATION, OBJECT, METRICS_PORT, REGION, TARGET_ROLE } from './places.ts'
import type { Pods } from './pods.ts'
import { PLUMBING, startScene } from './scene.ts'

/** What else a client may need. */
export interface ClientPlace {
  /** The folder that is `/` to its container, for the tokens at their true paths. */
  readonly root: string
  /** What a client reads that can only read. */
  readonly object?: string | undefined
}

/** What the checks of one SDK need. */
export interface Subject {
  /** Starts its client with this env and nothing else. */
  readonly start: (
    environment: Readonly<Record<string, string>>,
    place?: ClientPlace,
  ) => Promise<Client>
  readonly isReader: boolean
  readonly hasProfileOption: boolean
  readonly hasRegion: boolean
  readonly prefersDefault: boolean
  readonly isCommandLine: boolean
  /** The helper of profiles, built. */
  readonly helper: string
  readonly parallel: number
  readonly pods: Pods
  readonly recorder: Recorder
}

const PATIENCE_MS = 30_000

/** Runs them; returns what is for the report. */
export async function checkInAnHour(
  subject: Subject,
): Promise<Pick<Report, 'version' | 'errors'> & { readonly inFirstCalls: number }> {
  const scene = await startScene()
  const metadata = await startMetadata()
  try {
    const granted = await scene.startPod(subject.pods.granted)
    const met = await checkGranted(subject, granted)
    await granted.stop()
    await checkBesideEks(subject, await scene.startPod(subject.pods['beside-eks']))
    const errors = await checkRefused(subject, () => scene.startPod(subject.pods.refused))
    await subject.recorder.check('metadata', async () => {
      assert.deepEqual(metadata.requests, [], 'a metadata service was asked')
      await runWithout(subject)
      assert.notDeepEqual(metadata.requests, [], 'without rolechain it asks none either')
      return `without rolechain: ${metadata.requests[0]}`
    })
    return { ...met, errors }
  } finally {
    metadata.stop()
    await scene.stop()
  }
}

async function checkGranted({ start, parallel, recorder }: Subject, pod: RunningPod) {
  const { check } = recorder
  const environment = pod.environmentOf(APPLICATION)
  const client = await start(environment)
  const { version } = client
  await check('parallel', async () => {
    const { identities = [], error } = await client.ask(`parallel ${parallel}`)
    assert.equal(error, undefined)
    assert.equal(identities.length, 1, `these answered: ${identities.join(', ')}`)
    assertTarget(identities[0])
    return `${await countAsks()} requests to the endpoint`
  })
  const inFirstCalls = await countAsks().catch(() => 0)
  await check('identity', () => beTarget(client))
  await check('read', async () => {
    const { text, error } = await client.ask(`read ${OBJECT}`)
    assert.match(text ?? `${error}`, /^Revenue/)
    return OBJECT
  })
  await check('crash', async () => {
    const pid = pod.pidOf(SIDECAR_CONTAINER_NAME)
    await pod.crash(SIDECAR_CONTAINER_NAME)
    const seen = await beTarget(client)
    await poll(async () => (await countAsks().catch(() => undefined)) ?? undefined, PATIENCE_MS)
    assert.notEqual(pod.pidOf(SIDECAR_CONTAINER_NAME), pid)
    return seen
  })
  await client.stop()
  await check('rotation', async () => {
    await pod.rotateTokens()
    return withClient(start(environment), beTarget)
  })
  return { version, inFirstCalls }
}

async function checkBesideEks({ start, recorder }: Subject, pod: RunningPod): Promise<void> {
  const environment = pod.environmentOf(APPLICATION)
  await recorder.check('besideEks', () => withClient(start(environment), beTarget))
  await pod.stop()
}

async function checkRefused(
  subject: Subject,
  startPod: () => Promise<RunningPod>,
): Promise<Report['errors']> {
  const errors = { refused: '', gone: '' }
  await subject.recorder.check('refused', async () => {
    const pod = await startPod()
    const environment = pod.environmentOf(APPLICATION)
    const isRefused = await poll(() => readRefusal(environment), PATIENCE_MS)
    assert.ok(isRefused, 'the endpoint does not refuse')
    errors.refused = await withClient(subject.start(environment), beNobody)
    await pod.stop()
    errors.gone = await withClient(subject.start(environment), beNobody)
    return errors.refused
  })
  return errors
}

/** Whether STS has refused by now: before that the endpoint says that it does not know yet. */
async function readRefusal(environment: Readonly<Record<string, string>>) {
  const token = await readEndpointToken(environment)
  const answer = await askEndpoint(environment, token).catch(() => undefined)
  return answer?.status === 403 || undefined
}

/** A container of a pod that the webhook does not know. */
async function runWithout({ start }: Subject): Promise<void> {
  const environment = {
    ...PLUMBING,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    HOME: '/nonexistent',
  }
  await withClient(start(environment), async (client) => (await client.ask('identity')).error)
}

/** Starts a client, uses it, and ends it. */
export async function withClient<Result>(
  starting: Promise<Client>,
  use: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = await starting
  try {
    return await use(client)
  } finally {
    await client.stop()
  }
}

/** Asks who it is. Throws unless it is the target role. */
export async function beTarget(client: Client): Promise<string> {
  return beRole(client, TARGET_ROLE)
}

/** Asks who it is. Throws unless it is this role. */
export async function beRole(client: Client, roleArn: string): Promise<string> {
  const { identity, error } = await client.ask('identity')
  assert.equal(error, undefined)
  return assertRole(identity, roleArn)
}

function assertTarget(identity?: string): string {
  return assertRole(identity, TARGET_ROLE)
}

function assertRole(identity = '', roleArn: string): string {
  assert.ok(isSessionOf(identity, roleArn), `it is ${identity}, not ${roleArn}`)
  return identity
}

/** Asks who it is. Throws unless it gets no answer, and gives what is shown in place of it. */
export async function beNobody(client: Client): Promise<string> {
  const { identity, error } = await client.ask('identity')
  assert.equal(identity, undefined, 'it has an identity although it has no credentials')
  assert.ok(error, 'it says nothing')
  return error
}

/** Answers of the sidecar's endpoint since it started. */
async function countAsks(): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${METRICS_PORT}/metrics`)).text()
  const counts = text.matchAll(/^rolechain_sidecar_requests_total\{.*\} (\d+)$/gmu)
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0)
}
