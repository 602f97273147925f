/**
 * The parts of the cluster itself restart under running applications. How, the cluster says: by commands in
 * `CLUSTER_RESTART_API_SERVER`, `CLUSTER_RESTART_KUBELET` and `CLUSTER_RESTART_NODE`, which return once the part has
 * been told to restart.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { takeStsDown } from './aws-control.ts'
import { assertReady, beginBoundary, endBoundary } from './boundary/node.ts'
import { attempt, run } from './command.ts'
import {
  assertUndisturbed,
  readOutcomes,
  reads,
  readsAnew,
  readState,
  runner,
  started,
  triesAgain,
} from './running.ts'
import { applied, inNamespace, pod, serviceAccount, until } from './suite.ts'
import { OBJECTS, ROLES } from './world.ts'

async function restart(part: 'API_SERVER' | 'KUBELET' | 'NODE'): Promise<void> {
  const variable = `CLUSTER_RESTART_${part}`
  const command = process.env[variable]
  if (command === undefined)
    throw new Error(
      `This cluster does not say how to restart its ${part}: set ${variable} to a command that does, for example with kind
  CLUSTER_RESTART_API_SERVER='docker exec kind-control-plane pkill kube-apiserver'
  CLUSTER_RESTART_KUBELET='docker exec kind-control-plane systemctl restart kubelet'
  CLUSTER_RESTART_NODE='docker restart kind-control-plane'`,
    )
  await run(['bash', '-c', command])
  await until('the API server', async () => {
    const { exitCode } = await attempt(['kubectl', 'get', '--raw', '/readyz'])
    return exitCode === 0 ? true : undefined
  })
}

test('after a restart of the API server pods are injected as before, new service accounts too', () =>
  inNamespace(async (place) => {
    await started(place, runner('app'))
    await restart('API_SERVER')
    // The node's proxy needs a moment until pods, the webhooks among them, reach it again: a pod with a target takes a
    // live read.
    await until('the webhooks to reach the API server', async () => {
      const { exitCode } = await place.apply(runner('first'))
      return exitCode === 0 ? true : undefined
    })
    await applied(place, serviceAccount('new', { 'eks.amazonaws.com/role-arn': ROLES.base }))
    const { stderr } = await applied(place, pod('plain', {}, { serviceAccountName: 'new' }))
    const variables = await place.kubectl('get', 'pod/plain', '--output=jsonpath={..env[*].name}')
    // Where the webhook was asked and could not tell, its warning says why; without one the API server did not reach
    // it.
    assert.match(variables, /AWS_WEB_IDENTITY_TOKEN_FILE/, `${variables}; warnings: ${stderr}`)
    await started(place, runner('next'))
    await triesAgain(place, 'app')
    await assertUndisturbed(place, 'app')
  }))

test('a restart of the kubelet disturbs no application, with STS down too, and pods become ready again', () =>
  inNamespace(async (place) => {
    await started(place, runner('app'))
    const bringStsBack = await takeStsDown()
    try {
      await restart('KUBELET')
      await triesAgain(place, 'app', 20)
      await until('the pod to be ready', async () =>
        (await readState(place, 'app')).isReady ? true : undefined,
      )
      assert.equal((await readsAnew(place, 'app')).object, OBJECTS.reports)
      assert.equal((await readState(place, 'app')).sidecarRestarts, 0)
      await assertUndisturbed(place, 'app')
    } finally {
      await bringStsBack()
    }
    await applied(place, runner('next'))
    await reads(place, 'next')
  }))

/** How many tokens of service accounts the API server gave, and how many a policy refused, as it counts itself. */
async function countTokenRequests(): Promise<{ given: number; refused: number }> {
  const counts = { given: 0, refused: 0 }
  const metrics = await run(['kubectl', 'get', '--raw', '/metrics'])
  for (const line of metrics.split('\n')) {
    const [, code = ''] =
      /^apiserver_request_total\{.*code="(\d+)".*subresource="token"/.exec(line) ?? []
    const count = Number(line.split(' ').at(-1))
    if (code.startsWith('2')) counts.given += count
    else if (code === '422') counts.refused += count
  }
  return counts
}

test('a restarted kubelet gets new tokens for pods inside the boundary', () =>
  inNamespace(async (place) => {
    await beginBoundary()
    try {
      await started(place, runner('app'))
      const before = await countTokenRequests()
      await restart('KUBELET')
      await until('new tokens', async () =>
        (await countTokenRequests()).given > before.given ? true : undefined,
      )
      await assertReady(place, 'app')
      assert.equal((await readsAnew(place, 'app')).object, OBJECTS.reports)
      await started(place, runner('next'))
      assert.equal((await countTokenRequests()).refused, before.refused)
      await assertUndisturbed(place, 'app')
    } finally {
      await endBoundary()
    }
  }))

test('after a restart of the node pods and webhooks come back by themselves, as who they were', () =>
  inNamespace(async (place) => {
    await started(place, runner('app'))
    await restart('NODE')
    await until('the application to have been restarted', async () =>
      (await readState(place, 'app')).appRestarts > 0 ? true : undefined,
    )
    await reads(place, 'app')
    for (const { error, identity } of await readOutcomes(place, 'app')) {
      assert.equal(error, undefined)
      assert.match(identity ?? '', /assumed-role\/reports-reader\//)
    }
    await until('the webhook to take pods again', async () =>
      (await place.apply(runner('next'))).exitCode === 0 ? true : undefined,
    )
    await reads(place, 'next')
  }))
