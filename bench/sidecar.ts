/** Measures the sidecar that every pod pays for: memory, time to first credentials, and its endpoint. */
import { setTimeout as delay } from 'node:timers/promises'
import { measureBeside } from './load.ts'
import { ask, countRefreshes, startPod, waitForCredentials, type Pod } from './pod.ts'
import { readMemory, startProgram, type Memory } from './process.ts'
import { progress } from './progress.ts'
import { measureInControlGroups } from './sidecar-limits.ts'
import { formatCount, formatMib, formatMs, type Row } from './table.ts'

const SIDECAR = 'dist/sidecar.cjs'
const REFRESHES = 10
/** An hour's session lasts 3 s, so that it is renewed about every 1.5 s. */
const TIME_SCALE = 1200
const STARTS = 5

/** Numbers to reach: docs/decisions/goals.md. */
const PRIVATE_OVER_PEER_KIB = 1024
const FIRST_CREDENTIALS_MS = 350
const P99_TO_PEER = 2

/** `peer` is the bundle of the bare `node:http` server. */
export async function measureSidecar(peer: string): Promise<Row[]> {
  const pod = await startPod(TIME_SCALE)
  try {
    return [
      ...(await measureMemory(pod, peer)),
      await measureFirstCredentials(pod),
      ...(await measureInControlGroups(pod)),
      ...(await measureEndpoint(pod, peer)),
    ]
  } finally {
    await pod.stop()
  }
}

async function measureMemory(pod: Pod, peerFile: string): Promise<Row[]> {
  progress.show(`sidecar: memory after ${REFRESHES} refreshes`)
  const sidecar = startProgram(SIDECAR, [], { env: pod.env })
  const peer = startProgram(peerFile)
  const peerOrigin = `http://127.0.0.1:${await peer.lineWith(/^\d+$/)}`
  await waitForCredentials(pod)
  while (countRefreshes(pod) < REFRESHES) {
    await Promise.all([ask(pod.origin, pod), ask(peerOrigin, pod)])
    await delay(100)
  }
  const steady = readMemory(sidecar.pid)
  const peerMemory = readMemory(peer.pid)
  await Promise.all([sidecar.stop(), peer.stop()])
  return [
    {
      what: `sidecar, private memory after ${REFRESHES} refreshes`,
      measured: formatMib(steady.privateKib),
      peer: `bare node:http ${formatMib(peerMemory.privateKib)}`,
      goal: 'peer + 1 MiB',
      isReached: steady.privateKib <= peerMemory.privateKib + PRIVATE_OVER_PEER_KIB,
    },
    residentRow(steady, peerMemory),
  ]
}

function residentRow(sidecar: Memory, peer: Memory): Row {
  return {
    what: 'sidecar, resident memory then',
    measured: formatMib(sidecar.residentKib),
    peer: formatMib(peer.residentKib),
  }
}

async function measureFirstCredentials(pod: Pod): Promise<Row> {
  progress.show('sidecar: start to first credentials')
  const timesMs: number[] = []
  for (let start = 0; start < STARTS; start += 1) {
    pod.clearState()
    const startedAtMs = performance.now()
    const sidecar = startProgram(SIDECAR, [], { env: pod.env })
    await waitForCredentials(pod)
    timesMs.push(performance.now() - startedAtMs)
    await sidecar.stop()
  }
  const medianMs = timesMs.sort((a, b) => a - b)[Math.floor(STARTS / 2)] ?? Number.NaN
  return {
    what: `sidecar, start to first credentials, two hops (median of ${STARTS})`,
    measured: formatMs(medianMs),
    goal: formatMs(FIRST_CREDENTIALS_MS),
    isReached: medianMs <= FIRST_CREDENTIALS_MS,
  }
}

async function measureEndpoint(pod: Pod, peerFile: string): Promise<Row[]> {
  progress.show('sidecar: the endpoint under load')
  const peer = startProgram(peerFile)
  const peerOrigin = `http://127.0.0.1:${await peer.lineWith(/^\d+$/)}`
  const sidecar = startProgram(SIDECAR, [], { env: pod.env })
  await waitForCredentials(pod)
  const { own: load, peer: peerLoad } = await measureBeside(
    { origin: pod.origin, pid: sidecar.pid, request: pod.request },
    { origin: peerOrigin, pid: peer.pid, request: pod.request },
  )
  await Promise.all([sidecar.stop(), peer.stop()])
  return [
    {
      what: 'endpoint, 16 connections, p50 / p99',
      measured: `${formatMs(load.p50Ms)} / ${formatMs(load.p99Ms)}`,
      peer: `bare node:http ${formatMs(peerLoad.p50Ms)} / ${formatMs(peerLoad.p99Ms)}`,
      goal: 'p99 at most 2 × peer',
      isReached: load.p99Ms <= P99_TO_PEER * peerLoad.p99Ms,
    },
    {
      what: 'endpoint, requests/s',
      measured: formatCount(load.requestsPerSecond),
      peer: formatCount(peerLoad.requestsPerSecond),
    },
  ]
}
