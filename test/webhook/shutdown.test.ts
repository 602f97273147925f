/**
 * Reviews on their way while the webhook ends: an API server that gets no answer refuses or lets through, and nobody
 * judged the pod.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { listen } from '../../webhook/http/listen.ts'
import { chainPod, createAppUnderTest, plainPod, toBody } from './http/app-under-test.ts'
import type { Answer } from './http/app-under-test.ts'
import { requestOf } from './http/loads.ts'
import { until } from './kubernetes/cluster-of-a-test.ts'
import { startWebhookStage } from './webhook-stage.ts'

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  return socket
}

/** All that comes until the webhook closes the connection. */
async function readAll(socket: Socket): Promise<string> {
  return Buffer.concat((await socket.toArray()) as Buffer[]).toString('utf8')
}

test('a review that is being sent when the server begins to close is answered', async (context) => {
  const { app } = createAppUnderTest({ parts: { isDraining: () => true } })
  context.after(() => app.close())
  const port = await listen(app, 0)
  const socket = await open(port)
  const sent = requestOf(toBody(plainPod)).replace('connection: close\r\n', '')
  const middle = sent.indexOf('content-length')
  socket.write(sent.slice(0, middle))
  // The server has seen the head's beginning when it answers another request that came after it.
  const other = await open(port)
  other.write('GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n')
  assert.match(await readAll(other), /^HTTP\/1\.1 200 /)
  const closed = app.close()
  await until(() => !app.server.listening)
  socket.write(sent.slice(middle))
  const answer = await readAll(socket)
  assert.match(answer, /^HTTP\/1\.1 200 /)
  assert.match(answer, /^connection: close\r$/m)
  assert.match(answer, /"uid":"uid-1"/)
  await closed
})

test('a review that waits for its service account while the webhook is told to end is answered first', async (context) => {
  const webhook = await startWebhookStage(context)
  const exit = once(webhook.child, 'exit')
  webhook.kubernetes.breakAll('read', { kind: 'hang' })
  const seen = webhook.kubernetes.requests.length
  const answer = webhook.send('/mutate?timeout=2s', toBody(chainPod))
  await until(() => webhook.kubernetes.requests.slice(seen).some(({ kind }) => kind === 'read'))
  webhook.child.kill('SIGINT')
  const { code, text } = await answer
  const { response } = JSON.parse(text) as Answer
  assert.deepEqual([code, response.uid, response.allowed], [200, 'uid-1', false])
  assert.deepEqual(await exit, [0, null])
})
