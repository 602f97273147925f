/** The webhook while nobody reads its log: whoever does is gone, has a full disk, or is stuck. */
import assert from 'node:assert/strict'
import { openSync, closeSync } from 'node:fs'
import { test } from 'node:test'
import { plainPod, toBody } from './http/app-under-test.ts'
import type { Answer } from './http/app-under-test.ts'
import { startWebhookStage } from './webhook-stage.ts'
import type { WebhookStage } from './webhook-stage.ts'

const LOST = 'rolechain_webhook_log_lines_lost_total'

/** Lines of its log are long, so that the test is short. */
const pod = { ...plainPod, metadata: { name: 'p'.repeat(253) } }

async function review({ send }: WebhookStage, uid: string): Promise<void> {
  const { code, text } = await send('/mutate', toBody(pod, { uid }))
  assert.equal(code, 200, text)
  const { response } = JSON.parse(text) as Answer
  assert.deepEqual([response.uid, response.allowed], [uid, true])
}

/** Reviews until lines of the log are lost. */
async function reviewUntilLost(webhook: WebhookStage): Promise<void> {
  for (let count = 1; (await webhook.readMetric(LOST)) === 0; count += 1) {
    const uids = Array.from({ length: 16 }, (_, index) => `${count}-${index}`.padEnd(253, 'x'))
    await Promise.all(uids.map((uid) => review(webhook, uid)))
  }
}

test('goes on when the reader of its log is gone', async (context) => {
  const webhook = await startWebhookStage(context, { stdio: ['ignore', 'pipe', 'pipe'] })
  webhook.child.stdout?.destroy()
  webhook.child.stderr?.destroy()
  await reviewUntilLost(webhook)
  await review(webhook, 'last')
  assert.equal(webhook.child.exitCode, null)
})

test('goes on when the disk of its log is full', async (context) => {
  const full = openSync('/dev/full', 'w')
  const webhook = await startWebhookStage(context, { stdio: ['ignore', full, full] })
  closeSync(full)
  await reviewUntilLost(webhook)
  await review(webhook, 'last')
  assert.equal(webhook.child.exitCode, null)
})

test('goes on while the reader of its log is stuck, and ends when told', async (context) => {
  const webhook = await startWebhookStage(context, { stdio: ['ignore', 'pipe', 'ignore'] })
  await reviewUntilLost(webhook)
  await review(webhook, 'last')
  const ended = new Promise((resolve) => {
    webhook.child.once('exit', (code) => resolve(code))
  })
  webhook.child.kill('SIGINT')
  assert.equal(await ended, 0)
})
