/** The webhook and its objects. */
import {
  change,
  remove,
  spec,
  withEntries,
  named,
  MUTATING,
  OURS,
  waitingStatus,
  type BrokenState,
} from './changes.ts'

export const WEBHOOK: Readonly<Record<string, BrokenState>> = {
  'no installation': {
    breakIt: remove('Deployment', 'rolechain'),
    category: 'webhook',
    line: 'it is installed',
    code: 'webhook_missing',
    says: /no Deployment of the chart/,
    hint: /helm upgrade --install/,
  },
  'no replica that is ready': {
    breakIt: change('Deployment', 'rolechain', (object) => ({ ...object, status: {} })),
    category: 'webhook',
    line: 'its replicas are ready',
    code: 'webhook_not_ready',
    says: /none of 2 replicas is ready/,
    hint: /kubectl logs/,
  },
  'one replica that is not ready': {
    breakIt: change('Deployment', 'rolechain', (object) => ({
      ...object,
      status: { readyReplicas: 1 },
    })),
    category: 'webhook',
    line: 'its replicas are ready',
    code: 'webhook_not_ready',
    says: /1 of 2 replicas/,
    hint: /kubectl describe/,
    isWarning: true,
  },
  'one replica only': {
    breakIt: change('Deployment', 'rolechain', (object) => ({
      ...object,
      spec: { ...spec(object), replicas: 1 },
      status: { readyReplicas: 1 },
    })),
    category: 'webhook',
    line: 'its replicas are ready',
    code: 'webhook_single',
    says: /one replica/,
    hint: /Set replicas to 2/,
    isWarning: true,
  },
  'an image of the webhook that nobody has pushed': {
    breakIt: async (stage) => {
      const status = {
        phase: 'Pending',
        containerStatuses: [waitingStatus('registry/webhook:1', 'webhook')],
      }
      await change('Pod', 'rolechain-1', (pod) => ({ ...pod, status }))(stage)
    },
    category: 'webhook',
    line: 'its image can be pulled',
    code: 'image_not_pulled',
    says: /registry\/webhook:1 of webhook: ImagePullBackOff/,
    hint: /Set image\.repository/,
  },
  'a configuration that cannot be used': {
    breakIt: change('ConfigMap', 'rolechain', (map) => ({
      ...map,
      data: { 'config.yaml': 'sidecar: { image: registry.example/s:1, memoryLimit: much }' },
    })),
    category: 'webhook',
    line: 'its configuration can be used',
    code: 'configuration_unusable',
    says: /sidecar\.memoryLimit/,
    hint: /Correct configuration/,
  },
  'no configuration of the webhook': {
    breakIt: remove(MUTATING, OURS),
    category: 'webhook',
    line: 'API servers ask it about pods',
    code: 'webhook_entry_changed',
    says: /it is not there/,
    hint: /helm upgrade/,
  },
  'an entry that is missing': {
    breakIt: change(
      MUTATING,
      OURS,
      withEntries((entry) => (entry['name'] === 'rest.rolechain.io' ? undefined : entry)),
    ),
    category: 'webhook',
    line: 'API servers ask it about pods',
    code: 'webhook_entry_changed',
    says: /rest\.rolechain\.io is missing/,
    hint: /helm upgrade/,
  },
  'an entry that lets pods through': {
    breakIt: change(
      MUTATING,
      OURS,
      withEntries((entry) =>
        entry['name'] === 'chain.rolechain.io' ? { ...entry, failurePolicy: 'Ignore' } : entry,
      ),
    ),
    category: 'webhook',
    line: 'API servers ask it about pods',
    code: 'webhook_entry_changed',
    says: /chain\.rolechain\.io has the failurePolicy Ignore, and needs Fail/,
    hint: /find who changes the configuration/,
  },
  "EKS's webhook before ours": {
    breakIt: change(MUTATING, 'pod-identity-webhook', (object) =>
      named(object, 'aws-pod-identity-webhook'),
    ),
    category: 'webhook',
    line: 'it is asked before the webhook of EKS',
    code: 'webhook_order',
    says: /base role before rolechain/,
    hint: /sorts after pod-credentials-rolechain/,
  },
  'a right that is missing': {
    breakIt: remove('RoleBinding', 'rolechain'),
    category: 'webhook',
    line: 'it has the rights that it needs',
    code: 'webhook_rights',
    says: /may not get secrets\/rolechain-certificate in namespace rolechain/,
    hint: /helm upgrade/,
  },
}
