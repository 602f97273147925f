/** Pods that are refused or left alone, with what a person at kubectl sees. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  appContainer,
  applied,
  inNamespace,
  pod,
  podTemplate,
  serviceAccount,
  type KubernetesObject,
  type Place,
} from './suite.ts'
import { ROLES } from './world.ts'

const REPORTS = { 'rolechain.io/target-role-arn': ROLES.reports }
const ROLE = 'eks.amazonaws.com/role-arn'

/** Applies what has to be refused, and gives what kubectl says. */
async function refused(place: Place, object: KubernetesObject): Promise<string> {
  const { exitCode, stderr } = await place.apply(object)
  assert.equal(exitCode, 1, 'the API server took it')
  return stderr
}

interface Refusal {
  readonly what: string
  readonly annotations?: Readonly<Record<string, string>>
  readonly spec?: Readonly<Record<string, unknown>>
  readonly says: RegExp
}

const REFUSALS: readonly Refusal[] = [
  {
    what: 'in the network of the node',
    spec: { hostNetwork: true },
    says: /hostNetwork: true: .*; drop hostNetwork, or assume the role in the application/,
  },
  {
    what: 'for Windows',
    spec: {
      os: { name: 'windows' },
      containers: [{ name: 'app', image: 'none' }],
    },
    says: /the pod is for Windows nodes, where the sidecar does not run/,
  },
  {
    what: 'with a mount of ours',
    spec: {
      containers: [
        { ...appContainer(), volumeMounts: [{ name: 'rolechain-sts-token', mountPath: '/x' }] },
      ],
      volumes: [{ name: 'rolechain-sts-token', emptyDir: {} }],
    },
    says: /rolechain-sts-token/,
  },
  {
    what: 'with a variable that shadows the endpoint',
    spec: {
      containers: [{ ...appContainer(), env: [{ name: 'AWS_PROFILE', value: 'dev' }] }],
    },
    says: /AWS_PROFILE/,
  },
  {
    what: 'with several mistakes, all told at once',
    annotations: {
      'rolechain.io/target-role-arn': 'reports',
      'rolechain.io/gate': 'half',
      'rolechain.io/external-id': 'x',
    },
    says: /\(3 problems\)(?=.*target-role-arn)(?=.*gate)(?=.*external-id)/s,
  },
]

for (const { what, annotations = REPORTS, spec = {}, says } of REFUSALS)
  test(`a pod ${what} is refused, with what to change`, () =>
    inNamespace(async (place) => {
      const message = await refused(place, pod('refused', annotations, spec))
      assert.match(message, /admission webhook "chain\.rolechain\.io" denied the request/)
      assert.match(message, says)
    }))

test('a chain on the pod and one on its service account are refused together', () =>
  inNamespace(async (place) => {
    await applied(place, serviceAccount('reporter', { [ROLE]: ROLES.base, ...REPORTS }))
    const message = await refused(place, pod('both', REPORTS))
    assert.match(message, /target-role-arn.*service account/s)
  }))

test('a pod that asks to be left alone, or for nothing, is left alone', () =>
  inNamespace(async (place) => {
    await applied(place, serviceAccount('nobody'))
    await applied(place, pod('opted-out', { ...REPORTS, 'rolechain.io/inject': 'false' }))
    await applied(place, pod('plain', {}, { serviceAccountName: 'nobody' }))
    const specs = await place.kubectl('get', 'pods', '--output=jsonpath={.items[*].spec}')
    assert.doesNotMatch(specs, /rolechain-sidecar|AWS_WEB_IDENTITY|AWS_CONTAINER/)
  }))

const HOST_NETWORK = podTemplate(REPORTS, { hostNetwork: true, restartPolicy: 'Always' })

function workload(kind: 'Deployment' | 'StatefulSet' | 'DaemonSet'): KubernetesObject {
  const extra = { Deployment: {}, StatefulSet: { serviceName: 'app' }, DaemonSet: {} }[kind]
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: 'app' },
    spec: { selector: { matchLabels: { app: 'app' } }, template: HOST_NETWORK, ...extra },
  }
}

const jobSpec = { template: podTemplate(REPORTS, { hostNetwork: true, restartPolicy: 'Never' }) }
const WORKLOADS: readonly KubernetesObject[] = [
  workload('Deployment'),
  workload('StatefulSet'),
  workload('DaemonSet'),
  { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'app' }, spec: jobSpec },
  {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'app' },
    spec: { schedule: '0 0 1 1 *', jobTemplate: { spec: jobSpec } },
  },
]

for (const object of WORKLOADS)
  test(`kubectl apply of a ${object.kind} whose pods will be refused warns, and applies it`, () =>
    inNamespace(async (place) => {
      const { stderr } = await applied(place, object)
      assert.match(
        stderr,
        new RegExp(
          `^Warning: rolechain: pods of this ${object.kind} will be refused: hostNetwork: true`,
          'm',
        ),
      )
    }))

test('a Deployment is warned of when its template changes, and not for anything else', () =>
  inNamespace(async (place) => {
    const { exitCode, stderr } = await place.apply(workload('Deployment'))
    assert.equal(exitCode, 0, stderr)
    const scaled = await place.attempt('scale', 'deployment/app', '--replicas=0')
    const labelled = await place.attempt('label', 'deployment/app', 'team=a')
    assert.doesNotMatch(scaled.stderr + labelled.stderr, /Warning/)
    const changed = await place.attempt('set', 'env', 'deployment/app', 'ONE=1')
    assert.match(changed.stderr, /Warning: rolechain: /)
    const mended = await place.attempt(
      'patch',
      'deployment/app',
      '--patch={"spec":{"template":{"spec":{"hostNetwork":false}}}}',
    )
    assert.doesNotMatch(mended.stderr, /Warning/)
  }))
