/** A pod with one thing changed around its sidecar: volumes, other containers, namespaces of the node. */
import type { Change, Forgeries, Rule } from './rules.ts'

const SIDECAR = '/spec/initContainers/=rolechain-sidecar'
const APP = '/spec/containers/=app'
const VOLUMES = '/spec/volumes'
const BUSYBOX = 'localhost/busybox:1'
const more = (path: string, value: unknown): Change => ['add', `${path}/-`, value]
const mount = (name: string, mountPath: string, rest: object = {}) => ({ name, mountPath, ...rest })
const token = (audience: string) => ({ serviceAccountToken: { audience, path: 'token' } })
/** A volume as IAM roles for service accounts have it, mounted by the application. */
function irsa(...sources: object[]): readonly Change[] {
  return [
    more(VOLUMES, { name: 'aws-iam-token', projected: { sources } }),
    ['add', `${APP}/volumeMounts/-`, mount('aws-iam-token', '/var/run/aws')],
  ]
}

/** By rule. */
export const FORGED_PODS: Readonly<
  Record<
    Extract<
      Rule,
      | 'irsa'
      | 'mounts'
      | 'sidecar'
      | 'tokenVolume'
      | 'stateVolume'
      | 'endpointVolume'
      | 'host'
      | 'processes'
    >,
    Forgeries
  >
> = {
  irsa: {
    'a token for STS in the application': irsa(token('sts.amazonaws.com')),
    'one of the other audience of STS': irsa(token('amazonaws.com')),
    'one of EKS Pod Identity': irsa(token('pods.eks.amazonaws.com')),
    'one behind another': irsa(
      { downwardAPI: { items: [] } },
      token('vault'),
      token('sts.amazonaws.com'),
    ),
  },
  mounts: {
    'the token in the application': [
      more(`${APP}/volumeMounts`, mount('rolechain-sts-token', '/x')),
    ],
    'the sessions in the application': [
      more(`${APP}/volumeMounts`, mount('rolechain-state', '/x')),
    ],
    'the token in an init container': [
      more('/spec/initContainers', {
        name: 'first',
        image: BUSYBOX,
        volumeMounts: [mount('rolechain-sts-token', '/x')],
      }),
    ],
    'a part of the sessions in another sidecar': [
      more('/spec/initContainers', {
        name: 'second',
        image: BUSYBOX,
        restartPolicy: 'Always',
        volumeMounts: [mount('rolechain-state', '/x', { subPath: 'state.json' })],
      }),
    ],
  },
  sidecar: {
    'no sidecar': [['remove', SIDECAR]],
    'a sidecar of another name': [
      ['replace', `${SIDECAR}/name`, 'rolechain-sidecar-2'],
      ['replace', '/spec/initContainers/0/volumeMounts', []],
    ],
    'a sidecar among the containers': [
      ['remove', SIDECAR],
      more('/spec/containers', {
        name: 'rolechain-sidecar',
        image: BUSYBOX,
        volumeMounts: [mount('rolechain-sts-token', '/x')],
      }),
    ],
  },
  tokenVolume: {
    'files beside the token': [
      more(`${VOLUMES}/=rolechain-sts-token/projected/sources`, { secret: { name: 'mine' } }),
    ],
    'another name of the token': [
      [
        'replace',
        `${VOLUMES}/=rolechain-sts-token/projected/sources/0/serviceAccountToken/path`,
        'other',
      ],
    ],
  },
  stateVolume: {
    'sessions on the disk': [
      ['replace', `${VOLUMES}/=rolechain-state`, { name: 'rolechain-state', emptyDir: {} }],
    ],
    'sessions on the node': [
      [
        'replace',
        `${VOLUMES}/=rolechain-state`,
        { name: 'rolechain-state', hostPath: { path: '/tmp' } },
      ],
    ],
    'sessions in a claim': [
      [
        'replace',
        `${VOLUMES}/=rolechain-state`,
        { name: 'rolechain-state', persistentVolumeClaim: { claimName: 'x' } },
      ],
    ],
  },
  endpointVolume: {
    'an endpoint token that is known': [
      [
        'replace',
        `${VOLUMES}/=rolechain-token-default`,
        { name: 'rolechain-token-default', configMap: { name: 'mine' } },
      ],
    ],
    'an endpoint token of another target': [
      [
        'replace',
        `${VOLUMES}/=rolechain-token-default/projected/sources/0/serviceAccountToken/audience`,
        'rolechain.io/other',
      ],
    ],
  },
  host: {
    'the network of the node': [['add', '/spec/hostNetwork', true]],
    'the processes of the node': [['add', '/spec/hostPID', true]],
    'the memory of the node': [['add', '/spec/hostIPC', true]],
  },
  processes: { 'shared processes': [['add', '/spec/shareProcessNamespace', true]] },
}
