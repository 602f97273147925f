/** A pod that begins with EKS Pod Identity with one thing changed, by which its token would be somebody else's. */
import { ROLES } from '../world.ts'
import type { Change, Forgeries, PodIdentityRule, Rule } from './rules.ts'

const SIDECAR = '/spec/initContainers/=rolechain-sidecar'
const AGENT = `${SIDECAR}/env/=AWS_CONTAINER_CREDENTIALS_FULL_URI`
const SOURCES = '/spec/volumes/=rolechain-pod-identity-token/projected/sources'
const EKS = 'pods.eks.amazonaws.com'
const more = (path: string, value: unknown): Change => ['add', `${path}/-`, value]
const token = (audience: string, path: string) => ({
  serviceAccountToken: { audience, path, expirationSeconds: 3600 },
})
const url = (value: string): Change => ['replace', `${AGENT}/value`, value]

/** By rule; each is refused by it and by no other. */
export const FORGED_POD_IDENTITY: Readonly<Record<PodIdentityRule, Forgeries>> = {
  agent: {
    'another agent': [url('http://agent.payroll/v1/credentials')],
    'the agent of ECS': [url('http://169.254.170.2/v1/credentials')],
    'a name that begins like the agent': [url('http://169.254.170.23.example/v1/credentials')],
    'a user that is called like the agent': [url('http://169.254.170.23@example/v1/credentials')],
    'the loopback': [url('http://127.0.0.1/v1/credentials')],
    'no agent': [['remove', AGENT]],
    'an agent from a ConfigMap': [
      [
        'replace',
        AGENT,
        {
          name: 'AWS_CONTAINER_CREDENTIALS_FULL_URI',
          valueFrom: { configMapKeyRef: { name: 'mine', key: 'x' } },
        },
      ],
    ],
  },
  podIdentityVolume: {
    'a second source': [more(SOURCES, { secret: { name: 'mine' } })],
    'a second token': [more(SOURCES, token('sts.amazonaws.com', 'other'))],
    'a token under another name': [['replace', `${SOURCES}/0/serviceAccountToken/path`, 'token']],
    'a token for STS': [
      ['replace', `${SOURCES}/0/serviceAccountToken/audience`, 'sts.amazonaws.com'],
    ],
  },
}

const OTHER_SIDECAR = { name: 'late', image: 'localhost/busybox:1' }

/** By rule; others may refuse them too. */
export const ALSO_REFUSED: readonly (readonly [
  what: string,
  rule: Rule,
  changes: readonly Change[],
])[] = [
  [
    'a token for EKS in a volume of its own',
    'irsa',
    [more('/spec/volumes', { name: 'mine', projected: { sources: [token(EKS, 'x')] } })],
  ],
  [
    'both tokens',
    'irsa',
    [
      more('/spec/volumes', {
        name: 'rolechain-sts-token',
        projected: { sources: [token('sts.amazonaws.com', 'token')] },
      }),
    ],
  ],
  [
    'a container that mounts the token',
    'mounts',
    [
      more('/spec/containers', {
        ...OTHER_SIDECAR,
        volumeMounts: [{ name: 'rolechain-pod-identity-token', mountPath: '/x' }],
      }),
    ],
  ],
  ['no sidecar', 'sidecar', [['remove', SIDECAR]]],
  [
    'the token elsewhere in the sidecar',
    'sidecarMounts',
    [
      more(`${SIDECAR}/volumeMounts`, {
        name: 'rolechain-pod-identity-token',
        mountPath: '/app',
        readOnly: true,
      }),
    ],
  ],
  [
    'a role that nobody has listed',
    'roles',
    [
      [
        'replace',
        `${SIDECAR}/env/=ROLECHAIN_ROLES`,
        { name: 'ROLECHAIN_ROLES', value: 'arn:aws:iam::555555555555:role/admin' },
      ],
    ],
  ],
  [
    'the name of the association written as a role',
    'written',
    [
      [
        'replace',
        `${SIDECAR}/env/=ROLECHAIN_ROLES`,
        { name: 'ROLECHAIN_ROLES', value: `pod-identity ${ROLES.reports}` },
      ],
    ],
  ],
  ['no roles at all', 'values', [['remove', `${SIDECAR}/env/=ROLECHAIN_ROLES`]]],
]
