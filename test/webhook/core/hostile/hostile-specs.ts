/**
 * Pods of many parts, or of large ones, made to keep the webhook busy: as many as are read, and as many as fit into a
 * review.
 */
import { BASE_ROLE, TARGET_ROLE } from '../fixture.ts'
import { many, names, podOf, type Hostile } from './hostile-texts.ts'

/** In a body of 3 MB. */
const MANY = 60_000
/** What is read of containers, and of all else. */
const CONTAINERS = 499
const ENTRIES = 9_900

const TARGET = { 'target-role-arn': TARGET_ROLE }
const container = (index: number) => ({ name: `d${String(index).padStart(5, '0')}` })
const app = (fields: object) => ({ containers: [{ name: 'app', ...fields }] })
const withTarget = (spec: object, reason: string): Hostile => ({ pod: podOf(TARGET, spec), reason })
const withRole = (spec: object, reason: string): Hostile => ({ pod: podOf({}, spec), reason })
const withNothing = (spec: object): Hostile => ({
  pod: podOf({}, spec),
  serviceAccount: {},
  reason: 'no_role',
})

/** A list as long as is read, which gives one reason, and one that is longer. */
function both(what: string, spec: (count: number) => object, reason: string) {
  return {
    [what]: withTarget(spec(ENTRIES), reason),
    [`${what}, too many`]: withTarget(spec(MANY), 'pod_too_large'),
  }
}

/** Containers alike, as many as are read, and too many. */
function containers(what: string, fields: object, reason: string) {
  const spec = (count: number) => ({
    containers: many(count, (i) => ({ ...container(i), ...fields })),
  })
  return {
    [what]: withTarget(spec(CONTAINERS), reason),
    [`${what}, too many`]: withTarget(spec(MANY / 3), 'pod_too_large'),
  }
}

const env = (name: string, value: string) => (count: number) =>
  app({ env: many(count, () => ({ name, value })) })
const EKS_FOLDER = '/var/run/secrets/eks.amazonaws.com/serviceaccount'

export const HOSTILE_SPECS: Readonly<Record<string, Hostile>> = {
  ...containers('containers', {}, 'injected'),
  ...containers(
    'containers that conflict',
    { env: [{ name: 'AWS_PROFILE', value: 'x' }] },
    'conflict',
  ),
  ...containers('containers that listen', { ports: [{ containerPort: 7755 }] }, 'port_conflict'),
  'containers that could take what others have': {
    pod: podOf(
      { ...TARGET, containers: 'd00000' },
      {
        containers: many(CONTAINERS, (i) => ({
          ...container(i),
          securityContext: { privileged: true },
        })),
      },
    ),
    reason: 'privileged',
  },
  'containers with a role': withRole({ containers: many(CONTAINERS, container) }, 'web_identity'),
  'containers with a role, too many': withRole(
    { containers: many(MANY, container) },
    'pod_too_large',
  ),
  'containers with nothing, too many': withNothing({ containers: many(MANY, container) }),
  'containers of nothing': withTarget({ containers: many(700_000, () => ({})) }, 'pod_too_large'),
  'init containers': withTarget(
    { ...app({}), initContainers: many(CONTAINERS - 1, container) },
    'injected',
  ),
  'sidecars of our name': withTarget(
    { ...app({}), initContainers: many(CONTAINERS - 1, () => ({ name: 'rolechain-sidecar' })) },
    'injected',
  ),
  impostors: withTarget(
    { containers: many(CONTAINERS, () => ({ name: 'rolechain-sidecar' })) },
    'reserved_name',
  ),
  leftovers: withRole(
    { containers: many(CONTAINERS, () => ({ name: 'rolechain-sidecar' })) },
    'reserved_name',
  ),
  'names to skip, and containers with other names': {
    pod: podOf(
      { ...TARGET, 'eks.amazonaws.com/skip-containers': names('c', 250_000) },
      { containers: many(CONTAINERS, container) },
    ),
    reason: 'injected',
  },
  ...both(
    'variables',
    (count) => app({ env: many(count, (i) => ({ name: `E${i}` })) }),
    'injected',
  ),
  ...both('variables of one name', env('AWS_PROFILE', 'x'), 'conflict'),
  ...both('proxies', env('HTTPS_PROXY', ''), 'injected'),
  ...both(
    'endpoints of ours',
    env('AWS_CONTAINER_CREDENTIALS_FULL_URI', 'http://127.0.0.1:1/v1/credentials/a'),
    'injected',
  ),
  ...both('variables of nothing', (count) => app({ env: many(count, () => ({})) }), 'injected'),
  ...both('variables that are null', (count) => app({ env: many(count, () => null) }), 'injected'),
  ...both(
    'what the EKS webhook added',
    (count) =>
      app({
        env: [
          ...many(count / 2, () => ({ name: 'AWS_ROLE_ARN', value: BASE_ROLE })),
          { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: `${EKS_FOLDER}/token` },
        ],
        volumeMounts: many(count / 2, () => ({ name: 'aws-iam-token', mountPath: EKS_FOLDER })),
      }),
    'injected',
  ),
  ...both(
    'mounts',
    (count) => app({ volumeMounts: many(count, (i) => ({ name: `v${i}`, mountPath: `/${i}` })) }),
    'injected',
  ),
  ...both(
    'mounts of our volumes',
    (count) =>
      app({ volumeMounts: many(count, () => ({ name: 'rolechain-state', mountPath: '/x' })) }),
    'reserved_name',
  ),
  ...both(
    'mounts that are replaced',
    (count) =>
      app({
        volumeMounts: many(count, () => ({ name: 'rolechain-token-default', mountPath: '/x' })),
      }),
    'injected',
  ),
  ...both(
    'ports',
    (count) => app({ ports: many(count, () => ({ containerPort: 7755 })) }),
    'port_conflict',
  ),
  ...both(
    'volumes',
    (count) => ({ ...app({}), volumes: many(count, (i) => ({ name: `v${i}` })) }),
    'injected',
  ),
  ...both(
    'volumes of our names',
    (count) => ({ ...app({}), volumes: many(count, (i) => ({ name: `rolechain-token-${i}` })) }),
    'injected',
  ),
  ...both(
    'capabilities',
    (count) => ({
      containers: [{ name: 'app' }],
      initContainers: [
        {
          name: 'other',
          securityContext: { capabilities: { add: many(count, (i) => `CAP_${i}`) } },
        },
      ],
    }),
    'injected',
  ),
}
