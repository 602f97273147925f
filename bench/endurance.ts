/** The long run: whether the sidecar and the webhook stay as small as they start. */
import { setTimeout as delay } from 'node:timers/promises'
import { DEFAULT_TARGET } from '../sidecar/contract.ts'
import { connect, type SameRequest } from './connection.ts'
import { startCurve } from './curve.ts'
import { countRefreshes, startPod, waitForCredentials, type Pod } from './pod.ts'
import { startProgram } from './process.ts'
import { progress } from './progress.ts'
import { makeReview } from './review.ts'
import { formatCount, type Row } from './table.ts'
import { startWebhookProcess } from './webhook-process.ts'

const REFRESHES = 10_000
const REQUESTS = 1_000_000
const REVIEWS = 1_000_000
/**
 * An hour's session lasts 2 s. The sidecar walks no more often than about every 1.2 s, so 10,000 refreshes take nearly
 * an hour.
 */
const TIME_SCALE = 1800
/** All are renewed in one walk. */
const TARGETS = [DEFAULT_TARGET, 'second', 'third', 'fourth']
const CONNECTIONS = 4
const SAMPLES = 200

/** `share` of the whole run, for a shorter look. */
export async function measureEndurance(share: number): Promise<Row[]> {
  return [
    await endureReviews(Math.round(REVIEWS * share)),
    await withSidecar(await startPod(1), (pod, pid) =>
      endureRequests(pod, pid, Math.round(REQUESTS * share)),
    ),
    await withSidecar(await startPod(TIME_SCALE, { targets: TARGETS }), (pod, pid) =>
      endureRefreshes(pod, pid, Math.round(REFRESHES * share)),
    ),
  ]
}

async function withSidecar(
  pod: Pod,
  measure: (pod: Pod, pid: number) => Promise<Row>,
): Promise<Row> {
  const sidecar = startProgram('dist/sidecar.cjs', [], { env: pod.env })
  try {
    await waitForCredentials(pod)
    return await measure(pod, sidecar.pid)
  } finally {
    await sidecar.stop()
    await pod.stop()
  }
}

function endureRequests(pod: Pod, pid: number, requests: number): Promise<Row> {
  const what = `sidecar, private memory over ${formatCount(requests)} requests`
  return endure({ origin: pod.origin, pid, request: pod.request }, requests, what)
}

async function endureRefreshes(pod: Pod, pid: number, refreshes: number): Promise<Row> {
  const curve = startCurve(pid)
  const before = countRefreshes(pod)
  const what = `sidecar, private memory over ${formatCount(refreshes)} refreshes of ${TARGETS.length} targets`
  for (let sample = 1; sample <= SAMPLES; sample += 1) {
    while (countRefreshes(pod) - before < (refreshes * sample) / SAMPLES) await delay(100)
    curve.sample()
    showShare(what, sample)
  }
  return curve.toRow(what)
}

async function endureReviews(reviews: number): Promise<Row> {
  const annotations = { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111111111111:role/base' }
  const webhook = await startWebhookProcess([
    { namespace: 'reports', name: 'reporter', annotations },
  ])
  const body = makeReview({ namespace: 'reports', sizeBytes: 7_000, isChain: false })
  const headers = { 'content-type': 'application/json' }
  const request = { path: '/mutate?timeout=5s', method: 'POST', headers, body } as const
  try {
    const what = `webhook, private memory over ${formatCount(reviews)} reviews`
    return await endure({ ...webhook, request }, reviews, what)
  } finally {
    await webhook.stop()
  }
}

interface Server {
  readonly origin: string
  readonly pid: number
  readonly request: SameRequest
}

async function endure({ origin, pid, request }: Server, times: number, what: string): Promise<Row> {
  const connections = await Promise.all(
    Array.from({ length: CONNECTIONS }, () => connect(origin, request)),
  )
  const curve = startCurve(pid)
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    await Promise.all(
      connections.map(async ({ ask }) => {
        for (let done = 0; done < times / SAMPLES / CONNECTIONS; done += 1) await ask()
      }),
    )
    curve.sample()
    showShare(what, sample + 1)
  }
  for (const { close } of connections) close()
  return curve.toRow(what)
}

/** Every tenth of it, so that a file is not filled with steps. */
function showShare(what: string, sample: number): void {
  if (sample % (SAMPLES / 10) !== 0) return
  progress.show(`${what}: ${Math.round((sample / SAMPLES) * 100)} %`)
}
