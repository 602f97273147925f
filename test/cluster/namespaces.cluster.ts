/** Pods in namespaces that limit what pods may be: what ran there before still runs there with a target. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { appContainer, applied, ended, inNamespace, pod, type Place } from './suite.ts'
import { OBJECTS, ROLES } from './world.ts'

const REPORTS = { 'rolechain.io/target-role-arn': ROLES.reports }

function limitedPod(name: string, resources: object): ReturnType<typeof pod> {
  return pod(name, REPORTS, { containers: [{ ...appContainer(), resources }] })
}

async function assertRuns(place: Place, name: string): Promise<void> {
  assert.equal(await ended(place, name), 'Succeeded')
  assert.equal((await place.outcome(name))?.object, OBJECTS.reports)
}

function qosClass(place: Place, name: string): Promise<string> {
  return place.kubectl('get', 'pod', name, '--output=jsonpath={.status.qosClass}')
}

test('under Pod Security `restricted`', () =>
  inNamespace(
    async (place) => {
      await applied(place, pod('restricted', REPORTS))
      await assertRuns(place, 'restricted')
    },
    { 'pod-security.kubernetes.io/enforce': 'restricted' },
  ))

test('under a ResourceQuota on requests and limits of cpu and memory', () =>
  inNamespace(async (place) => {
    const hard = {
      'requests.cpu': '1',
      'limits.cpu': '2',
      'requests.memory': '1Gi',
      'limits.memory': '2Gi',
      pods: '5',
    }
    await applied(place, {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'quota' },
      spec: { hard },
    })
    await applied(
      place,
      limitedPod('counted', {
        requests: { cpu: '50m', memory: '64Mi' },
        limits: { cpu: '1', memory: '256Mi' },
      }),
    )
    await assertRuns(place, 'counted')
    assert.equal(await qosClass(place, 'counted'), 'Burstable')
  }))

test('under a LimitRange that gives defaults and bounds', () =>
  inNamespace(async (place) => {
    await applied(place, {
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name: 'bounds' },
      spec: {
        limits: [
          {
            type: 'Container',
            default: { cpu: '500m', memory: '256Mi' },
            defaultRequest: { cpu: '50m', memory: '64Mi' },
            max: { cpu: '1', memory: '512Mi' },
            min: { cpu: '5m', memory: '16Mi' },
          },
        ],
      },
    })
    await applied(place, pod('bounded', REPORTS))
    await assertRuns(place, 'bounded')
  }))

test('a Guaranteed pod stays Guaranteed', () =>
  inNamespace(async (place) => {
    const same = { cpu: '200m', memory: '256Mi' }
    await applied(place, limitedPod('guaranteed', { requests: same, limits: same }))
    await assertRuns(place, 'guaranteed')
    assert.equal(await qosClass(place, 'guaranteed'), 'Guaranteed')
  }))
