import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { connect } from 'node:tls'
import { createKubernetesApi } from '../../../webhook/kubernetes/kubernetes-api.ts'
import { startSelfTls } from '../../../webhook/certificates/self-made.ts'
import { startKubernetes } from '../../../stand-ins/kubernetes/api.ts'

test('a webhook without certificate files serves what API servers ask for and verify', async (context) => {
  const kubernetes = await startKubernetes()
  context.after(() => kubernetes.stop())
  const folder = '/apis/admissionregistration.k8s.io/v1'
  const paths = ['mutating', 'validating'].map(
    (kind) => `${folder}/${kind}webhookconfigurations/ours`,
  )
  for (const path of paths) {
    kubernetes.objects.apply(path, {
      metadata: { name: 'ours' },
      webhooks: [
        { name: 'pods', clientConfig: { service: { namespace: 'rolechain', name: 'webhook' } } },
      ],
    })
  }
  const api = createKubernetesApi({
    server: kubernetes.url,
    readOptions: () =>
      Promise.resolve({
        ca: kubernetes.ca,
        headers: { authorization: `Bearer ${kubernetes.token}` },
      }),
  })
  context.after(api.stop)
  const tls = await startSelfTls({
    api,
    namespace: 'rolechain',
    serviceName: 'webhook',
    secretName: 'certificate',
    configurationName: 'ours',
    protocol: { minVersion: 'TLSv1.2' },
    nowMs: Date.now,
    log: () => undefined,
    onFailure: (failure) => assert.fail(failure),
  })
  const server = createServer(tls.options).listen(0, '127.0.0.1')
  context.after(() => server.close())
  context.after(tls.follow(server, { onChange: () => assert.fail('nothing has changed') }))
  await once(server, 'listening')

  const { port } = server.address() as AddressInfo
  for (const path of paths) {
    const { webhooks } = kubernetes.objects.read(path) as unknown as {
      webhooks: readonly [{ clientConfig: { caBundle: string } }]
    }
    const ca = Buffer.from(webhooks[0].clientConfig.caBundle, 'base64')
    const socket = connect({ host: '127.0.0.1', port, ca, servername: 'webhook.rolechain.svc' })
    await once(socket, 'secureConnect')
    socket.destroy()
  }
  assert.ok(kubernetes.objects.read('/api/v1/namespaces/rolechain/secrets/certificate'))
})
