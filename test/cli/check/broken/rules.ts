/** Policy, boundary, quotas, and webhooks of others. */
import {
  change,
  remove,
  add,
  withSpec,
  withEntries,
  named,
  MUTATING,
  OURS,
  type BrokenState,
} from './changes.ts'

export const RULES: Readonly<Record<string, BrokenState>> = {
  'a policy that has become narrower': {
    breakIt: change('ConfigMap', 'rolechain', (map) => ({
      ...map,
      data: {
        'config.yaml':
          'region: eu-west-1\nsidecar: { image: registry.example/rolechain-sidecar:0.1.0 }\npolicy: { default: deny }',
      },
    })),
    category: 'policy',
    line: 'pods have roles that the policy lets them have (0 rules, else deny)',
    code: 'pod_against_policy',
    says: /no rule lets service account reports of namespace team-b have that/,
    hint: /configuration\.policy\.rules/,
  },
  'a boundary that is only a label': {
    breakIt: remove('ValidatingAdmissionPolicy', 'boundary-tokens.rolechain.io'),
    category: 'boundary',
    line: 'its policies are there where namespaces ask for it',
    code: 'boundary_missing',
    says: /boundary-tokens\.rolechain\.io is not there/,
    hint: /boundary\.mode: namespaces/,
  },
  'a boundary that only warns': {
    breakIt: change(
      'ValidatingAdmissionPolicyBinding',
      'boundary-pods.rolechain.io',
      withSpec({ validationActions: ['Warn', 'Audit'] }),
    ),
    category: 'boundary',
    line: 'it refuses',
    code: 'boundary_only_warns',
    says: /only warns/,
    hint: /boundary\.enforce: true/,
    isWarning: true,
  },
  'a boundary without the last look': {
    breakIt: change(
      'ValidatingWebhookConfiguration',
      OURS,
      withEntries((entry) => (entry['name'] === 'verify.rolechain.io' ? undefined : entry)),
    ),
    category: 'boundary',
    line: 'the last look at pods in it is there',
    code: 'webhook_entry_changed',
    says: /verify\.rolechain\.io is missing/,
    hint: /helm upgrade/,
  },
  'a pod from before the boundary': {
    breakIt: add({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'irsa', namespace: 'team-b' },
      spec: {
        containers: [{ name: 'app' }],
        volumes: [
          {
            name: 'aws-iam-token',
            projected: { sources: [{ serviceAccountToken: { audience: 'sts.amazonaws.com' } }] },
          },
        ],
      },
      status: { phase: 'Running' },
    }),
    category: 'boundary',
    line: 'pods in it have tokens for AWS in sidecars only',
    code: 'pod_outside_boundary',
    says: /can read a token for AWS/,
    hint: /docs\/boundary\.md/,
  },
  'a LimitRange with a high minimum': {
    breakIt: change(
      'LimitRange',
      'containers',
      withSpec({ limits: [{ type: 'Container', min: { memory: '64Mi' } }] }),
    ),
    category: 'quota',
    line: 'LimitRanges let sidecars have their resources',
    code: 'limit_range_refuses',
    says: /wants 64Mi memory at least, and the sidecar requests 32Mi/,
    hint: /configuration\.sidecar/,
  },
  'a LimitRange with a low ratio': {
    breakIt: change(
      'LimitRange',
      'containers',
      withSpec({ limits: [{ type: 'Container', maxLimitRequestRatio: { memory: '2' } }] }),
    ),
    category: 'quota',
    line: 'LimitRanges let sidecars have their resources',
    code: 'limit_range_refuses',
    says: /2 times the request/,
    hint: /LimitRange/,
  },
  'a quota that is used up': {
    breakIt: change('ResourceQuota', 'team', (quota) => ({
      ...quota,
      status: { hard: { 'limits.memory': '1Gi' }, used: { 'limits.memory': '1000Mi' } },
    })),
    category: 'quota',
    line: 'ResourceQuotas have room for another sidecar',
    code: 'quota_full',
    says: /of limits\.memory 1000Mi of 1Gi are used, and a sidecar needs 96Mi/,
    hint: /Raise the quota/,
  },
  'a mesh after rolechain': {
    breakIt: change(MUTATING, 'istio-sidecar-injector', (object) => named(object, 'z-istio')),
    category: 'others',
    line: 'meshes come before rolechain',
    code: 'mesh_order',
    says: /sorts after pod-credentials-rolechain/,
    hint: /sorts before/,
    isWarning: true,
  },
}
