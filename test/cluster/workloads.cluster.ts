/** Every kind of workload gets the target's credentials on a real kubelet, through the native sidecar. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  appContainer,
  applied,
  ended,
  inNamespace,
  pod,
  podTemplate,
  until,
  type KubernetesObject,
  type Outcome,
  type Place,
} from './suite.ts'
import { OBJECTS, ROLES } from './world.ts'

const REPORTS = { 'rolechain.io/target-role-arn': ROLES.reports }

function assertReports(outcome: Outcome | undefined): void {
  assert.equal(outcome?.object, OBJECTS.reports, JSON.stringify(outcome))
  assert.match(outcome.identity ?? '', /^arn:aws:sts::222222222222:assumed-role\/reports-reader\//)
}

/** The name of the first pod with the label `app`. */
function firstPod(place: Place): Promise<string> {
  return until('a pod of the workload', async () => {
    const name = await place.kubectl(
      'get',
      'pods',
      '--selector=app=app',
      '--output=jsonpath={.items[0].metadata.name}',
    )
    return name === '' ? undefined : name
  })
}

function longRunning(kind: 'Deployment' | 'StatefulSet'): KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: 'app' },
    spec: {
      selector: { matchLabels: { app: 'app' } },
      ...(kind === 'StatefulSet' ? { serviceName: 'app' } : {}),
      template: podTemplate(REPORTS, {
        containers: [appContainer({ mode: 'forever' })],
        terminationGracePeriodSeconds: 1,
      }),
    },
  }
}

const jobSpec = { template: podTemplate(REPORTS, { restartPolicy: 'Never' }), backoffLimit: 0 }

test('a bare pod reads the object of the other AWS account, its init container too', () =>
  inNamespace(async (place) => {
    await applied(
      place,
      pod('bare', REPORTS, { initContainers: [appContainer({ name: 'before' })] }),
    )
    assert.equal(await ended(place, 'bare'), 'Succeeded')
    assertReports(await place.outcome('bare', 'before'))
    assertReports(await place.outcome('bare'))
  }))

for (const kind of ['Deployment', 'StatefulSet'] as const)
  test(`a ${kind} reads the object of the other AWS account`, () =>
    inNamespace(async (place) => {
      await applied(place, longRunning(kind))
      const name = await firstPod(place)
      assertReports(await until('the first line of the application', () => place.outcome(name)))
    }))

test('a Job reads the object, and is complete although it has a sidecar', () =>
  inNamespace(async (place) => {
    await applied(place, {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'app' },
      spec: jobSpec,
    })
    await place.kubectl('wait', '--for=condition=complete', 'job/app', '--timeout=90s')
    assertReports(await place.outcome(await firstPod(place)))
  }))

test('a Job that a CronJob made reads the object', () =>
  inNamespace(async (place) => {
    await applied(place, {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'app' },
      spec: { schedule: '0 0 1 1 *', jobTemplate: { spec: jobSpec } },
    })
    // Its time never comes during the test: this is what a person does who does not wait for it.
    await place.kubectl('create', 'job', 'now', '--from=cronjob/app')
    await place.kubectl('wait', '--for=condition=complete', 'job/now', '--timeout=90s')
    assertReports(await place.outcome(await firstPod(place)))
  }))
