/** Puts a bounded load on one server of this machine, and says what the server did and what it cost. */
import { Pool, type Dispatcher } from 'undici'
import { readCpuMs } from './process.ts'

/** As many as DESIGN's numbers were measured with. */
const CONNECTIONS = 16
const WARM_UP_MS = 2_000
const MEASURED_MS = 6_000

export interface Load {
  readonly requestsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** CPU of the server for each request, which does not depend on how much the client takes of the machine. */
  readonly cpuMicrosecondsPerRequest: number
}

export interface LoadTarget {
  readonly origin: string
  readonly pid: number
  readonly request: Pick<Dispatcher.RequestOptions, 'path' | 'method' | 'headers' | 'body'>
}

/** Throws at the first answer that is not 200: a fast error is no result. */
export async function measureLoad({ origin, pid, request }: LoadTarget): Promise<Load> {
  const pool = new Pool(origin, {
    connections: CONNECTIONS,
    pipelining: 1,
    connect: { rejectUnauthorized: false },
  })
  try {
    await run(pool, request, WARM_UP_MS)
    const cpuBeforeMs = readCpuMs(pid)
    const latenciesMs = await run(pool, request, MEASURED_MS)
    const cpuMs = readCpuMs(pid) - cpuBeforeMs
    latenciesMs.sort((a, b) => a - b)
    const percentile = (share: number) => latenciesMs[Math.floor(latenciesMs.length * share)] ?? 0
    return {
      requestsPerSecond: (latenciesMs.length * 1_000) / MEASURED_MS,
      p50Ms: percentile(0.5),
      p99Ms: percentile(0.99),
      cpuMicrosecondsPerRequest: (cpuMs * 1_000) / latenciesMs.length,
    }
  } finally {
    await pool.close()
  }
}

async function run(pool: Pool, request: LoadTarget['request'], forMs: number): Promise<number[]> {
  const latenciesMs: number[] = []
  const endsAtMs = performance.now() + forMs
  const oneConnection = async () => {
    for (;;) {
      const startedAtMs = performance.now()
      if (startedAtMs >= endsAtMs) return
      const { statusCode, body } = await pool.request(request)
      const text = await body.text()
      if (statusCode !== 200) throw new Error(`${request.path}: ${statusCode} ${text}`)
      latenciesMs.push(performance.now() - startedAtMs)
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, oneConnection))
  return latenciesMs
}
