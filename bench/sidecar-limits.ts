/**
 * Measures the sidecar within the limits that its container has: the time to first credentials, and the memory of its
 * control group.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { makeControlGroup, type ControlGroup } from './control-group.ts'
import { countRefreshes, waitForCredentials, type Pod } from './pod.ts'
import { readCpuWithChildrenMs, startProgram } from './process.ts'
import { progress } from './progress.ts'
import { formatMib, formatMs, type Row } from './table.ts'

const SIDECAR = 'dist/sidecar.cjs'
/** The webhook's default limit, where a pod's containers have one. */
export const LIMIT_MILLI_CPU = 250
/** As good as none: the peak is to be that of overlapping work, not of work held up. */
export const FREE_MILLI_CPU = 2000
const STARTS = 5
const REFRESHES = 10

/** Numbers to reach: docs/decisions/goals.md. */
const FIRST_CREDENTIALS_AT_LIMIT_MS = 3000
const PEAK_KIB = 64 * 1024

export async function measureInControlGroups(pod: Pod): Promise<Row[]> {
  const what = `sidecar, start to first credentials at ${LIMIT_MILLI_CPU}m of cpu (median of ${STARTS})`
  return [
    ...(await within(what, LIMIT_MILLI_CPU, async (group) => [
      { what, ...(await measureFirstCredentials(pod, group)) },
    ])),
    ...(await within('sidecar, memory of its control group', FREE_MILLI_CPU, (group) =>
      measureGroupMemory(pod, group),
    )),
  ]
}

/** Measures in a control group of its own; one row says why where none can be made. */
export async function within(
  what: string,
  milliCpu: number,
  measure: (group: ControlGroup) => Promise<Row[]>,
): Promise<Row[]> {
  progress.show(what.replace(',', ':'))
  const group = makeControlGroup(`${milliCpu}m`, milliCpu)
  if (typeof group === 'string') return [{ what, measured: `not measured: ${group}` }]
  try {
    return await measure(group)
  } finally {
    await group.remove()
  }
}

async function measureFirstCredentials(pod: Pod, group: ControlGroup): Promise<Omit<Row, 'what'>> {
  const timesMs: number[] = []
  for (let start = 0; start < STARTS; start += 1) {
    pod.clearState()
    const startedAtMs = performance.now()
    const sidecar = startProgram(SIDECAR, [], { env: pod.env, group })
    await waitForCredentials(pod)
    timesMs.push(performance.now() - startedAtMs)
    await sidecar.stop()
  }
  const medianMs = timesMs.toSorted((a, b) => a - b)[Math.floor(STARTS / 2)] ?? Number.NaN
  return {
    measured: formatMs(medianMs),
    goal: formatMs(FIRST_CREDENTIALS_AT_LIMIT_MS),
    isReached: medianMs <= FIRST_CREDENTIALS_AT_LIMIT_MS,
  }
}

async function measureGroupMemory(pod: Pod, group: ControlGroup): Promise<Row[]> {
  const sidecar = startProgram(SIDECAR, [], { env: pod.env, group })
  await waitForCredentials(pod)
  const cpuBeforeMs = readCpuWithChildrenMs(sidecar.pid)
  const alone = await sampleWhileRefreshing(pod, group, () => delay(2))
  const cpuMs = readCpuWithChildrenMs(sidecar.pid) - cpuBeforeMs
  const peakWithProbeKib = await readPeakWithProbeKib(pod, group)
  await sidecar.stop()
  const [medianKib, peakKib] = [alone[Math.floor(alone.length / 2)], alone.at(-1)]
  const what = 'sidecar, anonymous memory of its control group'
  return [
    { what: `${what}, between refreshes`, measured: formatMib(medianKib ?? Number.NaN) },
    { what: `${what}, refreshing`, measured: formatMib(peakKib ?? Number.NaN) },
    {
      what: `${what}, refreshing and probing at once`,
      measured: formatMib(peakWithProbeKib),
      goal: formatMib(PEAK_KIB),
      isReached: peakWithProbeKib <= PEAK_KIB,
    },
    { what: 'sidecar, cpu of a refresh of two hops', measured: formatMs(cpuMs / REFRESHES) },
  ]
}

/** The most anonymous memory while the sidecar refreshes and is probed all the time. */
export async function readPeakWithProbeKib(pod: Pod, group: ControlGroup): Promise<number> {
  const samplesKib = await sampleWhileRefreshing(pod, group, async (sample) => {
    const probe = startProgram(SIDECAR, ['probe'], { env: pod.env, group })
    const ended = probe.ended().then(() => true)
    while (!(await Promise.race([ended, delay(2, false)]))) sample()
  })
  return samplesKib.at(-1) ?? Number.NaN
}

/** Samples in ascending order, taken before and within each `step` until there have been enough refreshes. */
async function sampleWhileRefreshing(
  pod: Pod,
  group: ControlGroup,
  step: (sample: () => void) => Promise<unknown>,
): Promise<readonly number[]> {
  const samplesKib: number[] = []
  const sample = () => void samplesKib.push(group.readAnonymousKib())
  const enough = countRefreshes(pod) + REFRESHES
  while (countRefreshes(pod) < enough) {
    sample()
    await step(sample)
  }
  return samplesKib.toSorted((a, b) => a - b)
}
