/**
 * Pods run as processes: their application sees AWS through what the pod's spec gives it, and ends when the pod ends.
 */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { hear } from '../../../demo/application.ts'
import { toCloud, type NamedRole } from '../../../demo/cloud.ts'
import { createJournal } from '../../../demo/journal.ts'
import { startPod } from '../../../demo/kubelet/pod-runner.ts'
import { podSchema } from '../../../demo/pod.ts'
import { startIssuer } from '../../../stand-ins/aws/issuer.ts'
import { startAws } from '../../../stand-ins/aws/server.ts'

const role: NamedRole = {
  arn: 'arn:aws:iam::111111111111:role/base',
  partition: 'aws',
  accountId: '111111111111',
  path: '/',
  name: 'base',
  subject: 'system:serviceaccount:team-a:reports',
  callers: [],
  reaches: [],
  isTarget: true,
}

const timeoutMs = 15_000
const webIdentity = [
  { name: 'AWS_REGION', value: 'eu-west-1' },
  { name: 'AWS_ROLE_ARN', value: role.arn },
  { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: '/var/run/secrets/aws/token' },
]
const volumeMounts = [{ name: 'token', mountPath: '/var/run/secrets/aws' }]
const token = { audience: 'sts.amazonaws.com', path: 'token' }

/** A pod whose containers have the web identity, or the env that is given. */
function podOf(containers: { readonly init?: unknown[]; readonly app?: unknown[] }) {
  const { init = webIdentity, app = webIdentity } = containers
  return podSchema.parse({
    metadata: { name: 'nightly', namespace: 'team-a', uid: 'u-1' },
    spec: {
      serviceAccountName: 'reports',
      nodeName: 'node-1',
      initContainers: [{ name: 'migrate', env: init, volumeMounts }],
      containers: [{ name: 'app', env: app, volumeMounts }],
      volumes: [{ name: 'token', projected: { sources: [{ serviceAccountToken: token }] } }],
    },
  })
}

async function setUp(context: TestContext) {
  const issuer = await startIssuer()
  const cloud = toCloud([role], { issuer: issuer.issuer, region: 'eu-west-1' })
  const aws = await startAws(cloud, { issuerLocations: { [issuer.issuer]: issuer.url } })
  const folder = await mkdtemp(join(tmpdir(), 'rolechain-pod-'))
  const journal = createJournal()
  context.after(async () => {
    await aws.stop()
    await issuer.stop()
    await rm(folder, { recursive: true })
  })
  const node = {
    folder,
    journal,
    plumbing: { AWS_ENDPOINT_URL: aws.url, AWS_EC2_METADATA_SERVICE_ENDPOINT: aws.url },
    mint: ({ audience }: { readonly audience?: string | undefined }) =>
      issuer.mint({
        namespace: 'team-a',
        serviceAccount: 'reports',
        audience: audience ?? 'none',
      }),
  }
  return { node, journal }
}

test('runs init containers to their end, then the application, and leaves no process', async (context) => {
  const { node, journal } = await setUp(context)
  const running = await startPod(podOf({}), node)
  const { read, failed } = await hear(journal, { from: 'app', topic: 'read' }, { timeoutMs })
  const pid = running.pidOf('app')
  await running.stop()
  assert.equal(read, 's3://reports-111111111111/report.txt', failed)
  const events = journal.entries.flatMap(({ from, line }) => (from === 'kubelet' ? [line] : []))
  assert.deepEqual(events, ['migrate started', 'migrate ended with status 0', 'app started'])
  assert.ok(pid)
  assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
})

test('starts no application when an init container fails, and says what it said last', async (context) => {
  const { node, journal } = await setUp(context)
  const pod = podOf({ init: [{ name: 'AWS_REGION', value: 'eu-west-1' }] })
  await assert.rejects(startPod(pod, node), /Init container migrate ended with status 1: .*failed/u)
  assert.ok(!journal.entries.some(({ from }) => from === 'app'))
})
