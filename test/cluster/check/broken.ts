/** One thing that is broken at a time, by the names of the stand-in's broken states. */
import { withObjects } from '../boundary/stage.ts'
import { CONFIGURATION, RELEASE } from '../installation.ts'
import { bindingOf, without, withoutWebhooks } from '../policies.ts'
import { applied, pod, serviceAccount, type KubernetesObject } from '../suite.ts'
import { ROLES } from '../world.ts'
import {
  changing,
  changingAsHelm,
  DEPLOYMENT,
  doing,
  entriesOf,
  having,
  only,
  withImage,
} from './changes.ts'
import type { Break } from './finds.ts'

const REPORTS = { 'rolechain.io/target-role-arn': ROLES.reports }

/** A configuration that is called for no pod, since no namespace has its label. */
function configuration(name: string, entry: string): KubernetesObject {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name },
    webhooks: [
      {
        name: entry,
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        failurePolicy: 'Ignore',
        clientConfig: { url: 'https://127.0.0.1:1/' },
        namespaceSelector: { matchLabels: { nobody: 'has-this' } },
        rules: [
          { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] },
        ],
      },
    ],
  }
}

function limitRange(limits: object): KubernetesObject {
  const spec = { limits: [{ type: 'Container', ...limits }] }
  return { apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'containers' }, spec }
}

function deployment(annotations: object, spec: object): KubernetesObject {
  const template = {
    metadata: { labels: { app: 'web' }, annotations },
    spec: { containers: [{ name: 'app', image: 'localhost/pause:1' }], ...spec },
  }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: { selector: { matchLabels: { app: 'web' } }, template },
  }
}

/** A pod that runs, and that the webhook has never seen. */
function unseen(env: readonly object[]): Break {
  const containers = [{ name: 'app', image: 'localhost/pause:1', env }]
  const web = pod('web', REPORTS, { containers })
  return async (place, scenario) => {
    await withoutWebhooks(place, async () => void (await applied(place, web)))
    await scenario()
    await place.kubectl('delete', 'pod', 'web', '--now')
  }
}

export const BREAKS: Readonly<Record<string, Break>> = {
  'no guard': (place, scenario) =>
    without(place, ['validatingadmissionpolicy/guard-exec.rolechain.io'], scenario),
  'a guard without binding': (place, scenario) =>
    without(place, [bindingOf('guard-pods.rolechain.io')], scenario),
  'a guard that only warns': changing(
    'validatingadmissionpolicybinding',
    'guard-pods.rolechain.io',
    only(['Warn']),
  ),
  'no configuration of the webhook': (place, scenario) =>
    without(place, [`mutatingwebhookconfiguration/${CONFIGURATION}`], scenario),
  'an entry that is missing': changing(
    'mutatingwebhookconfiguration',
    CONFIGURATION,
    entriesOf((entry) => (entry['name'] === 'rest.rolechain.io' ? [] : [entry])),
  ),
  'an entry that lets pods through': changing(
    'mutatingwebhookconfiguration',
    CONFIGURATION,
    entriesOf((entry) =>
      entry['name'] === 'chain.rolechain.io' ? [{ ...entry, failurePolicy: 'Ignore' }] : [entry],
    ),
  ),
  'a right that is missing': changing('rolebinding', RELEASE, (object) => ({
    ...object,
    subjects: [],
  })),
  'no replica that is ready': doing(
    ['scale', DEPLOYMENT, '--replicas=0'],
    ['scale', DEPLOYMENT, '--replicas=2'],
  ),
  'one replica only': doing(
    ['scale', DEPLOYMENT, '--replicas=1'],
    ['scale', DEPLOYMENT, '--replicas=2'],
  ),
  'an image of the webhook that nobody has pushed': changingAsHelm(
    'deployment',
    RELEASE,
    withImage('localhost/nobody:1'),
  ),
  'a configuration that cannot be used': changingAsHelm('configmap', RELEASE, (object) => ({
    ...object,
    data: { 'config.yaml': 'sidecar: { image: localhost/s:1, memoryLimit: much }' },
  })),
  "EKS's webhook before ours": (place, scenario) =>
    withObjects(
      place,
      [configuration('aws-pod-identity-webhook', 'iam-for-pods.amazonaws.com')],
      scenario,
    ),
  'a mesh after rolechain': (place, scenario) =>
    withObjects(
      place,
      [configuration('z-istio', 'rev.namespace.sidecar-injector.istio.io')],
      scenario,
    ),
  'a pod that was admitted while the webhook was down': unseen([]),
  'a pod with its base role only': unseen([{ name: 'AWS_ROLE_ARN', value: ROLES.base }]),
  'a sidecar of the version before': async (place, scenario) => {
    await applied(place, pod('reports', REPORTS))
    const stamp = 'rolechain.io/injected=0.0.9/00000000'
    await place.kubectl('annotate', 'pod', 'reports', '--overwrite', stamp)
    await scenario()
    await place.kubectl('delete', 'pod', 'reports', '--now')
  },
  'a trust policy that refuses': having(
    pod('refused', { 'rolechain.io/target-role-arn': ROLES.nobody }),
  ),
  'a pod that the webhook refuses': having(deployment(REPORTS, { hostNetwork: true })),
  'a service account that is not there': having(deployment({}, { serviceAccountName: 'missing' })),
  'a chain on a service account without the label': having(serviceAccount('chained', REPORTS)),
  'a LimitRange with a high minimum': having(limitRange({ min: { memory: '64Mi' } })),
  'a LimitRange with a low ratio': having(limitRange({ maxLimitRequestRatio: { memory: '2' } })),
  'a quota that is used up': having({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'team' },
    spec: { hard: { 'limits.memory': '50Mi' } },
  }),
}
