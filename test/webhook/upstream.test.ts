/**
 * The program as the upstream image is run: its command line, its ConfigMap, its file, instance metadata, and what its
 * metrics port tells.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { createMetricsApp } from '../../webhook/http/app.ts'
import { createMetrics } from '../../webhook/metrics/metrics.ts'
import { startKubernetes } from '../../stand-ins/kubernetes/api.ts'
import type { KubernetesDouble } from '../../stand-ins/kubernetes/api.ts'
import { makeCertificate } from '../../stand-ins/kubernetes/certificate.ts'
import type { Answer } from './http/app-under-test.ts'
import { toBody } from './http/app-under-test.ts'
import { until } from './kubernetes/cluster-of-a-test.ts'
import { startMetadata } from './configuration/metadata-double.ts'
import { run } from './webhook-process.ts'

const prefix = 'eks.amazonaws.com'

interface Upstream {
  readonly kubernetes: KubernetesDouble
  /** The env of the container of a pod that runs as this service account, after admission. */
  readonly admit: (serviceAccount: string) => Promise<Readonly<Record<string, string>>>
  readonly readPlain: (path: string) => Promise<Response>
}

function named(name: string, annotations: Readonly<Record<string, string>>) {
  return { namespace: 'a', name, annotations }
}

async function startUpstream(context: TestContext): Promise<Upstream> {
  const kubernetes = await startKubernetes({
    serviceAccounts: [
      named('annotated', { [`${prefix}/role-arn`]: 'team/reader' }),
      named('mapped', {}),
      named('listed', {
        [`${prefix}/role-arn`]: 'unused',
        [`${prefix}/token-expiration`]: '3600',
      }),
    ],
  })
  context.after(() => kubernetes.stop())
  const mapping = { 'a/mapped': { RoleARN: 'arn:aws:iam::222222222222:role/mapped' } }
  kubernetes.configMaps.apply('eks', 'pod-identity-webhook', { config: JSON.stringify(mapping) })
  const metadata = await startMetadata(context)
  const folder = mkdtempSync(join(tmpdir(), 'rolechain-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const write = (name: string, content: string) => writeFileSync(join(folder, name), content)
  const { ca, certificate, key } = await makeCertificate()
  write('tls.crt', certificate)
  write('tls.key', key)
  write('x.json', '{"identities":[{"namespace":"a","serviceAccount":"listed"}]}')
  kubernetes.writeKubeconfig(join(folder, 'kubeconfig'))
  const { lines } = run(
    context,
    [
      '-in-cluster=false',
      '--port',
      '0',
      '--metrics-port=0',
      `--kubeconfig=${join(folder, 'kubeconfig')}`,
      `--tls-cert=${join(folder, 'tls.crt')}`,
      `--tls-key=${join(folder, 'tls.key')}`,
      '--watch-config-map',
      '--compose-role-arn=true',
      `--watch-container-credentials-config=${join(folder, 'x.json')}`,
      '--enable-debugging-handlers',
      '--resync-period=60s',
      '--logtostderr',
      '-v=4',
    ],
    { AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.url },
  )
  await until(() => lines.some(({ message }) => message === 'listening'))
  const { port, metricsPort } = lines.find(({ message }) => message === 'listening') ?? {}
  const readPlain = (path: string) => fetch(`http://127.0.0.1:${metricsPort}${path}`)
  await until(async () => (await readPlain('/readyz')).ok)

  async function admit(serviceAccountName: string): Promise<Record<string, string>> {
    const pod = { metadata: {}, spec: { serviceAccountName, containers: [{ name: 'app' }] } }
    const headers = { 'content-type': 'application/json' }
    const sent = request({
      port,
      ca,
      servername: 'localhost',
      path: '/mutate',
      method: 'POST',
      headers,
    })
    sent.end(toBody(pod))
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    const { response } = (await json(answer)) as Answer
    const patch = Buffer.from(response.patch ?? '', 'base64').toString()
    const operations = JSON.parse(patch) as { path: string; value: object }[]
    const env = operations.find(({ path }) => path === '/spec/containers/0/env')?.value
    return Object.fromEntries(
      (env as { name: string; value: string }[]).map(({ name, value }) => [name, value]),
    )
  }

  return { kubernetes, admit, readPlain }
}

test('gives roles by annotations, ConfigMap and file, and tells what upstream tells', async (context) => {
  const { kubernetes, admit, readPlain } = await startUpstream(context)
  // The region of the metadata is in China.
  assert.equal(
    (await admit('annotated'))['AWS_ROLE_ARN'],
    'arn:aws-cn:iam::111111111111:role/team/reader',
  )
  assert.equal((await admit('mapped'))['AWS_ROLE_ARN'], 'arn:aws:iam::222222222222:role/mapped')
  assert.deepEqual(await admit('listed'), {
    AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://169.254.170.23/v1/credentials',
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE:
      '/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token',
  })

  const metrics = (await (await readPlain('/metrics')).text()).split('\n')
  for (const line of [
    'pod_identity_webhook_pod_count{method="sts_web_identity"} 2',
    'pod_identity_webhook_pod_count{method="container_credentials"} 1',
    'pod_identity_webhook_used 1',
    'http_request_count{verb="POST",path="/mutate",code="200"} 3',
    'rolechain_webhook_reloads_total{file="config_map",outcome="used"} 1',
    'rolechain_webhook_reloads_total{file="pod_identities",outcome="used"} 1',
  ]) {
    assert.ok(metrics.includes(line), `${line}\n${metrics.join('\n')}`)
  }

  const standard = { Audience: 'sts.amazonaws.com', UseRegionalSTS: false, TokenExpiration: 86_400 }
  const account = 'arn:aws-cn:iam::111111111111:role'
  assert.deepEqual(await (await readPlain('/debug/alpha/cache')).json(), {
    'a/annotated': { RoleARN: `${account}/team/reader`, ...standard },
    'a/listed': { RoleARN: `${account}/unused`, ...standard, TokenExpiration: 3600 },
    'a/mapped': { RoleARN: '', ...standard },
  })

  kubernetes.configMaps.remove('eks', 'pod-identity-webhook')
  await until(() =>
    admit('mapped').then(
      () => false,
      () => true,
    ),
  )
})

test('the debug handler is not there unless its flag is', async () => {
  const metrics = createMetrics({ countServiceAccounts: () => 0, isUsed: () => false })
  const app = createMetricsApp({ metrics, readUnreadiness: () => '' })
  assert.equal((await app.inject('/debug/alpha/cache')).statusCode, 404)
})
