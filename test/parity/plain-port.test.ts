/** Metrics, the paths of both ports, and the debug handler. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { admit } from './review.ts'
import { startWebhookIn } from './webhook.ts'
import type { RunningWebhook } from './webhook.ts'

const annotations = {
  'eks.amazonaws.com/role-arn': 'arn:aws:iam::111111111111:role/reports',
  'eks.amazonaws.com/token-expiration': '3600',
}

let webhook: RunningWebhook
let metrics: string

before(async () => {
  webhook = await startWebhookIn({
    flags: ['--enable-debugging-handlers', '--service-account-lookup-grace-period=0'],
    serviceAccounts: [
      { namespace: 'team-a', name: 'reports', annotations },
      { namespace: 'team-a', name: 'listed' },
    ],
    identities: '{"identities": [{"namespace": "team-a", "serviceAccount": "listed"}]}',
  })
  for (const serviceAccountName of ['reports', 'reports', 'listed', 'missing']) {
    const pod = { metadata: {}, spec: { serviceAccountName, containers: [{ name: 'app' }] } }
    await admit(webhook, { namespace: 'team-a', pod })
  }
  await webhook.send({ path: '/mutate', body: 'x' })
  metrics = (await webhook.sendPlain({ path: '/metrics' })).text
})

after(() => webhook.stop())

/** The value of a series with exactly these labels, in whatever order. */
function valueOf(name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
  const wanted = Object.entries(labels).map(([key, value]) => `${key}="${value}"`)
  for (const line of metrics.split('\n')) {
    const [, found, texts = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
    const given = texts === '' ? [] : texts.split(',')
    if (found === name && [...given].sort().join() === wanted.sort().join()) return Number(value)
  }
  return undefined
}

describe('Metrics', () => {
  const reviews = { verb: 'POST', path: '/mutate' }

  it('http_request_count has verb, path and code', () => {
    assert.equal(valueOf('http_request_count', { ...reviews, code: '200' }), 4)
    assert.equal(valueOf('http_request_count', { ...reviews, code: '415' }), 1)
  })

  it('http_request_latencies has verb and path, in microseconds', () => {
    assert.equal(valueOf('http_request_latencies_count', reviews), 5)
    assert.ok((valueOf('http_request_latencies_sum', reviews) ?? 0) > 5)
  })

  it('http_request_duration_microseconds has verb and path', () => {
    assert.equal(valueOf('http_request_duration_microseconds_count', reviews), 5)
  })

  it('pod_identity_webhook_used says that a service account has a role', () =>
    assert.equal(valueOf('pod_identity_webhook_used'), 1))

  it('pod_identity_webhook_pod_count counts pods by method', () => {
    assert.equal(valueOf('pod_identity_webhook_pod_count', { method: 'sts_web_identity' }), 2)
    assert.equal(valueOf('pod_identity_webhook_pod_count', { method: 'container_credentials' }), 1)
  })

  it('pod_identity_webhook_missing_sa_count counts pods whose service account is not known', () =>
    assert.equal(valueOf('pod_identity_webhook_missing_sa_count'), 1))

  it('ours: metrics of its own have buckets from 0.5 ms to 5 s', () => {
    const bounds = [...metrics.matchAll(/review_duration_seconds_bucket\{.*?le="([^"]+)"/g)]
    const seconds = bounds.map(([, bound]) => Number(bound)).filter(Number.isFinite)
    assert.deepEqual([Math.min(...seconds), Math.max(...seconds)], [0.0005, 5])
  })
})

describe('Paths', () => {
  it('/healthz is ok on both ports', async () => {
    assert.equal((await webhook.send({ path: '/healthz' })).code, 200)
    assert.equal((await webhook.sendPlain({ path: '/healthz' })).code, 200)
  })

  it('/metrics is on the plain port only', async () => {
    assert.equal((await webhook.send({ path: '/metrics' })).code, 404)
  })

  it('/mutate is on the TLS port only', async () => {
    assert.equal((await webhook.sendPlain({ path: '/mutate', body: '{}' })).code, 404)
  })
})

describe('enable-debugging-handlers', () => {
  it('/debug/alpha/cache on the metrics port says what is known of service accounts', async () => {
    const { code, text } = await webhook.sendPlain({ path: '/debug/alpha/cache' })
    assert.equal(code, 200)
    const known = JSON.parse(text) as Record<string, object>
    assert.deepEqual(known['team-a/reports'], {
      RoleARN: annotations['eks.amazonaws.com/role-arn'],
      Audience: 'sts.amazonaws.com',
      UseRegionalSTS: false,
      TokenExpiration: 3600,
    })
  })

  it('without the flag there is nothing', async (context) => {
    const closed = await startWebhookIn({})
    context.after(() => closed.stop())
    assert.equal((await closed.sendPlain({ path: '/debug/alpha/cache' })).code, 404)
  })
})
