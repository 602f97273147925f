/** Replicas against the API double and with real TLS: from an empty cluster, through rotations, losses and damage. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from 'node:tls'
import type { Pair } from '../../../webhook/certificates/steps.ts'
import { createCertificateObjects } from '../../../webhook/certificates/objects.ts'
import { startCertificates } from '../../../webhook/certificates/shared-certificate.ts'
import { createKubernetesApi } from '../../../webhook/kubernetes/kubernetes-api.ts'
import { makePair } from '../../../webhook/certificates/x509.ts'
import { startKubernetes } from '../../../stand-ins/kubernetes/api.ts'
import type { KubernetesDouble } from '../../../stand-ins/kubernetes/api.ts'
import { until } from '../kubernetes/cluster-of-a-test.ts'

const dnsName = 'webhook.rolechain.svc'
const secretPath = '/api/v1/namespaces/rolechain/secrets/certificate'
const configurationPath =
  '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/pod-credentials-rolechain'
const service = { namespace: 'rolechain', name: 'webhook', path: '/mutate', port: 443 }
const lifeMs = 86_400_000

interface Configuration {
  readonly webhooks: readonly { clientConfig: { caBundle?: string; service?: unknown } }[]
}

async function startCluster(context: TestContext) {
  const kubernetes = await startKubernetes()
  context.after(() => kubernetes.stop())
  kubernetes.objects.apply(configurationPath, {
    metadata: { name: 'pod-credentials-rolechain' },
    webhooks: ['chain', 'rest'].map((name) => ({ name, clientConfig: { service } })),
  })
  return kubernetes
}

function bundlesOf(kubernetes: KubernetesDouble): string[] {
  const { webhooks } = kubernetes.objects.read(configurationPath) as unknown as Configuration
  return webhooks.map(({ clientConfig }) =>
    Buffer.from(clientConfig.caBundle ?? '', 'base64').toString('utf8'),
  )
}

function startReplica(
  context: TestContext,
  kubernetes: KubernetesDouble,
  renewBeforeMs = lifeMs / 3,
) {
  const stopping = new AbortController()
  const api = createKubernetesApi({
    server: kubernetes.url,
    readOptions: () =>
      Promise.resolve({
        ca: kubernetes.ca,
        headers: { authorization: `Bearer ${kubernetes.token}` },
      }),
  })
  const names = {
    namespace: 'rolechain',
    secret: 'certificate',
    configuration: 'pod-credentials-rolechain',
    service: 'webhook',
  }
  const lines: string[] = []
  const certificates = startCertificates({
    objects: createCertificateObjects(api, names, stopping.signal),
    makePair: () => makePair({ dnsName, nowMs: Date.now(), lifeMs }),
    dnsName,
    renewBeforeMs,
    everyMs: 5000,
    nowMs: Date.now,
    pause: () => sleep(20, undefined, { signal: stopping.signal }).catch(() => undefined),
    stopping: stopping.signal,
    log: (_level, message) => void lines.push(message),
    onFailure: () => undefined,
  })
  const replica = {
    first: certificates.first,
    onServe: (_pair: Pair) => {},
    lines,
    served: [] as Pair[],
    stop: async () => {
      stopping.abort()
      await certificates.ended
      api.stop()
    },
  }
  certificates.follow((pair) => {
    replica.served.push(pair)
    replica.onServe(pair)
  })
  context.after(replica.stop)
  return replica
}

test('an empty cluster ends with one pair that both replicas serve and every caBundle holds', async (context) => {
  const kubernetes = await startCluster(context)
  const pairs = await Promise.all([
    startReplica(context, kubernetes).first,
    startReplica(context, kubernetes).first,
  ])
  assert.equal(pairs[0].certificate, pairs[1].certificate)
  assert.deepEqual(pairs[0].dnsNames, [dnsName])
  assert.deepEqual(bundlesOf(kubernetes), [pairs[0].authority, pairs[0].authority])
})

test('an empty Secret of the chart is filled, and what else it holds stays', async (context) => {
  const kubernetes = await startCluster(context)
  const metadata = { name: 'certificate', labels: { chart: 'rolechain' } }
  kubernetes.objects.apply(secretPath, { metadata, type: 'Opaque', data: { note: 'aGVsbG8=' } })
  const { certificate } = await startReplica(context, kubernetes).first
  const secret = kubernetes.objects.read(secretPath)
  const data = secret?.['data'] as Record<string, string>
  assert.deepEqual(
    { ...secret?.metadata, resourceVersion: undefined },
    { ...metadata, resourceVersion: undefined },
  )
  assert.equal(data['note'], 'aGVsbG8=')
  assert.equal(Buffer.from(data['tls.crt'] ?? '', 'base64').toString('utf8'), certificate)
})

test('only caBundle is touched in a webhook configuration', async (context) => {
  const kubernetes = await startCluster(context)
  const before = kubernetes.objects.read(configurationPath) as unknown as Configuration
  await startReplica(context, kubernetes).first
  const after = kubernetes.objects.read(configurationPath) as unknown as Configuration
  const withoutBundles = after.webhooks.map(({ clientConfig: { service: kept }, ...webhook }) => ({
    ...webhook,
    clientConfig: { service: kept },
  }))
  assert.deepEqual(withoutBundles, before.webhooks)
})

test('an emptied or garbled caBundle is put right again', async (context) => {
  const kubernetes = await startCluster(context)
  const { authority } = await startReplica(context, kubernetes).first
  for (const caBundle of ['', Buffer.from('rubbish').toString('base64')]) {
    const object = kubernetes.objects.read(configurationPath) as unknown as Configuration
    kubernetes.objects.apply(configurationPath, {
      metadata: { name: 'pod-credentials-rolechain' },
      webhooks: object.webhooks.map((webhook) => ({
        ...webhook,
        clientConfig: { service, caBundle },
      })),
    })
    await until(() => bundlesOf(kubernetes).every((bundle) => bundle === authority))
  }
})

test('a lost Secret comes back with the pair that is served', async (context) => {
  const kubernetes = await startCluster(context)
  const first = startReplica(context, kubernetes)
  const { certificate } = await first.first
  kubernetes.objects.remove(secretPath)
  await until(() => kubernetes.objects.read(secretPath) !== undefined)
  assert.equal((await startReplica(context, kubernetes).first).certificate, certificate)
  assert.equal(first.served.length, 1)
})

test('the API server being away changes nothing, is said once, and never tells a key', async (context) => {
  const kubernetes = await startCluster(context)
  const replica = startReplica(context, kubernetes)
  const { key } = await replica.first
  const mend = kubernetes.breakAll('read', { kind: 'status', code: 503 })
  const mendOther = kubernetes.breakAll('other', { kind: 'status', code: 503 })
  const seen = kubernetes.requests.length
  await until(() => kubernetes.requests.length > seen + 10)
  mend()
  mendOther()
  assert.equal(replica.lines.filter((line) => line.includes('failed')).length, 1)
  assert.equal(replica.served.length, 1)
  const secretLine = key.split('\n')[1] ?? ''
  assert.ok(secretLine.length > 40 && !replica.lines.join('\n').includes(secretLine))
})

test('every handshake is verified by the caBundle of its moment, through one rotation after the other', async (context) => {
  const kubernetes = await startCluster(context)
  // Always due for the next one.
  const replicas = [1, 2].map(() => startReplica(context, kubernetes, lifeMs))
  const ports = await Promise.all(replicas.map((replica) => serveTls(context, replica)))
  for (const port of ports) {
    const fingerprints = new Set<string>()
    // Each of these handshakes throws where the caBundle does not verify the certificate.
    while (fingerprints.size < 4) fingerprints.add(await shakeHands(port, kubernetes))
  }
})

async function serveTls(
  context: TestContext,
  replica: ReturnType<typeof startReplica>,
): Promise<number> {
  const { certificate, key } = await replica.first
  const server = createServer({ cert: certificate, key })
  replica.onServe = (pair) => server.setSecureContext({ cert: pair.certificate, key: pair.key })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  context.after(() => server.close())
  return (server.address() as AddressInfo).port
}

/** Fingerprint of the certificate; rejects when the caBundle does not verify it. */
async function shakeHands(port: number, kubernetes: KubernetesDouble): Promise<string> {
  const [ca = ''] = bundlesOf(kubernetes)
  const socket = connect({ host: '127.0.0.1', port, ca, servername: dnsName })
  await once(socket, 'secureConnect')
  const { fingerprint256 } = socket.getPeerCertificate()
  socket.destroy()
  return fingerprint256
}
