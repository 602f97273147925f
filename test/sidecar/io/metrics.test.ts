/** The metrics' text, and where it is served. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createMetrics, startMetricsServer } from '../../../sidecar/io/metrics.ts'
import { findFreePort } from '../../../stand-ins/ports.ts'
import { collectLog } from '../collected-log.ts'
import { session } from '../sessions.ts'
import { createVirtualTime } from '../virtual-time.ts'
import { untilListening } from '../until.ts'

const source = {
  stateOf: (target: string) => (target === 'default' ? { session: session({}) } : {}),
  wake: () => undefined,
  whenHeld: () => Promise.resolve(),
}
const failure = { code: 'role_denied', sentence: 'denied', isPermanent: true } as const

describe('the metrics', () => {
  it('count attempts and replies, and tell when sessions end', () => {
    const metrics = createMetrics(['default', 'reports'], source)
    const refreshed = { kind: 'refreshed', session: session({}), nextTryMs: 1 } as const
    metrics.countAttempt({ ...refreshed, target: 'default' })
    metrics.countAttempt({ ...refreshed, target: 'default' })
    metrics.countAttempt({ kind: 'failed', target: 'reports', failure, nextTryMs: 1 })
    metrics.countReply(200, 'default')
    metrics.countReply(403, undefined)
    const samples = metrics
      .render()
      .split('\n')
      .filter((line) => !line.startsWith('#'))
    assert.deepEqual(samples, [
      'rolechain_sidecar_refreshes_total{target="default",outcome="success"} 2',
      'rolechain_sidecar_refreshes_total{target="reports",outcome="success"} 0',
      'rolechain_sidecar_refreshes_total{target="reports",outcome="role_denied"} 1',
      'rolechain_sidecar_session_expiry_timestamp_seconds{target="default"} 3600',
      'rolechain_sidecar_requests_total{target="default",status="200"} 1',
      'rolechain_sidecar_requests_total{target="reports",status="200"} 0',
      'rolechain_sidecar_requests_total{target="",status="403"} 1',
      '',
    ])
    assert.doesNotMatch(metrics.render(), /secret-of-a-test|ASIA/)
  })

  it('are served at /metrics, and nothing else is', async (t) => {
    const port = await findFreePort()
    const metrics = createMetrics(['default'], source)
    const server = startMetricsServer({
      port,
      metrics,
      clock: createVirtualTime(),
      log: collectLog().log,
    })
    t.after(() => {
      server.stop()
    })
    await untilListening(server)
    const answer = await fetch(`http://127.0.0.1:${String(port)}/metrics`)
    assert.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
    assert.equal(await answer.text(), metrics.render())
    for (const [path, method] of [
      ['/', 'GET'],
      ['/metrics', 'POST'],
      ['/v1/credentials/default', 'GET'],
    ] as const) {
      const other = await fetch(`http://127.0.0.1:${String(port)}${path}`, { method })
      assert.equal(other.status, 404)
      assert.doesNotMatch(await other.text(), /rolechain_sidecar/)
    }
  })
})
