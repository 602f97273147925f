/** Puts a bounded load on servers of this machine, in turns, and says what each did and what it cost. */
import { connect, type Connection, type SameRequest } from './connection.ts'
import { readCpuMs } from './process.ts'

/** As many as the goals speak of (docs/decisions/goals.md). */
const CONNECTIONS = 16
const WARM_UP_MS = 2_000
/** Turns are short, so that what else the machine does falls on all servers alike. */
const TURNS = 6
const TURN_MS = 1_000

export interface Load {
  readonly requestsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** CPU of the server for each request, which depends little on what else the machine does. */
  readonly cpuMicrosecondsPerRequest: number
}

export interface LoadTarget {
  readonly origin: string
  readonly pid: number
  readonly request: SameRequest
}

/**
 * Measures a server beside its peer, in the same minutes. Rejects at the first answer that is not 200: a fast error is
 * no result.
 */
export async function measureBeside(
  own: LoadTarget,
  peer: LoadTarget,
): Promise<{ readonly own: Load; readonly peer: Load }> {
  const sides = await Promise.all([open(own), open(peer)])
  try {
    for (const { connections } of sides) await run(connections, WARM_UP_MS)
    for (let turn = 0; turn < TURNS; turn += 1) {
      for (const side of sides) await takeTurn(side)
    }
    const [ownSide, peerSide] = sides
    return { own: toLoad(ownSide), peer: toLoad(peerSide) }
  } finally {
    for (const { connections } of sides) for (const { close } of connections) close()
  }
}

interface Side {
  readonly pid: number
  readonly connections: readonly Connection[]
  readonly latenciesMs: number[]
  cpuMs: number
}

async function open({ origin, pid, request }: LoadTarget): Promise<Side> {
  const connections = await Promise.all(
    Array.from({ length: CONNECTIONS }, () => connect(origin, request)),
  )
  return { pid, connections, latenciesMs: [], cpuMs: 0 }
}

async function takeTurn(side: Side): Promise<void> {
  const cpuBeforeMs = readCpuMs(side.pid)
  // No spread into `push`: so many arguments overflow the stack.
  for (const latencyMs of await run(side.connections, TURN_MS)) side.latenciesMs.push(latencyMs)
  side.cpuMs += readCpuMs(side.pid) - cpuBeforeMs
}

async function run(connections: readonly Connection[], forMs: number): Promise<number[]> {
  const latenciesMs: number[] = []
  const endsAtMs = performance.now() + forMs
  await Promise.all(
    connections.map(async ({ ask }) => {
      while (performance.now() < endsAtMs) latenciesMs.push(await ask())
    }),
  )
  return latenciesMs
}

function toLoad({ latenciesMs, cpuMs }: Side): Load {
  const sorted = latenciesMs.toSorted((a, b) => a - b)
  const percentile = (share: number) => sorted[Math.floor(sorted.length * share)] ?? 0
  return {
    requestsPerSecond: (sorted.length * 1_000) / (TURNS * TURN_MS),
    p50Ms: percentile(0.5),
    p99Ms: percentile(0.99),
    cpuMicrosecondsPerRequest: (cpuMs * 1_000) / sorted.length,
  }
}
