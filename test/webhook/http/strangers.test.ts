/** Whatever strangers send, the real webhook goes on, answers everybody else, and stays small. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { plainPod, toBody } from './app-under-test.ts'
import type { Answer } from './app-under-test.ts'
import { connectOnly, headOf, manyContainers, requestOf, reviewOf, sendOnEach } from './loads.ts'
import type { Load } from './loads.ts'
import { startWebhookStage } from '../webhook-stage.ts'
import type { WebhookStage } from '../webhook-stage.ts'

/**
 * MiB of private memory. The container has 256; from source, with the compiler that strips types and a library for
 * kubeconfigs, the program takes some 40 more than in its image, where it has to stay below 200.
 */
const LIMIT_MIB = 240

/** TLS takes up to 100 KB a connection. */
const CONNECTIONS_LIMIT = 512

let webhook: WebhookStage
let peakMib = 0
let isOver = false
const endings: (() => unknown)[] = []

before(async () => {
  webhook = await startWebhookStage({ after: (end) => endings.unshift(end) })
  const look = () => {
    const status = readFileSync(`/proc/${webhook.child.pid}/status`, 'utf8')
    peakMib = Math.max(peakMib, Number(/^RssAnon:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024)
    if (!isOver) setTimeout(look, 5)
  }
  look()
})
after(async () => {
  isOver = true
  for (const end of endings) await end()
})

/** An ordinary review, on a connection of its own. */
async function reviewOrdinary(): Promise<void> {
  const { code, text } = await webhook.send('/mutate?timeout=5s', toBody(plainPod))
  assert.equal(code, 200, text)
  const { response } = JSON.parse(text) as Answer
  assert.deepEqual([response.uid, response.allowed], ['uid-1', true])
  assert.notEqual(response.patch, undefined)
}

/** While and after this is sent the webhook answers, and is as small as it has to be. */
async function survive(send: () => Promise<Load>): Promise<readonly string[]> {
  const load = await send()
  for (let count = 0; count < 5; count += 1) await reviewOrdinary()
  const open = load.sockets.filter(({ destroyed }) => !destroyed)
  const ended = open.length === 0 ? await load.answers() : undefined
  load.letGo()
  const answers = ended ?? (await load.answers())
  await reviewOrdinary()
  assert.equal(webhook.child.exitCode, null)
  assert.ok(peakMib <= LIMIT_MIB, `${Math.round(peakMib)} MiB`)
  return answers
}

test('40 bodies that never end', async () => {
  const length = 7 * 1024 * 1024
  const pod = reviewOf(`{"metadata":{"annotations":{"a":"${'x'.repeat(length)}`)
  await survive(() => sendOnEach(webhook, 40, [headOf(length), pod.slice(0, length - 1)]))
})

test('40 of the largest bodies at once', async () => {
  const pod = `{"metadata":{"annotations":{"a":"${'ö'.repeat(3 * 1024 * 1024)}"}}}`
  await survive(() => sendOnEach(webhook, 40, [requestOf(reviewOf(pod))]))
})

test('pods of 22,000 containers are denied with their UID, all at once', async () => {
  const request = requestOf(reviewOf(manyContainers(22_000)))
  const load = await sendOnEach(webhook, 3, [request])
  for (const answer of await load.answers()) {
    assert.match(answer, /^HTTP\/1\.1 200 /)
    const { response } = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))) as Answer
    assert.deepEqual([response.uid, response.allowed], ['uid-1', false])
    assert.match(response.status?.message ?? '', /the review has more than 100000 entries/)
  }
  await survive(() => sendOnEach(webhook, 20, [request]))
})

test('a million empty objects', async () => {
  const many = `[${'{},'.repeat(1_000_000)}{}]`
  for (const body of [many, reviewOf(many), reviewOf(`{"spec":{"containers":${many}}}`)]) {
    const load = await sendOnEach(webhook, 1, [requestOf(body)])
    const [answer = ''] = await load.answers()
    assert.match(answer, /has more than 100000 entries/)
  }
  await survive(() => sendOnEach(webhook, 40, [requestOf(many)]))
})

test('bodies with just as many entries as may be, which wait for their service account', async () => {
  const mend = webhook.kubernetes.breakAll('read', { kind: 'hang' })
  const pod = `{"metadata":{"annotations":{"rolechain.io/target":"x"}},"spec":{"serviceAccountName":"c","x":[${'{},'.repeat(49_000)}{}]}}`
  const load = await sendOnEach(webhook, 60, [requestOf(reviewOf(pod))])
  await load.answers()
  mend()
  await survive(() => Promise.resolve(load))
})

test('deep nesting', async () => {
  const body = reviewOf(`${'['.repeat(90_000)}${']'.repeat(90_000)}`)
  const load = await sendOnEach(webhook, 1, [requestOf(body)])
  assert.match((await load.answers())[0] ?? '', /nests deeper than 100 levels/)
})

test('1,500 connections that send nothing, with handshakes and without: some 500 may stay', async () => {
  const letGo = await connectOnly(webhook, 1500)
  await reviewOrdinary()
  letGo()
  const load = await sendOnEach(webhook, 1500, [])
  // After the second answer the test has seen what happened before the first.
  for (let count = 0; count < 2; count += 1) await reviewOrdinary()
  const open = load.sockets.filter(({ destroyed }) => !destroyed).length
  assert.ok(open > 400 && open <= CONNECTIONS_LIMIT, `${open} are open`)
  await survive(() => Promise.resolve(load))
})

test('connections that stop in the middle of their headers or bodies', async () => {
  await survive(() => sendOnEach(webhook, 700, [headOf(100).slice(0, -2)]))
  await survive(() => sendOnEach(webhook, 700, [headOf(100_000), 'x'.repeat(50_000)]))
})

test('a client that pipelines has one answer and no connection', async () => {
  const waiting = reviewOf(
    '{"metadata":{"annotations":{"rolechain.io/target":"x"}},"spec":{"serviceAccountName":"c"}}',
  )
  const mend = webhook.kubernetes.breakAll('read', { kind: 'hang' })
  const one = headOf(waiting.length) + waiting
  const load = await sendOnEach(webhook, 1, [one.repeat(3000)])
  assert.deepEqual(await load.answers(), [''])
  mend()
  await reviewOrdinary()
})

test('many tiny requests on one connection', async () => {
  const tiny = 'GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n'
  await survive(() => sendOnEach(webhook, 4, [tiny.repeat(20_000)]))
})
