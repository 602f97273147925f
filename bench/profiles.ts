/** Measures the sidecar of a container with twelve profiles beside that of one with a single target, in one run. */
import { setTimeout as delay } from 'node:timers/promises'
import type { ControlGroup } from './control-group.ts'
import { countRefreshes, startPod, waitUntilReady, type Pod } from './pod.ts'
import { readMemory, startProgram } from './process.ts'
import { progress } from './progress.ts'
import { FREE_MILLI_CPU, LIMIT_MILLI_CPU, readPeakWithProbeKib, within } from './sidecar-limits.ts'
import { formatMib, formatMs, type Row } from './table.ts'

const SIDECAR = 'dist/sidecar.cjs'
const TARGETS = Array.from({ length: 12 }, (_, index) => `account-${index}`)
const REFRESHES = 10
/** An hour's session lasts 3 s. */
const TIME_SCALE = 1200
const STARTS = 5

/** The sidecar's memory limit unless the configuration says another: docs/configuration.md. */
const LIMIT_KIB = 96 * 1024

export async function measureProfiles(): Promise<Row[]> {
  const pod = await startPod(TIME_SCALE, { targets: TARGETS, hasProfiles: true })
  const peer = await startPod(TIME_SCALE)
  try {
    return [
      await measureMemory(pod, peer),
      await measureStart('12 profiles, start to an open gate', pod, peer),
      ...(await within('12 profiles, start at a cpu limit', LIMIT_MILLI_CPU, async (group) => [
        await measureStart(
          `12 profiles, start to an open gate at ${LIMIT_MILLI_CPU}m of cpu`,
          pod,
          peer,
          group,
        ),
      ])),
      ...(await within('12 profiles, memory of its control group', FREE_MILLI_CPU, (group) =>
        measureGroupMemory(pod, group),
      )),
    ]
  } finally {
    await Promise.all([pod.stop(), peer.stop()])
  }
}

async function measureMemory(pod: Pod, peer: Pod): Promise<Row> {
  progress.show(`12 profiles: memory after ${REFRESHES} refreshes`)
  const readKib = async (one: Pod, targets: number): Promise<number> => {
    const sidecar = startProgram(SIDECAR, [], { env: one.env })
    while (countRefreshes(one) < REFRESHES * targets) await delay(100)
    const { privateKib } = readMemory(sidecar.pid)
    await sidecar.stop()
    return privateKib
  }
  return {
    what: `12 profiles, private memory of the sidecar after ${REFRESHES} refreshes`,
    measured: formatMib(await readKib(pod, TARGETS.length)),
    peer: `one target ${formatMib(await readKib(peer, 1))}`,
  }
}

async function measureStart(
  what: string,
  ...[pod, peer, group]: [Pod, Pod, ControlGroup?]
): Promise<Row> {
  progress.show(what.replace(',', ':'))
  return {
    what: `${what} (median of ${STARTS})`,
    measured: formatMs(await readStartMs(pod, group)),
    peer: `one target ${formatMs(await readStartMs(peer, group))}`,
  }
}

async function readStartMs(pod: Pod, group?: ControlGroup): Promise<number> {
  const timesMs: number[] = []
  for (let start = 0; start < STARTS; start += 1) {
    pod.clearState()
    const startedAtMs = performance.now()
    const sidecar = startProgram(SIDECAR, [], { env: pod.env, ...(group && { group }) })
    await waitUntilReady(pod)
    timesMs.push(performance.now() - startedAtMs)
    await sidecar.stop()
  }
  return timesMs.toSorted((a, b) => a - b)[Math.floor(STARTS / 2)] ?? Number.NaN
}

async function measureGroupMemory(pod: Pod, group: ControlGroup): Promise<Row[]> {
  pod.clearState()
  const sidecar = startProgram(SIDECAR, [], { env: pod.env, group })
  await waitUntilReady(pod)
  const peakKib = await readPeakWithProbeKib(pod, group)
  const sharedKib = group.readSharedKib()
  await sidecar.stop()
  return [
    { what: '12 profiles, files in memory', measured: formatMib(sharedKib) },
    {
      what: '12 profiles, anonymous memory and files, refreshing and probing at once',
      measured: formatMib(peakKib + sharedKib),
      goal: formatMib(LIMIT_KIB),
      isReached: peakKib + sharedKib <= LIMIT_KIB,
    },
  ]
}
