/**
 * The real sidecar inside the boundary, on a real kubelet: all that pods do in their lives goes on as without it. The
 * boundary is everywhere in the cluster meanwhile, and tags are attested.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { admitsAllDuring } from './admissions.ts'
import { changeTrust, hurryTime, readTrail } from './aws-control.ts'
import {
  assertReady,
  beginBoundary,
  CLUSTER_NAME,
  countRenewals,
  endBoundary,
  imageOfSidecar,
  installBoundary,
  makeToken,
} from './boundary/node.ts'
import { IMAGES, NEXT_SIDECAR } from './images.ts'
import { killIn } from './kill.ts'
import { assertUndisturbed, reads, readsAnew, runner, started, triesAgain } from './running.ts'
import { appContainer, applied, inNamespace, pod, until, type Place } from './suite.ts'
import { assertReports, firstPod, JOB_SPEC, longRunning } from './workload.ts'
import { OBJECTS, ROLES, trustBase } from './world.ts'

const SIDECAR = '/app/sidecar.cjs'

before(beginBoundary)
after(endBoundary)

test('a pod is its target, and its kubelet, but nobody else, may have a new token for its sidecar', () =>
  inNamespace(async (place) => {
    await started(place, runner('app'))
    await assertReady(place, 'app')
    assertReports(await place.outcome('app'))

    const path = '--output=jsonpath={.metadata.uid} {.spec.nodeName}'
    const [uid, node] = (await place.kubectl('get', 'pod', 'app', path)).split(' ')
    const bound = [
      '--bound-object-kind=Pod',
      '--bound-object-name=app',
      `--bound-object-uid=${uid}`,
    ]
    const asKubelet = [`--as=system:node:${node}`, '--as-group=system:nodes']
    const { exitCode, stderr } = await makeToken(place, ...bound, ...asKubelet)
    assert.equal(exitCode, 0, stderr)
    assert.match((await makeToken(place, ...bound)).stderr, /made by kubelets only/)
    assert.match((await makeToken(place, ...asKubelet)).stderr, /made by kubelets only|bound/)
  }))

const container = (name: string) => appContainer({ name, bucket: name, mode: 'forever' })

test('two containers of a pod are a target each, and a third without one is refused', () =>
  inNamespace(async (place) => {
    const targets = {
      reports: { chain: [{ roleArn: ROLES.reports }], containers: ['reports'] },
      payroll: { chain: [{ roleArn: ROLES.payroll }], containers: ['payroll'] },
    }
    const annotations = { 'rolechain.io/targets': JSON.stringify(targets) }
    const containers = [container('reports'), container('payroll')]
    const spec = { terminationGracePeriodSeconds: 1 }
    await applied(place, pod('several', annotations, { ...spec, containers }))
    for (const name of ['reports', 'payroll'] as const) {
      const first = await until(`a line of ${name}`, () => place.outcome('several', name))
      assert.equal(first.object, OBJECTS[name])
      assert.match(first.identity ?? '', new RegExp(`:assumed-role/${name}-reader/`))
    }
    await assertReady(place, 'several')
    const more = { ...spec, containers: [...containers, container('base')] }
    const { stderr } = await place.apply(pod('more', annotations, more))
    assert.match(stderr, /a token for AWS is for rolechain's sidecar only/)
  }))

test('a Job, and one that a CronJob made, read the object and complete', () =>
  inNamespace(async (place) => {
    const batch = { apiVersion: 'batch/v1', metadata: { name: 'app' } }
    const cronJob = { schedule: '0 0 1 1 *', jobTemplate: { spec: JOB_SPEC } }
    await applied(
      place,
      { ...batch, kind: 'Job', spec: JOB_SPEC },
      { ...batch, kind: 'CronJob', spec: cronJob },
    )
    await place.kubectl('create', 'job', 'now', '--from=cronjob/app')
    for (const job of ['app', 'now']) {
      await place.kubectl('wait', '--for=condition=complete', `job/${job}`, '--timeout=90s')
      assertReports(await place.outcome(`job/${job}`))
    }
  }))

/** Sessions of an hour then last 12 seconds. */
const SCALE = 300

function renewed(place: Place, times: number): Promise<true> {
  return until(`${times} sessions of app`, async () =>
    (await countRenewals(place, 'app')) >= times ? true : undefined,
  )
}

test('sessions are renewed, by a restarted sidecar too', () =>
  inNamespace(async (place) => {
    const takeTimeBack = await hurryTime(SCALE)
    try {
      await started(place, runner('app'))
      await renewed(place, 2)
      await triesAgain(place, 'app')
      await assertUndisturbed(place, 'app')
      await killIn(place, 'app', SIDECAR)
      await assertReady(place, 'app', 1)
      await renewed(place, 2)
      await reads(place, 'app')
    } finally {
      await takeTimeBack()
    }
  }))

test('a pod that is evicted from its node is replaced by one that works', () =>
  inNamespace(async (place) => {
    await applied(place, longRunning('Deployment'))
    const old = await firstPod(place)
    await reads(place, old)
    const node = await place.kubectl('get', 'pod', old, '--output=jsonpath={.spec.nodeName}')
    // Other namespaces have such workloads too, and a drain looks at all.
    const label = `drained=${place.namespace}`
    await place.kubectl('label', 'pod', old, label)
    try {
      // Sessions are in memory, which is what the first flag is about.
      const flags = ['--delete-emptydir-data', '--ignore-daemonsets', '--timeout=60s']
      await place.kubectl('drain', node, `--pod-selector=${label}`, ...flags)
    } finally {
      await place.kubectl('uncordon', node)
    }
    const next = await firstPod(place)
    assert.notEqual(next, old)
    await reads(place, next)
    await assertReady(place, next)
    assertReports(await place.outcome(next))
  }))

/** Changed, restarted and asked for credentials, a pod goes on. */
async function assertGoesOn(place: Place, name: string, restarts: number): Promise<void> {
  await place.kubectl('label', 'pod', name, `seen=${restarts}`, '--overwrite')
  await killIn(place, name, SIDECAR)
  await assertReady(place, name, restarts)
  assert.equal((await readsAnew(place, name)).object, OBJECTS.reports)
  await triesAgain(place, name)
  await assertUndisturbed(place, name)
}

async function startedWith(place: Place, name: string, image: string): Promise<void> {
  await started(place, runner(name))
  assert.equal(await imageOfSidecar(place, name), image)
}

test('an upgrade to another image of the sidecar locks no pod out', () =>
  inNamespace(async (place) => {
    await startedWith(place, 'old', IMAGES.sidecar)
    await admitsAllDuring(() => installBoundary({ image: NEXT_SIDECAR, others: [IMAGES.sidecar] }))
    await assertGoesOn(place, 'old', 1)
    await startedWith(place, 'next', NEXT_SIDECAR)
    // The image that the second pod has is listed no more.
    await installBoundary({ image: IMAGES.sidecar, others: [] })
    await assertGoesOn(place, 'old', 2)
    await assertGoesOn(place, 'next', 1)
    await startedWith(place, 'last', IMAGES.sidecar)
  }))

/** The AssumeRole calls by which a pod was to become `reports`, as AWS saw them. */
async function callsOf(place: Place, name: string) {
  const uid = await place.kubectl('get', 'pod', name, '--output=jsonpath={.metadata.uid}')
  const calls = (await readTrail()).filter(({ eventName, requestParameters }) => {
    const tags = requestParameters['principalTags'] as Record<string, string> | undefined
    return eventName === 'AssumeRole' && tags?.['kubernetes-pod-uid'] === uid
  })
  return { uid, calls }
}

test("a role trusts the pods of one namespace, by tags that are the cluster's word", () =>
  inNamespace(async (place) => {
    const now = trustBase({
      Condition: {
        StringEquals: {
          'aws:RequestTag/kubernetes-namespace': place.namespace,
          'aws:RequestTag/eks-cluster-name': CLUSTER_NAME,
        },
      },
    })
    const takeBack = await changeTrust(ROLES.reports, { now, before: trustBase() })
    try {
      await started(place, runner('app'))
      const { uid, calls } = await callsOf(place, 'app')
      const [{ requestParameters } = assert.fail('AWS saw no tags')] = calls
      const tags = {
        'eks-cluster-name': CLUSTER_NAME,
        'kubernetes-namespace': place.namespace,
        'kubernetes-service-account': 'reporter',
        'kubernetes-pod-name': 'app',
        'kubernetes-pod-uid': uid,
      }
      assert.equal(requestParameters['roleArn'], ROLES.reports)
      assert.deepEqual(requestParameters['principalTags'], tags)
      const transitive = requestParameters['transitiveTagKeys'] as readonly string[]
      assert.deepEqual(transitive.toSorted(), Object.keys(tags).sort())

      await inNamespace(async (elsewhere) => {
        await applied(elsewhere, runner('app'))
        const refused = await until('a refusal by AWS', async () => {
          const found = await callsOf(elsewhere, 'app')
          return found.calls[0]
        })
        assert.equal(refused.errorCode, 'AccessDenied')
        assert.equal(await elsewhere.outcome('app'), undefined)
      })
    } finally {
      await takeBack()
    }
  }))
