/** Every kind of workload gets the target's credentials on a real kubelet, through the native sidecar. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { appContainer, applied, ended, inNamespace, pod, until } from './suite.ts'
import { assertReports, firstPod, JOB_SPEC, longRunning, REPORTS } from './workload.ts'

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
      spec: JOB_SPEC,
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
      spec: { schedule: '0 0 1 1 *', jobTemplate: { spec: JOB_SPEC } },
    })
    // Its time never comes during the test: this is what a person does who does not wait for it.
    await place.kubectl('create', 'job', 'now', '--from=cronjob/app')
    await place.kubectl('wait', '--for=condition=complete', 'job/now', '--timeout=90s')
    assertReports(await place.outcome(await firstPod(place)))
  }))
