/**
 * A cluster's worth of service accounts: how soon the webhook is ready, what it holds, and whether it is right while
 * they change.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { Pool } from 'undici'
import { startCurve } from './curve.ts'
import { readMemory } from './process.ts'
import { progress } from './progress.ts'
import { makeReview } from './review.ts'
import { formatCount, formatMib, formatMs, type Row } from './table.ts'
import { startWebhookProcess, type WebhookProcess } from './webhook-process.ts'

const SERVICE_ACCOUNTS = 20_000
const REVIEWS_PER_SECOND = 1_000
/** Each turn of the churn changes one service account, makes one and removes one. */
const CHURN_EVERY_MS = 20
const TURN_MS = 10

/** Numbers to reach: docs/decisions/goals.md. */
const READY_MS = 1_300
const PRIVATE_KIB = 54 * 1024

/** Made once: making one costs the client more than its answer costs the webhook. */
const TEMPLATE = makeReview({
  namespace: 'NAMESPACE',
  serviceAccount: 'SERVICE_ACCOUNT',
  sizeBytes: 2_000,
  isChain: false,
})

const roleOf = (index: number) => `arn:aws:iam::111111111111:role/base-${index}`

export async function measureScale(seconds: number): Promise<Row[]> {
  progress.show(`webhook: start with ${formatCount(SERVICE_ACCOUNTS)} service accounts`)
  const webhook = await startWebhookProcess(
    Array.from({ length: SERVICE_ACCOUNTS }, (_, index) => toServiceAccount(index, 0)),
  )
  try {
    const { privateKib } = readMemory(webhook.pid)
    return [
      {
        what: `webhook, ${formatCount(SERVICE_ACCOUNTS)} service accounts: start to ready`,
        measured: formatMs(webhook.readyMs),
        goal: formatMs(READY_MS),
        isReached: webhook.readyMs <= READY_MS,
      },
      {
        what: `webhook, ${formatCount(SERVICE_ACCOUNTS)} service accounts: private memory when ready`,
        measured: formatMib(privateKib),
        goal: formatMib(PRIVATE_KIB),
        isReached: privateKib <= PRIVATE_KIB,
      },
      ...(await measureChurn(webhook, seconds)),
    ]
  } finally {
    await webhook.stop()
  }
}

function toServiceAccount(index: number, generation: number) {
  return {
    namespace: `team-${index % 200}`,
    name: `app-${index}`,
    // Their role never changes; what does is beside it.
    annotations: { 'eks.amazonaws.com/role-arn': roleOf(index), generation: String(generation) },
  }
}

/** Each review names one of the service accounts and has to get exactly its role. */
async function measureChurn(webhook: WebhookProcess, seconds: number): Promise<Row[]> {
  progress.show('webhook: reviews while service accounts change')
  const pool = new Pool(webhook.origin, { connections: 16, connect: { rejectUnauthorized: false } })
  const curve = startCurve(webhook.pid)
  const outcome = { answered: 0, wrong: 0 }
  const endChurn = startChurn(webhook)
  const startedAtMs = performance.now()
  const running = new Set<Promise<void>>()
  let sent = 0
  for (;;) {
    const elapsedMs = performance.now() - startedAtMs
    if (elapsedMs >= seconds * 1000) break
    for (; sent < (elapsedMs * REVIEWS_PER_SECOND) / 1000; sent += 1) {
      const review = askOne(pool, (sent * 7919) % SERVICE_ACCOUNTS, outcome)
      running.add(review)
      void review.finally(() => running.delete(review))
    }
    if (sent % 500 < 20) curve.sample()
    await delay(TURN_MS)
  }
  await Promise.all(running)
  const changes = endChurn()
  await pool.close()
  const tookSeconds = (performance.now() - startedAtMs) / 1000
  return [
    {
      what: `webhook, ${seconds} s of reviews while ${formatCount(changes)} service accounts changed: reviews/s, wrong answers`,
      measured: `${formatCount(outcome.answered / tookSeconds)}, ${outcome.wrong} wrong`,
      goal: `${formatCount(REVIEWS_PER_SECOND)}, none wrong`,
      isReached: outcome.wrong === 0 && outcome.answered / tookSeconds >= REVIEWS_PER_SECOND * 0.98,
    },
    curve.toRow('webhook, private memory over them'),
  ]
}

/** Returns how to end it, which says how many changes there were. */
function startChurn({ kubernetes }: WebhookProcess): () => number {
  let turn = 0
  const timer = setInterval(() => {
    turn += 1
    kubernetes.apply(toServiceAccount((turn * 31) % SERVICE_ACCOUNTS, turn))
    kubernetes.apply({ namespace: 'short-lived', name: `job-${turn}` })
    kubernetes.remove('short-lived', `job-${turn - 50}`)
  }, CHURN_EVERY_MS)
  return () => {
    clearInterval(timer)
    return turn * 3
  }
}

async function askOne(
  pool: Pool,
  index: number,
  outcome: { answered: number; wrong: number },
): Promise<void> {
  const { namespace, name } = toServiceAccount(index, 0)
  const { body } = await pool.request({
    path: '/mutate?timeout=5s',
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: TEMPLATE.replaceAll('NAMESPACE', namespace).replace('SERVICE_ACCOUNT', name),
  })
  const { response } = (await body.json()) as { response: { patch?: string } }
  const patch = Buffer.from(response.patch ?? '', 'base64').toString('utf8')
  const roles = [...patch.matchAll(/arn:aws:iam::[^"]+/g)].map(([role]) => role)
  outcome.answered += 1
  if (roles.length === 0 || roles.some((role) => role !== roleOf(index))) outcome.wrong += 1
}
