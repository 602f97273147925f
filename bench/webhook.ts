/** Measures the webhook that every pod creation waits for: reviews over TLS beside the barest server that could answer them, and its start. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { makeCertificate } from '../test/kubernetes/certificate.ts'
import { startKubernetes } from '../test/kubernetes/api.ts'
import { measureBeside, type Load, type LoadTarget } from './load.ts'
import { findFreePort } from '../test/ports.ts'
import { startProgram, type Program } from './process.ts'
import { makeReview } from './review.ts'
import { formatCount, formatMs, type Row } from './table.ts'

const WEBHOOK = 'dist/webhook.cjs'
const NAMESPACE = 'reports'

/** Numbers to reach: DESIGN's table. */
const SHARE_OF_PEER = 0.7
const P99_MS = 10
const START_MS = 400

interface Servers {
  readonly webhook: Program
  readonly webhookOrigin: string
  readonly startMs: number
  readonly peer: Program
  readonly peerOrigin: string
}

/** `peerFile` is the bundle of the bare `node:https` server. */
export async function measureWebhook(peerFile: string): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'rolechain-bench-'))
  const kubernetes = await startKubernetes({
    serviceAccounts: [
      {
        namespace: NAMESPACE,
        name: 'reporter',
        annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111111111111:role/base' },
      },
    ],
  })
  const kubeconfig = kubernetes.writeKubeconfig(join(folder, 'kubeconfig'))
  const { key, certificate } = await makeCertificate()
  const keyFile = join(folder, 'tls.key')
  const certificateFile = join(folder, 'tls.crt')
  const configurationFile = join(folder, 'config.yaml')
  writeFileSync(keyFile, key)
  writeFileSync(certificateFile, certificate)
  writeFileSync(configurationFile, 'sidecar: { image: localhost/rolechain-sidecar:bench }\n')
  const port = await findFreePort()
  const startedAtMs = performance.now()
  const webhook = startProgram(WEBHOOK, [
    '--in-cluster=false',
    `--kubeconfig=${kubeconfig}`,
    `--tls-key=${keyFile}`,
    `--tls-cert=${certificateFile}`,
    `--config=${configurationFile}`,
    `--port=${port}`,
    `--metrics-port=${await findFreePort()}`,
  ])
  try {
    const webhookOrigin = `https://127.0.0.1:${port}`
    await webhook.lineWith(/"listening"/)
    const startMs = performance.now() - startedAtMs
    await waitUntilReady(webhookOrigin)
    const peer = startProgram(peerFile, [keyFile, certificateFile])
    const peerOrigin = `https://127.0.0.1:${await peer.lineWith(/^\d+$/)}`
    const servers = { webhook, webhookOrigin, startMs, peer, peerOrigin }
    const rows = await measureReviews(servers)
    await peer.stop()
    return [...rows, startRow(startMs), bundleRow()]
  } finally {
    await webhook.stop()
    await kubernetes.stop()
    rmSync(folder, { recursive: true })
  }
}

async function measureReviews(servers: Servers): Promise<Row[]> {
  const rows: Row[] = []
  const cases = [
    { what: '7 KB pod, web identity', sizeBytes: 7_000, isChain: false, goal: SHARE_OF_PEER },
    { what: '100 KB pod, web identity', sizeBytes: 100_000, isChain: false },
    { what: '7 KB pod, chain, live read', sizeBytes: 7_000, isChain: true },
  ]
  for (const { what, sizeBytes, isChain, goal } of cases) {
    const review = makeReview({ namespace: NAMESPACE, sizeBytes, isChain })
    const { own, peer } = await measureBeside(
      toTarget(servers.webhookOrigin, servers.webhook, review),
      toTarget(servers.peerOrigin, servers.peer, review),
    )
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

function toTarget(origin: string, { pid }: Program, body: string): LoadTarget {
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

/** Ready means that the service accounts have been read: before, reviews would wait. */
async function waitUntilReady(origin: string): Promise<void> {
  const agent = new Agent({ connect: { rejectUnauthorized: false } })
  for (;;) {
    const { statusCode, body } = await request(`${origin}/readyz`, { dispatcher: agent })
    await body.dump()
    if (statusCode === 200) break
    await delay(20)
  }
  await agent.close()
}
