/** An application that runs while things break around it, and what it went through. */
import assert from 'node:assert/strict'
import { z } from 'zod'
import { appContainer, applied, pod, until, type Outcome, type Place } from './suite.ts'
import { ROLES, type OBJECTS } from './world.ts'

/** One line of the application, with the time at which the node saw it. */
export interface TimedOutcome extends Outcome {
  readonly atMs: number
}

/** All that the application of a pod printed so far. */
export async function readOutcomes(place: Place, name: string): Promise<readonly TimedOutcome[]> {
  const log = await place.kubectl('logs', name, '--container=app', '--timestamps')
  return log
    .trim()
    .split('\n')
    .map((line) => {
      const [time = '', json = '{}'] = line.split(/ (.*)/s)
      return { atMs: Date.parse(time), ...(JSON.parse(json) as Outcome) }
    })
}

const conditionsSchema = z.object({
  status: z.object({
    conditions: z.array(z.object({ type: z.string(), status: z.string() })),
    containerStatuses: z.array(z.object({ restartCount: z.number() })),
    initContainerStatuses: z.array(z.object({ name: z.string(), restartCount: z.number() })),
  }),
})

/** What the cluster says of a pod. */
export interface PodState {
  readonly isReady: boolean
  readonly appRestarts: number
  readonly sidecarRestarts: number
}

export async function readState(place: Place, name: string): Promise<PodState> {
  const { status } = conditionsSchema.parse(await place.get('pod', name))
  const sidecar = status.initContainerStatuses.find((one) => one.name === 'rolechain-sidecar')
  return {
    isReady: status.conditions.some((one) => one.type === 'Ready' && one.status === 'True'),
    appRestarts: status.containerStatuses[0]?.restartCount ?? 0,
    sidecarRestarts: sidecar?.restartCount ?? 0,
  }
}

/** A pod whose application reads its object twice a second for as long as it runs. */
export function runner(
  name: string,
  annotations: Readonly<Record<string, string>> = { 'rolechain.io/target-role-arn': ROLES.reports },
  bucket: keyof typeof OBJECTS = 'reports',
) {
  const containers = [appContainer({ bucket, mode: 'forever' })]
  return pod(name, annotations, {
    restartPolicy: 'Always',
    containers,
    terminationGracePeriodSeconds: 1,
  })
}

/** Starts {@link runner}s; returns when each application has read its object. */
export async function started(place: Place, ...pods: ReturnType<typeof runner>[]): Promise<void> {
  await applied(place, ...pods)
  for (const { metadata } of pods) await reads(place, String(metadata['name']))
}

/** Waits until the application's latest try succeeds. */
export async function reads(place: Place, name: string): Promise<void> {
  await until(`${name} to read its object`, async () =>
    (await place.outcome(name))?.object === undefined ? undefined : true,
  )
}

/** Waits until an application has made `count` more tries: the effect of what was just done would show in them. */
export async function triesAgain(place: Place, name: string, count = 4): Promise<void> {
  const countNow = async () => (await readOutcomes(place, name)).length
  const before = await until(`the log of ${name}`, countNow)
  await until(`${count} more tries of ${name}`, async () =>
    (await countNow()) >= before + count ? true : undefined,
  )
}

/** Not one try failed, and the application is the process that it was. */
export async function assertUndisturbed(place: Place, name: string): Promise<void> {
  const outcomes = await readOutcomes(place, name)
  const failures = outcomes.filter(({ error }) => error !== undefined)
  assert.deepEqual(failures, [], `of ${outcomes.length} tries`)
  assert.equal((await readState(place, name)).appRestarts, 0)
}

/**
 * Starts a second process of the application in its container: it holds nothing yet, so it has to be given credentials
 * now.
 */
export async function readsAnew(place: Place, name: string): Promise<Outcome> {
  const command = ['/nodejs/bin/node', '/app/app.mjs', 'once']
  const { stdout } = await place.attempt('exec', name, '--container=app', '--', ...command)
  return JSON.parse(stdout) as Outcome
}
