/** Tools that ask what would be, and tools that apply again and again: nothing happens, and nobody fights. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  applied,
  inNamespace,
  pod,
  podTemplate,
  type KubernetesObject,
  type Place,
} from './suite.ts'
import { ROLES } from './world.ts'

const REPORTS = { 'rolechain.io/target-role-arn': ROLES.reports }

const DEPLOYMENT: KubernetesObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'app' },
  spec: {
    replicas: 0,
    selector: { matchLabels: { app: 'app' } },
    template: podTemplate(REPORTS, { restartPolicy: 'Always' }),
  },
}

function applyByServer(place: Place, object: KubernetesObject) {
  const command = ['apply', '--server-side', '--field-manager=suite', '--filename=-']
  return place.attemptWith(JSON.stringify(object), ...command)
}

test('a dry run shows the pod that would be, and makes nothing', () =>
  inNamespace(async (place) => {
    const { stdout } = await place.attemptWith(
      JSON.stringify(pod('dry', REPORTS)),
      'apply',
      '--dry-run=server',
      '--output=json',
      '--filename=-',
    )
    assert.match(stdout, /rolechain-sidecar/)
    assert.equal(
      await place.kubectl('get', 'pods,secrets,configmaps', '--output=name'),
      'configmap/kube-root-ca.crt\n',
    )
  }))

test('kubectl diff finds nothing in what is applied already, pods and Deployments', () =>
  inNamespace(async (place) => {
    for (const object of [pod('same', REPORTS), DEPLOYMENT]) {
      await applied(place, object)
      const { exitCode, stdout, stderr } = await place.attemptWith(
        JSON.stringify(object),
        'diff',
        '--filename=-',
      )
      assert.equal(exitCode, 0, stdout + stderr)
    }
  }))

test('a pod that is applied again by the server stays as it is, whoever owns what', () =>
  inNamespace(async (place) => {
    const first = await applyByServer(place, pod('again', REPORTS))
    assert.equal(first.exitCode, 0, first.stderr)
    const before = await place.get('pod', 'again')
    const second = await applyByServer(place, pod('again', REPORTS))
    assert.equal(second.exitCode, 0, second.stderr)
    const { spec } = await place.get('pod', 'again')
    assert.deepEqual(spec, before['spec'])
  }))

test('a Deployment that is applied again by the server makes no new revision', () =>
  inNamespace(async (place) => {
    for (let time = 0; time < 3; time += 1) {
      const { exitCode, stderr } = await applyByServer(place, DEPLOYMENT)
      assert.equal(exitCode, 0, stderr)
    }
    const generation = await place.kubectl(
      'get',
      'deployment',
      'app',
      '--output=jsonpath={.metadata.generation}',
    )
    assert.equal(generation, '1')
  }))
