/** Clients that take their time are sent away: in the handshake, in their headers and in their bodies. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { headOf, sendOnEach } from './loads.ts'
import { startWebhookStage } from '../webhook-stage.ts'

test('nobody may take longer than some seconds for a handshake, headers or a body', async (context) => {
  const webhook = await startWebhookStage(context)
  const mute = connect({ port: webhook.port, host: '127.0.0.1' }).resume()
  const ended = once(mute, 'close')
  const silent = await sendOnEach(webhook, 1, [])
  const headers = await sendOnEach(webhook, 1, [headOf(10).slice(0, -2)])
  const body = await sendOnEach(webhook, 1, [headOf(10), 'x'])
  await ended
  for (const { answers } of [silent, headers, body]) {
    const [answer = ''] = await answers()
    assert.match(answer, /^(?:HTTP\/1\.1 408 |$)/)
  }
})
