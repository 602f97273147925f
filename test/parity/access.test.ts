/** How the webhook reaches the API, and with what it serves. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import { connect } from 'node:tls'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import { startKubernetes } from '../../stand-ins/kubernetes/api.ts'
import type { KubernetesDouble } from '../../stand-ins/kubernetes/api.ts'
import { startProgram, startWebhookIn, untilReady } from './webhook.ts'

async function startApi(context: TestContext): Promise<KubernetesDouble> {
  const kubernetes = await startKubernetes()
  context.after(() => kubernetes.stop())
  return kubernetes
}

async function shakeHands(port: number, options: ConnectionOptions): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options })
  await once(socket, 'secureConnect')
  socket.end()
  return socket
}

describe('Flags: the API', () => {
  it('kube-api is the API server, whatever the kubeconfig names', async (context) => {
    const kubernetes = await startApi(context)
    const program = await startProgram({
      flags: [`--kube-api=${kubernetes.url}`],
      writeKubeconfig: (path) => {
        kubernetes.writeKubeconfig(path)
        const text = readFileSync(path, 'utf8')
        writeFileSync(path, text.replace(kubernetes.url, 'https://nowhere.example.org'))
        return path
      },
    })
    context.after(() => program.stop())
    await untilReady(program)
  })
})

describe('Flags: TLS', () => {
  it('tls-min-version refuses older versions', async (context) => {
    const webhook = await startWebhookIn({ flags: ['--tls-min-version=VersionTLS13'] })
    context.after(() => webhook.stop())
    await assert.rejects(shakeHands(webhook.port, { maxVersion: 'TLSv1.2' }), /version/)
    const socket = await shakeHands(webhook.port, {})
    assert.equal(socket.getProtocol(), 'TLSv1.3')
  })

  it('tls-min-version allows TLS 1.2 unless it is set', async (context) => {
    const webhook = await startWebhookIn({})
    context.after(() => webhook.stop())
    const socket = await shakeHands(webhook.port, { maxVersion: 'TLSv1.2' })
    assert.equal(socket.getProtocol(), 'TLSv1.2')
  })

  it('tls-cipher-suites are all that TLS 1.2 offers', async (context) => {
    const name = 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384'
    const webhook = await startWebhookIn({ flags: [`--tls-cipher-suites=${name}`] })
    context.after(() => webhook.stop())
    const socket = await shakeHands(webhook.port, { maxVersion: 'TLSv1.2' })
    assert.equal(socket.getCipher().standardName, name)
    const other = { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' } as const
    await assert.rejects(shakeHands(webhook.port, other))
  })
})

describe('Flags: certificates of the cluster', () => {
  it('ours: in-cluster serves with a certificate that the webhook makes, for the Service, in the Secret', async (context) => {
    const kubernetes = await startApi(context)
    const configuration = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/mine'
    kubernetes.objects.apply(configuration, {
      metadata: { name: 'mine' },
      webhooks: [{ name: 'w', clientConfig: { service: { namespace: 'aws', name: 'hook' } } }],
    })
    const program = await startProgram({
      flags: [
        '--in-cluster',
        '--namespace=aws',
        '--service-name=hook',
        '--tls-secret=pair',
        '--webhook-configuration=mine',
      ],
      writeKubeconfig: (path) => kubernetes.writeKubeconfig(path),
    })
    context.after(() => program.stop())
    const { subjectaltname } = (await shakeHands(program.port, {})).getPeerCertificate()
    // The name by which API servers call.
    assert.match(subjectaltname ?? '', /\bDNS:hook\.aws\.svc(?:,|$)/)
    assert.notEqual(kubernetes.objects.read('/api/v1/namespaces/aws/secrets/pair'), undefined)
  })
})
