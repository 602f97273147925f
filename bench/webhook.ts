/**
 * Measures the webhook that every pod creation waits for: reviews over TLS beside the barest server that could answer
 * them, and its start.
 */
import { statSync } from 'node:fs'
import { measureBeside, type Load, type LoadTarget } from './load.ts'
import { startProgram } from './process.ts'
import { progress } from './progress.ts'
import { makeReview } from './review.ts'
import { formatCount, formatMs, type Row } from './table.ts'
import { startWebhookProcess } from './webhook-process.ts'

const NAMESPACE = 'reports'

/** Numbers to reach: docs/decisions/goals.md. */
const SHARE_OF_PEER = 0.7
const P99_MS = 10
const START_MS = 400

interface Server {
  readonly origin: string
  readonly pid: number
}

/** `peerFile` is the bundle of the bare `node:https` server. */
export async function measureWebhook(peerFile: string): Promise<Row[]> {
  const webhook = await startWebhookProcess([
    {
      namespace: NAMESPACE,
      name: 'reporter',
      annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111111111111:role/base' },
    },
  ])
  try {
    const peer = startProgram(peerFile, [webhook.keyFile, webhook.certificateFile])
    const origin = `https://127.0.0.1:${await peer.lineWith(/^\d+$/)}`
    const rows = await measureReviews(webhook, { origin, pid: peer.pid })
    await peer.stop()
    return [...rows, startRow(webhook.listeningMs), bundleRow()]
  } finally {
    await webhook.stop()
  }
}

async function measureReviews(webhook: Server, bare: Server): Promise<Row[]> {
  const rows: Row[] = []
  const cases = [
    { what: '7 KB pod, web identity', sizeBytes: 7_000, isChain: false, goal: SHARE_OF_PEER },
    { what: '100 KB pod, web identity', sizeBytes: 100_000, isChain: false },
    { what: '7 KB pod, chain, live read', sizeBytes: 7_000, isChain: true },
  ]
  for (const { what, sizeBytes, isChain, goal } of cases) {
    progress.show(`webhook: ${what}`)
    const review = makeReview({ namespace: NAMESPACE, sizeBytes, isChain })
    const { own, peer } = await measureBeside(toTarget(webhook, review), toTarget(bare, review))
    const share = own.requestsPerSecond / peer.requestsPerSecond
    // Where the client is the slower side, requests a second flatter the slower server: CPU tells.
    const cpuShare = peer.cpuMicrosecondsPerRequest / own.cpuMicrosecondsPerRequest
    rows.push({
      what: `webhook, ${what}: reviews/s`,
      measured: `${formatCount(own.requestsPerSecond)} (${share.toFixed(2)} of peer, by CPU ${cpuShare.toFixed(2)})`,
      peer: `bare node:https ${formatCount(peer.requestsPerSecond)}`,
      ...(goal !== undefined && {
        goal: `${goal} of peer`,
        isReached: Math.min(share, cpuShare) >= goal,
      }),
    })
    rows.push({
      what: `webhook, ${what}: p50 / p99, CPU a review`,
      measured: formatLoad(own),
      peer: formatLoad(peer),
      ...(goal !== undefined && {
        goal: `p99 ${formatMs(P99_MS)}`,
        isReached: own.p99Ms <= P99_MS,
      }),
    })
  }
  return rows
}

function toTarget({ origin, pid }: Server, body: string): LoadTarget {
  const headers = { 'content-type': 'application/json' }
  return { origin, pid, request: { path: '/mutate?timeout=5s', method: 'POST', headers, body } }
}

function formatLoad({ p50Ms, p99Ms, cpuMicrosecondsPerRequest }: Load): string {
  return `${formatMs(p50Ms)} / ${formatMs(p99Ms)}, ${Math.round(cpuMicrosecondsPerRequest)} µs`
}

function startRow(startMs: number): Row {
  return {
    what: 'webhook, start to listening',
    measured: formatMs(startMs),
    goal: formatMs(START_MS),
    isReached: startMs <= START_MS,
  }
}

function bundleRow(): Row {
  const sizes = ['webhook', 'sidecar', 'assume'].map(
    (name) => `${name} ${Math.round(statSync(`dist/${name}.cjs`).size / 1024)} KiB`,
  )
  return { what: 'bundles', measured: sizes.join(', ') }
}
