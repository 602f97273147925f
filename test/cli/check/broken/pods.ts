/** Pods with a target. */
import { runningPod } from '../healthy-cluster.ts'
import { change, add, waitingStatus, type BrokenState } from './changes.ts'
import { unseenPod, waitingPod, failedCreate } from './pods-in-trouble.ts'

export const PODS: Readonly<Record<string, BrokenState>> = {
  'a pod that was admitted while the webhook was down': {
    breakIt: add(unseenPod('web')),
    category: 'pods',
    line: 'pods that ask for a target have the sidecar',
    code: 'pod_without_sidecar',
    says: /admitted without rolechain/,
    hint: /rolechain\.io\/enforce=true/,
  },
  'a pod with its base role only': {
    breakIt: add(unseenPod('web', [{ name: 'AWS_ROLE_ARN', value: 'arn:aws:iam::1:role/b' }])),
    category: 'pods',
    line: 'no pod has its base role in place of its target',
    code: 'base_role_instead',
    says: /by web identity/,
    hint: /Restart the workload/,
  },
  'an image of the sidecar that nobody has pushed': {
    breakIt: add({
      ...runningPod('web', 'team-b'),
      status: {
        phase: 'Pending',
        initContainerStatuses: [waitingStatus('ghcr.io/rolechain/sidecar:0.1.0')],
      },
    }),
    category: 'pods',
    line: 'images of sidecars can be pulled',
    code: 'image_not_pulled',
    says: /ghcr\.io\/rolechain\/sidecar:0\.1\.0/,
    hint: /configuration\.sidecar\.image/,
  },
  'a trust policy that refuses': {
    breakIt: add(
      ...waitingPod(
        'web',
        'STS has not answered yet',
        "hop 2, arn:aws:iam::222222222222:role/reports-reader: AccessDenied: User is not authorized to perform: sts:AssumeRole. Let the role's trust policy allow it.",
      ),
    ),
    category: 'pods',
    line: 'gates are open',
    code: 'role_denied',
    says: /^hop 2, arn:aws:iam::222222222222:role\/reports-reader: AccessDenied/,
    hint: /trust policy allow sts:AssumeRole to the role of the hop before/,
  },
  'a sidecar of the version before': {
    breakIt: change('Pod', 'reports-1', (pod) => ({
      ...pod,
      metadata: {
        ...pod.metadata,
        annotations: { ...pod.metadata.annotations, 'rolechain.io/injected': '0.0.9/00000000' },
      },
    })),
    category: 'pods',
    line: 'sidecars are those of now',
    code: 'sidecar_outdated',
    says: /its stamp is 0\.0\.9\/00000000; new pods get 0\.1\.0\//,
    hint: /kubectl rollout restart/,
    isWarning: true,
  },
  'a service account that is not there': {
    breakIt: add(
      ...failedCreate(
        'Error creating: pods "web-1-" is forbidden: error looking up service account team-b/web: serviceaccount "web" not found',
      ),
    ),
    category: 'pods',
    line: 'pods of workloads are not refused',
    code: 'service_account_missing',
    says: /serviceaccount "web" not found/,
    hint: /Create the service account/,
  },
  'a pod that the webhook refuses': {
    breakIt: add(
      ...failedCreate(
        'Error creating: admission webhook "chain.rolechain.io" denied the request: rolechain cannot give this pod the role that it asks for: hostNetwork',
      ),
    ),
    category: 'pods',
    line: 'pods of workloads are not refused',
    code: 'pod_refused',
    says: /hostNetwork/,
    hint: /Do what the message says/,
  },
  'a chain on a service account without the label': {
    breakIt: change('ServiceAccount', 'reports', (object) => ({
      ...object,
      metadata: { ...object.metadata, labels: {} },
    })),
    category: 'pods',
    line: 'chains on service accounts are held by a label',
    code: 'chain_label_missing',
    says: /start without the chain while no webhook answers/,
    hint: /rolechain\.io\/chain/,
    isWarning: true,
  },
}
