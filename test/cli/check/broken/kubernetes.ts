/** The cluster itself. */
import { change, remove, withSpec, type BrokenState } from './changes.ts'

export const KUBERNETES: Readonly<Record<string, BrokenState>> = {
  'an API server that is too old': {
    breakIt: ({ kubernetes }) =>
      kubernetes.upgrade({ major: '1', minor: '29+', gitVersion: 'v1.29.3-eks' }),
    category: 'kubernetes',
    line: 'the API server is new enough',
    code: 'kubernetes_too_old',
    says: /v1\.29\.3-eks; the chart needs 1\.30/,
    hint: /Upgrade Kubernetes to 1\.32/,
  },
  'an API server before 1.32 without the setting': {
    breakIt: ({ kubernetes }) =>
      kubernetes.upgrade({ major: '1', minor: '31', gitVersion: 'v1.31.0' }),
    category: 'kubernetes',
    line: 'the API server is new enough',
    code: 'kubernetes_too_old',
    says: /before 1\.32 the webhook has to be told/,
    hint: /configuration\.allNodesRunNativeSidecars is true/,
  },
  'an old node': {
    breakIt: change('Node', 'node-1', (node) => ({
      ...node,
      status: { nodeInfo: { kubeletVersion: 'v1.28.9', operatingSystem: 'linux' } },
    })),
    category: 'kubernetes',
    line: 'all nodes run native sidecars',
    code: 'node_too_old',
    says: /its kubelet is v1\.28\.9/,
    hint: /Upgrade the node to 1\.29/,
  },
  "an API server whose own tokens are AWS's": {
    breakIt: ({ world }) => {
      world.audiences = ['https://kubernetes.default.svc', 'sts.amazonaws.com']
    },
    category: 'kubernetes',
    line: 'ordinary tokens of pods are not good for AWS',
    code: 'api_audience',
    says: /have sts\.amazonaws\.com/,
    hint: /--api-audiences/,
  },
  'no guard': {
    breakIt: remove('ValidatingAdmissionPolicy', 'guard-exec.rolechain.io'),
    category: 'kubernetes',
    line: 'the guard refuses (guard-exec.rolechain.io)',
    code: 'guard_missing',
    says: /it is not there/,
    hint: /guard\.enabled: true/,
  },
  'a guard without binding': {
    breakIt: remove('ValidatingAdmissionPolicyBinding', 'guard-pods.rolechain.io'),
    category: 'kubernetes',
    line: 'the guard refuses (guard-pods.rolechain.io)',
    code: 'guard_missing',
    says: /it has no binding/,
    hint: /helm upgrade/,
  },
  'a guard that only warns': {
    breakIt: change(
      'ValidatingAdmissionPolicyBinding',
      'guard-pods.rolechain.io',
      withSpec({ validationActions: ['Warn'] }),
    ),
    category: 'kubernetes',
    line: 'the guard refuses (guard-pods.rolechain.io)',
    code: 'guard_missing',
    says: /does not deny/,
    hint: /helm upgrade/,
  },
}
