/** Step 5: STS goes down, the sidecar crashes on top of it, and the application does not notice. */
import type { Aws } from '../../stand-ins/aws/server.ts'
import { SIDECAR_CONTAINER_NAME } from '../../sidecar/contract.ts'
import { z } from 'zod'
import { countWords, hear } from '../application.ts'
import { fetchCredentials, type ServedCredentials } from '../endpoint.ts'
import { PATIENCE_MS, type Stage } from '../stage.ts'
import { poll } from '../poll.ts'
import { toTrailTable } from '../trail.ts'
import { hasTarget, toTitle, type StartedPod, type TargetContainer } from './start.ts'

const STS_OPERATIONS = ['AssumeRoleWithWebIdentity', 'AssumeRole', 'GetCallerIdentity']

export async function showOutage(stage: Stage, aws: Aws, pod: StartedPod): Promise<void> {
  const { narrator, journal } = stage
  const container = pod.containers.find(hasTarget)
  if (container === undefined) return
  narrator.step('STS goes down, and the sidecar crashes')
  const since = journal.entries.length
  const held = await fetchCredentials(container.expectation.endpoint)
  if (held === undefined) {
    narrator.check(false, 'The endpoint serves credentials.')
    return
  }
  const faults = STS_OPERATIONS.map((operation) => aws.addFault({ kind: 'reset', operation }))
  narrator.say('From now on STS resets every connection. S3 is well.\n')
  await showCrash(stage, { pod, container, held })
  await showFailedRenewal(stage, { pod, container, held }, since)
  for (const takeBack of faults) takeBack()
  narrator.say('STS is back.')
  await showRenewal(stage, { pod, container, held })
  const { reads, failures } = countWords(journal, container.name, since)
  narrator.check(
    reads > 0 && failures.length === 0,
    `Through all of it ${container.name} read ${reads} times from S3, and nothing failed.`,
    failures[0],
  )
  showTrail(stage, aws)
}

interface Subject {
  readonly pod: StartedPod
  readonly container: TargetContainer
  /** What the endpoint served when STS went down. */
  readonly held: ServedCredentials
}

async function showCrash({ narrator, journal }: Stage, { pod, container, held }: Subject) {
  const pid = pod.running.pidOf(SIDECAR_CONTAINER_NAME)
  const crashedAt = performance.now()
  await pod.running.crash(SIDECAR_CONTAINER_NAME)
  const served = await poll(() => fetchCredentials(container.expectation.endpoint), PATIENCE_MS)
  const seconds = ((performance.now() - crashedAt) / 1000).toFixed(1)
  const newPid = pod.running.pidOf(SIDECAR_CONTAINER_NAME)
  narrator.check(
    newPid !== pid && served?.accessKeyId === held.accessKeyId,
    `The sidecar is killed (pid ${pid}), comes back (pid ${newPid}), and serves the same credentials, with STS down.`,
    `It was away for ${seconds} s. Its sessions are in memory that outlives it and that nobody else mounts.`,
  )
  const { read, failed } = await hear(
    journal,
    { from: container.name, topic: 'read', profile: container.expectation.profile },
    { since: journal.entries.length, timeoutMs: PATIENCE_MS },
  )
  narrator.check(read !== undefined, `${toTitle(container)} reads on.`, failed)
}

async function showFailedRenewal(
  { narrator, journal }: Stage,
  { container, held }: Subject,
  since: number,
) {
  const failed = await journal.find(
    ({ from, line }) =>
      from === SIDECAR_CONTAINER_NAME && readLog(line)?.event === 'refresh_failed',
    { since, timeoutMs: held.expiresAtMs - Date.now() },
  )
  const served = await fetchCredentials(container.expectation.endpoint)
  narrator.check(
    failed !== undefined && served?.accessKeyId === held.accessKeyId,
    'Before half of their life is over the credentials cannot be renewed; those that are valid are served on.',
    failed === undefined ? 'The sidecar did not try.' : readLog(failed.line)?.message,
  )
}

async function showRenewal({ narrator }: Stage, { container, held }: Subject) {
  const renewed = await poll(async () => {
    const served = await fetchCredentials(container.expectation.endpoint)
    return served === undefined || served.accessKeyId === held.accessKeyId ? undefined : served
  }, held.expiresAtMs - Date.now())
  const leftMs = held.expiresAtMs - Date.now()
  narrator.check(
    renewed !== undefined && leftMs > 0,
    'The credentials are renewed before the old ones end.',
    renewed &&
      `There were ${(leftMs / 1000).toFixed(1)} s left of ${held.accessKeyId}; now it is ${renewed.accessKeyId}.`,
  )
}

function showTrail({ narrator, startedAtMs }: Stage, aws: Aws) {
  narrator.show(`\n${narrator.colors.bold('What AWS recorded of STS')}\n`)
  narrator.show(toTrailTable(aws.trail(), startedAtMs))
}

const logLine = z.object({ event: z.string(), message: z.string() })

function readLog(line: string) {
  try {
    return logLine.safeParse(JSON.parse(line)).data
  } catch {
    return undefined
  }
}
