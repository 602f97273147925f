/** Upgrade, rollback, uninstall and a new installation, with a pod that runs through all of it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { admitsAllDuring } from './admissions.ts'
import { attempt, run } from './command.ts'
import { install, NAMESPACE, RELEASE, toValues, uninstall } from './installation.ts'
import {
  appContainer,
  applied,
  AWS_URL_IN_PODS,
  inNamespace,
  pod,
  until,
  type Place,
} from './suite.ts'
import { readBundles, readExpiries, readSecret, readWebhooks, SECRET } from './webhooks.ts'
import { OBJECTS, ROLES } from './world.ts'

const here = ['--namespace', NAMESPACE]
const POD = pod(
  'running',
  { 'rolechain.io/target-role-arn': ROLES.reports },
  { containers: [appContainer({ mode: 'forever' })] },
)

/** Starts the pod, runs `scenario`, and looks whether the pod has gone on as if nothing were. */
function besideRunningPod(scenario: (place: Place) => Promise<void>): Promise<void> {
  return inNamespace(async (place) => {
    await applied(place, POD)
    await until('its first line', () => place.outcome('running'))
    await scenario(place)
    const log = await place.kubectl('logs', 'running', '--container=app')
    for (const line of log.trim().split('\n'))
      assert.equal((JSON.parse(line) as { object?: string }).object, OBJECTS.reports, line)
    const restarts = await place.kubectl(
      'get',
      'pod',
      'running',
      '--output=jsonpath={.status.containerStatuses[*].restartCount} {.status.initContainerStatuses[*].restartCount}',
    )
    assert.equal(restarts, '0 0')
  })
}

test('an upgrade and a rollback refuse no pod, and touch none that runs', () =>
  besideRunningPod(() =>
    admitsAllDuring(async () => {
      await install(toValues(AWS_URL_IN_PODS, { podAnnotations: { suite: 'upgraded' } }))
      await run(['helm', 'rollback', RELEASE, ...here, '--wait', '--timeout=120s'])
    }),
  ))

/** Every object of the webhook's namespace but those that every namespace has. */
async function readLeftovers(): Promise<readonly string[]> {
  const types = await run([
    'kubectl',
    'api-resources',
    '--namespaced',
    '--verbs=list',
    '--output=name',
  ])
  const kinds = types
    .trim()
    .split('\n')
    .filter((type) => !/^events|^bindings|metrics/.test(type))
    .join(',')
  const [inNamespaceList, ofCluster] = await Promise.all([
    run(['kubectl', 'get', kinds, ...here, '--output=name']),
    run([
      'kubectl',
      'get',
      'clusterroles,clusterrolebindings,mutatingwebhookconfigurations,validatingwebhookconfigurations',
      '--output=name',
    ]),
  ])
  return [...inNamespaceList.trim().split('\n'), ...ofCluster.trim().split('\n')].filter(
    (name) =>
      !['', 'configmap/kube-root-ca.crt', 'serviceaccount/default'].includes(name) &&
      (inNamespaceList.includes(name) || name.includes('rolechain')),
  )
}

test('uninstalling leaves nothing behind, and pods run on; installed anew, two webhooks that start at once agree', () =>
  besideRunningPod(async (place) => {
    await uninstall()
    await until('an empty namespace', async () => {
      const left = await readLeftovers()
      if (left.length > 0) throw new Error(left.join(' '))
      return true
    })
    await applied(place, { ...POD, metadata: { ...POD.metadata, name: 'without' } })
    await install(toValues(AWS_URL_IN_PODS))
    const secret = await readSecret(SECRET)
    assert.deepEqual(Object.keys(secret).sort(), ['ca.crt', 'tls.crt', 'tls.key'])
    for (const bundle of await readBundles()) assert.equal(bundle, secret['ca.crt'])
    assert.equal(new Set(await readExpiries()).size, 1)
    const restarts = (await readWebhooks()).map(({ status }) =>
      status.containerStatuses?.map(({ restartCount }) => restartCount),
    )
    assert.deepEqual(restarts, [[0], [0]])
    const dryRun = ['run', 'probe', '--image=none', '--dry-run=server', '--output=json']
    const { stdout, stderr } = await attempt([
      'kubectl',
      ...dryRun,
      `--annotations=rolechain.io/target-role-arn=${ROLES.direct}`,
    ])
    assert.match(stdout, /rolechain-sidecar/, stderr)
  }))
