/**
 * The program of `helm test`, with an API server and webhooks that answer as they do while they start, and when
 * something is wrong.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { runInNewContext } from 'node:vm'
import { createMetrics } from '../../webhook/metrics/metrics.ts'

const source = readFileSync(
  new URL('../../charts/rolechain/files/test.cjs', import.meta.url),
  'utf8',
)

const JUDGED = { spec: { initContainers: [{ name: 'rolechain-sidecar' }] } }
const UNREACHABLE = {
  message: 'Internal error occurred: failed calling webhook: connection refused',
}
const CHECKSUM = 'c0ffee'

/** A webhook as the API server lists it; `uses` is the hash that it tells, null when it does not answer. */
interface Webhook {
  readonly ip?: string
  readonly uses?: string | null
  readonly isEnding?: boolean
  readonly phase?: string
}

function toPod({ ip, isEnding, phase = 'Running' }: Webhook, index: number): object {
  return {
    metadata: { name: `webhook-${index}`, ...(isEnding ? { deletionTimestamp: 'now' } : {}) },
    status: { phase, ...(ip === undefined ? {} : { podIP: ip }) },
  }
}

/** What the webhook itself writes. */
async function tellMetrics(url: string, webhooks: readonly Webhook[]): Promise<string> {
  const webhook = webhooks.find(
    ({ ip = '' }) => url === `http://${ip.includes(':') ? `[${ip}]` : ip}:9999/metrics`,
  )
  if (webhook?.uses == null) throw new TypeError('fetch failed', { cause: new Error('timeout') })
  const metrics = createMetrics({ countServiceAccounts: () => 0, isUsed: () => false })
  metrics.configurationUsed('the one before')
  metrics.configurationUsed(webhook.uses)
  return (await metrics.read()).text
}

/**
 * Runs it to its end, on a clock of its own; the last answer, and the last list of webhooks, are given again and again.
 */
async function runProgram(answers: readonly object[], lists: readonly (readonly Webhook[])[]) {
  const written: string[] = []
  const write = (text: string) => written.push(text)
  const program = {
    env: {
      NAMESPACE: 'rolechain',
      ANNOTATION: 'a',
      CONFIGURATION: 'c',
      SELECTOR: 'a=b,c=d',
      METRICS_PORT: '9999',
      CHECKSUM,
    },
    stdout: { write },
    stderr: { write },
    exitCode: 0,
  }
  let nowMs = 0
  let asked = 0
  let listed = 0
  const listNow = () => lists[Math.min(listed, lists.length) - 1] ?? []
  runInNewContext(source, {
    process: program,
    require: () => ({ readFileSync: () => 'token' }),
    Date: { now: () => nowMs },
    AbortSignal,
    setTimeout: (then: () => void, afterMs: number) => {
      nowMs += afterMs
      setImmediate(then)
    },
    fetch: async (url: string, { method }: { method?: string } = {}) => {
      if (method === 'POST')
        return { json: async () => answers[Math.min(asked++, answers.length - 1)] }
      if (!url.startsWith('https:')) {
        const metrics = await tellMetrics(url, listNow())
        return { text: async () => metrics }
      }
      assert.ok(url.endsWith('/namespaces/rolechain/pods?labelSelector=a%3Db%2Cc%3Dd'))
      listed += 1
      return { json: async () => ({ items: listNow().map(toPod) }) }
    },
  })
  while (written.length === 0) await new Promise(setImmediate)
  return { exitCode: program.exitCode, said: written.join(''), asked, nowMs }
}

const RUNNING: readonly Webhook[] = [
  { ip: '10.0.0.1', uses: CHECKSUM },
  { ip: 'fd00::1', uses: CHECKSUM },
]

test('right after an installation it waits for the webhooks', async () => {
  const { exitCode, said, asked } = await runProgram([UNREACHABLE, UNREACHABLE, JUDGED], [RUNNING])
  assert.deepEqual([exitCode, asked], [0, 3])
  assert.equal(
    said,
    'The webhook gave the pod its sidecar. Each webhook (2) uses the configuration of this release.\n',
  )
})

test('after a minute it fails, with the last answer', async () => {
  const { exitCode, said, nowMs } = await runProgram([{ spec: {} }, UNREACHABLE], [RUNNING])
  assert.equal(exitCode, 1)
  assert.match(said, /^The test failed: .*connection refused/)
  assert.ok(nowMs >= 60_000 && nowMs < 65_000, `after ${nowMs} ms`)
})

test('it waits until each webhook uses the configuration, and those that end or have ended do not count', async () => {
  const others: Webhook[] = [
    { ip: '10.0.0.3', uses: 'old', isEnding: true },
    { ip: '10.0.0.4', uses: 'old', phase: 'Failed' },
  ]
  const { exitCode, nowMs } = await runProgram(
    [JUDGED],
    [[], [{ ip: '10.0.0.1', uses: 'old' }], [{}], [...RUNNING, ...others]],
  )
  assert.deepEqual([exitCode, nowMs], [0, 6000])
})

const WRONG: readonly (readonly [webhook: Webhook, says: RegExp])[] = [
  [
    { ip: '10.0.0.2', uses: 'old' },
    /webhook-2 uses another configuration than the one of this release\. See `kubectl logs webhook-2/,
  ],
  [
    { ip: '10.0.0.2', uses: null },
    /webhook-2 does not tell which configuration it uses, at 10\.0\.0\.2:9999: timeout/,
  ],
  [{}, /webhook-2 has not started/],
]

for (const [webhook, says] of WRONG) {
  test(`it fails when one of several webhooks is ${JSON.stringify(webhook)}`, async () => {
    const { exitCode, said } = await runProgram([JUDGED], [[...RUNNING, webhook]])
    assert.equal(exitCode, 1)
    assert.match(said, says)
  })
}

test('it fails when no webhook runs', async () => {
  const { exitCode, said } = await runProgram([JUDGED], [[]])
  assert.equal(exitCode, 1)
  assert.match(said, /No webhook runs/)
})
