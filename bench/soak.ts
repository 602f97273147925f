/**
 * A day of trouble in 24 minutes: outages of STS, throttling, kills of the sidecar and rotations of the endpoint token
 * at random, while a client asks for credentials ten times a second as an SDK does. No call may fail. A bare server is
 * asked beside it: a call that fails while that one is late too says that the machine was starved, and not that the
 * sidecar has a fault. A call that fails is told at once, with what was done to the sidecar last, and the last lines of
 * its log.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { request } from 'undici'
import type { Fault } from '../stand-ins/aws/faults.ts'
import { startPod, waitForCredentials, type Pod } from './pod.ts'
import { startProgram } from './process.ts'
import { progress } from './progress.ts'
import { formatCount, type Row } from './table.ts'

/** An hour's session lasts 60 s. */
const TIME_SCALE = 60
const LIFE_MS = 60_000
const DAY_MS = 24 * LIFE_MS
/**
 * Sessions are renewed with 45 % of their life left at the least; the rest of that is for the walk itself, which is not
 * scaled.
 */
const LONGEST_OUTAGE_MS = 0.4 * LIFE_MS
const ASK_EVERY_MS = 100
/** As SDKs do. */
const TRIES = 3
const TRY_MS = 1000
const PAUSE_MS = 200
/** The bare server answers within a millisecond where there is a processor for it. */
const LATE_MS = 200

const OUTAGES: readonly Fault[] = [
  { kind: 'error', status: 503, code: 'ServiceUnavailable' },
  { kind: 'error', status: 500, code: 'InternalFailure' },
  { kind: 'reset' },
  { kind: 'throttle' },
  { kind: 'garbage' },
  { kind: 'cut_off' },
]

/** Runs `share` of a day. `peerFile` is the bundle of the bare server. */
export async function measureSoak(share: number, peerFile: string): Promise<Row[]> {
  const pod = await startPod(TIME_SCALE)
  const peer = startProgram(peerFile)
  const sidecar = startSidecar(pod)
  const over = new AbortController()
  try {
    const peerOrigin = `http://127.0.0.1:${await peer.lineWith(/^\d+$/)}`
    await waitForCredentials(pod)
    const troubles = Promise.all([
      breakSts(pod, over.signal),
      nowAndThen(over.signal, 'the sidecar is killed', () => sidecar.restart()),
      nowAndThen(over.signal, 'the endpoint token is rotated', () => pod.rotateToken()),
    ])
    const row = await askAllDay({ pod, peerOrigin, sidecar }, Date.now() + DAY_MS * share)
    over.abort()
    await troubles
    return [row]
  } finally {
    over.abort()
    await sidecar.stop()
    await peer.stop()
    await pod.stop()
  }
}

interface Asked {
  readonly pod: Pod
  readonly peerOrigin: string
  readonly sidecar: Sidecar
}

async function askAllDay(asked: Asked, untilMs: number): Promise<Row> {
  let calls = 0
  let failed = 0
  let starved = 0
  while (Date.now() < untilMs) {
    const nextMs = Date.now() + ASK_EVERY_MS
    const failure = await ask(asked)
    calls += 1
    if (failure !== undefined) {
      failed += 1
      if (failure.peerMs > LATE_MS) starved += 1
      progress.tell(
        `FAILED: ${failure.problems.join('; ')}; the bare server took ${failure.peerMs} ms\n${asked.sidecar.lastLines()}`,
      )
    }
    await delay(Math.max(0, nextMs - Date.now()))
  }
  return {
    what: `sidecar, failed calls of ${formatCount(calls)} through outages, kills and rotations`,
    measured: `${failed}, of these ${starved} while the bare server was late too`,
    goal: '0',
    isReached: failed === starved,
  }
}

/** One call of an SDK with its tries: undefined when one of them got credentials. */
async function ask({
  pod,
  peerOrigin,
}: Asked): Promise<{ problems: readonly string[]; peerMs: number } | undefined> {
  const problems: string[] = []
  let peerMs = 0
  for (let tried = 0; tried < TRIES; tried += 1) {
    if (tried > 0) await delay(PAUSE_MS * tried)
    const [problem, tookMs] = await Promise.all([findProblem(pod), timePeer(peerOrigin)])
    if (problem === undefined) return undefined
    problems.push(problem)
    peerMs = Math.max(peerMs, tookMs)
  }
  return { problems, peerMs }
}

async function findProblem(pod: Pod): Promise<string | undefined> {
  try {
    const { statusCode, body } = await request(`${pod.origin}${pod.request.path}`, {
      headers: { authorization: pod.readToken() },
      signal: AbortSignal.timeout(TRY_MS),
    })
    const answer = (await body.json()) as { Expiration?: string; message?: string }
    if (statusCode !== 200) return `${statusCode} ${String(answer.message)}`
    const leftMs = Date.parse(String(answer.Expiration)) - Date.now()
    return leftMs > 0 ? undefined : `credentials that ended ${-leftMs} ms ago`
  } catch (error) {
    return String(error)
  }
}

async function timePeer(origin: string): Promise<number> {
  const before = performance.now()
  const { body } = await request(origin)
  await body.dump()
  return Math.round(performance.now() - before)
}

/** Outages of any kind, each followed by a whole life of quiet: two in a row are one that is too long. */
async function breakSts(pod: Pod, signal: AbortSignal): Promise<void> {
  for (;;) {
    if (await isOverAfter(Math.random() * LIFE_MS, signal)) return
    const fault = OUTAGES[Math.floor(Math.random() * OUTAGES.length)] ?? { kind: 'reset' as const }
    const forMs = Math.random() * LONGEST_OUTAGE_MS
    progress.show(`STS for ${Math.round(forMs)} ms: ${JSON.stringify(fault)}`)
    const mend = pod.aws.addFault(fault)
    const isOver = await isOverAfter(forMs, signal)
    mend()
    if (isOver || (await isOverAfter(LIFE_MS, signal))) return
  }
}

async function nowAndThen(
  signal: AbortSignal,
  what: string,
  act: () => void | Promise<void>,
): Promise<void> {
  while (!(await isOverAfter(Math.random() * LIFE_MS, signal))) {
    progress.show(what)
    await act()
  }
}

/** Waits, and says whether the run ended meanwhile. */
async function isOverAfter(waitMs: number, signal: AbortSignal): Promise<boolean> {
  await delay(waitMs, undefined, { signal }).catch(() => undefined)
  return signal.aborted
}

interface Sidecar {
  lastLines(): string
  restart(): Promise<void>
  stop(): Promise<void>
}

/** The sidecar as the kubelet runs it: one that is killed is started again on the same folders. */
function startSidecar(pod: Pod): Sidecar {
  const start = () => startProgram('dist/sidecar.cjs', [], { env: pod.env })
  let program = start()
  return {
    lastLines: () => program.lastLines(),
    async restart() {
      process.kill(program.pid, 'SIGKILL')
      await program.ended()
      program = start()
    },
    stop: () => program.stop(),
  }
}
