import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMetricsApp } from '../../../webhook/http/app.ts'
import { createAppUnderTest } from './app-under-test.ts'

test('answers HEAD as GET, without the body, on both ports', async () => {
  const { app, metrics } = createAppUnderTest()
  const plain = createMetricsApp({ metrics, readUnreadiness: () => 'too early' })
  for (const [server, url, code] of [
    [app, '/healthz', 200],
    [app, '/readyz', 200],
    [plain, '/healthz', 200],
    [plain, '/readyz', 503],
    [plain, '/metrics', 200],
  ] as const) {
    const answer = await server.inject({ method: 'HEAD', url })
    assert.deepEqual([answer.statusCode, answer.body], [code, ''], url)
  }
  assert.equal((await app.inject({ method: 'HEAD', url: '/mutate' })).statusCode, 405)
})
