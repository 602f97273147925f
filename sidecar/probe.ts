/**
 * The probe command: says whether the containers after the sidecar may start. A process of its own, which asks the
 * resident one and judges nothing itself.
 */
import type { Readiness } from './core/endpoint/readiness.ts'
import { askProbeSocket } from './io/probe-socket.ts'

/** Of the kubelet's 10 s for one probe: what is left covers starting a runtime on a slow node. */
const WAIT_LIMIT_MS = 8_000

/** How soon a sidecar that does not answer yet is asked again. */
const RETRY_INTERVAL_MS = 100

/** Waits until the sidecar is ready, at most until this process is 8 s old. */
export async function probe(socketPath: string): Promise<Readiness> {
  for (;;) {
    const leftMs = WAIT_LIMIT_MS - process.uptime() * 1_000
    const readiness = await askProbeSocket(socketPath, Math.max(0, leftMs))
    if (readiness !== undefined) return readiness
    if (leftMs <= RETRY_INTERVAL_MS) {
      return {
        isReady: false,
        sentence:
          'the sidecar does not answer: it is starting, or it has crashed; see the log of its container',
      }
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_INTERVAL_MS))
  }
}
