/**
 * How long a pod takes to start with the sidecar and without, and how long the sidecar takes until it is ready:
 * printed, not judged.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { applied, ended, inNamespace, pod, type Place } from './suite.ts'
import { ROLES } from './world.ts'

const podSchema = z.object({
  metadata: z.object({ creationTimestamp: z.string() }),
  status: z.object({
    initContainerStatuses: z
      .array(z.object({ state: z.object({ terminated: z.object({ startedAt: z.string() }) }) }))
      .default([]),
    containerStatuses: z.array(
      z.object({ state: z.object({ terminated: z.object({ startedAt: z.string() }) }) }),
    ),
  }),
})

interface Start {
  /** From the pod's creation to the start of the application; Kubernetes keeps whole seconds. */
  readonly seconds: number
  /** From the start of the sidecar to the start of the application. */
  readonly sidecarSeconds: number | undefined
}

async function startOf(place: Place, name: string): Promise<Start> {
  const { metadata, status } = podSchema.parse(await place.get('pod', name))
  const [app] = status.containerStatuses
  const [sidecar] = status.initContainerStatuses
  const appAt = Date.parse(app?.state.terminated.startedAt ?? '')
  const since = (time: string) => (appAt - Date.parse(time)) / 1000
  return {
    seconds: since(metadata.creationTimestamp),
    sidecarSeconds: sidecar && since(sidecar.state.terminated.startedAt),
  }
}

const logLineSchema = z.object({
  time: z.string(),
  event: z.string(),
  message: z.string().optional(),
})

/** From the first line of the sidecar to its first credentials, with what failed in between. */
async function readStart(
  place: Place,
  name: string,
): Promise<{ milliseconds: number; failures: readonly string[] }> {
  const log = await place.kubectl('logs', name, '--container=rolechain-sidecar')
  const lines = log
    .trim()
    .split('\n')
    .map((line) => logLineSchema.parse(JSON.parse(line)))
  const timeOf = (event: string) =>
    Date.parse(lines.find((line) => line.event === event)?.time ?? '')
  const failures = lines.filter(({ event }) => event === 'refresh_failed')
  return {
    milliseconds: timeOf('refreshed') - timeOf('started'),
    failures: failures.map(({ message = '' }) => message),
  }
}

test('prints how long pods take to start, with the sidecar and without', (t) =>
  inNamespace(async (place) => {
    await applied(place, pod('without', { 'rolechain.io/inject': 'false' }))
    await ended(place, 'without')
    await applied(place, pod('with', { 'rolechain.io/target-role-arn': ROLES.reports }))
    assert.equal(await ended(place, 'with'), 'Succeeded')
    const [without, injected] = [await startOf(place, 'without'), await startOf(place, 'with')]
    t.diagnostic(`a pod without us: ${without.seconds} s until its application starts`)
    t.diagnostic(
      `the same with the sidecar: ${injected.seconds} s, of which ${injected.sidecarSeconds} s from the sidecar's start`,
    )
    const { milliseconds, failures } = await readStart(place, 'with')
    t.diagnostic(`the sidecar: ${milliseconds} ms until it has credentials`)
    for (const failure of failures) t.diagnostic(`the sidecar, meanwhile: ${failure}`)
  }))
