/** The public contract: every annotation of chain mode, and the two names that the webhook itself writes. */

/** Values of `source`: where the first session of a chain comes from. */
export const SOURCES = ['web-identity', 'pod-identity'] as const

/** One of {@link SOURCES}. */
export type SourceKind = (typeof SOURCES)[number]

/** Where an annotation may stand. A chain key stands on the pod or on its service account, never on both. */
export type Place = 'pod' | 'pod-or-service-account'

/** One annotation, as the README's table shows it. */
export interface Key {
  /** A chain key says which role; an operational key says how it gets into the pod. */
  readonly kind: 'chain' | 'operational'
  readonly place: Place
  readonly value: string
  readonly default: string
  readonly sentence: string
}

/**
 * What the containers wait for before they start.
 *
 *   on  | a session of each target that some container has as its only or default one; one try of the others
 *   off | nothing
 *   all | a session of every target
 */
export const GATES = ['on', 'off', 'all'] as const

/** One of {@link GATES}. */
export type Gate = (typeof GATES)[number]

const chain = { kind: 'chain', place: 'pod-or-service-account' } as const
const operational = { kind: 'operational', place: 'pod-or-service-account' } as const
const podOnly = { kind: 'operational', place: 'pod' } as const

/** Every annotation of chain mode, without its prefix. */
export const CHAIN_KEYS = {
  'target-role-arn': {
    ...chain,
    value: 'role ARN, or several separated by commas',
    default: '-',
    sentence: 'The role that the pod is to have; several are assumed in this order.',
  },
  targets: {
    ...chain,
    value:
      'YAML or JSON, at most 32 targets and 32,768 characters: `{name: {chain: [{roleArn, externalId?, sessionTags?, sourceIdentity?, sessionPolicy?, durationSeconds?}], containers?: [name], default?: true, region?}}`',
    default: '-',
    sentence:
      'Several targets, or settings for each hop. A container that matches several has each as an AWS profile of its name; an empty chain is the base role itself.',
  },
  target: {
    ...chain,
    value: 'name',
    default: '-',
    sentence: "A chain that the cluster's configuration defines.",
  },
  source: {
    ...chain,
    value: '`web-identity` or `pod-identity`',
    default: 'the configuration, else what the service account and the pod show',
    sentence:
      "Where the first session comes from: the service account's token, or EKS Pod Identity. Without a target, the role that it gives is served itself.",
  },
  'external-id': {
    ...chain,
    value: '2 to 1224 of letters, digits and `_+=,.@:/-`',
    default: 'none',
    sentence: 'Sent with the last hop.',
  },
  'session-name': {
    ...chain,
    value: '2 to 64 of letters, digits and `_+=,.@-`, or a template',
    default: '`{namespace}.{pod}`',
    sentence:
      'Name of the sessions of all hops, the same for the life of the pod; a long one is cut to 64 with a hash at its end.',
  },
  'session-tags': {
    ...chain,
    value: '`key=value,…`; values may be templates',
    default: 'none',
    sentence:
      'Session tags of the last hop; a key that ends in `!` is transitive and goes on the first `AssumeRole`.',
  },
  'source-identity': {
    ...chain,
    value: '2 to 64 of letters, digits and `_+=,.@-`, or a template',
    default: 'none',
    sentence: 'Sent with the first `AssumeRole`, whole or not at all: it is never cut.',
  },
  'session-policy': {
    ...chain,
    value: 'JSON, at most 2,048 characters',
    default: 'none',
    sentence: 'Narrows what the last session may do.',
  },
  'duration-seconds': {
    ...chain,
    value: '900 to 3600; to 43200 where the one hop is web identity',
    default: '3600',
    sentence: 'Life of the last session; it is renewed before half of it is over.',
  },
  gate: {
    ...operational,
    value: '`on`, `off` or `all`',
    default: '`on`',
    sentence:
      'Whether containers wait until there are credentials: `on` for default ones, and one try of each other profile; `all` for every profile.',
  },
  region: {
    ...operational,
    value: 'region',
    default: "the container's own env, then the configuration",
    sentence: 'Region for the containers and for STS.',
  },
  containers: {
    ...operational,
    value: 'names separated by commas, or `*`',
    default: '`*`',
    sentence:
      'Which containers get the default target, or, in a pod without target, the role of the service account.',
  },
  'skip-containers': {
    ...podOnly,
    value: 'names separated by commas',
    default: 'mesh proxies and other known injected containers',
    sentence:
      'Containers that are left alone, beside those; `eks.amazonaws.com/skip-containers` counts too.',
  },
  'on-conflict': {
    ...podOnly,
    value: '`deny` or `warn`',
    default: '`deny`',
    sentence:
      "What happens when a variable in a container's `env`, or a file that it mounts, comes before its credentials; `envFrom` and the image cannot be seen.",
  },
  inject: {
    ...podOnly,
    value: '`"false"`',
    default: '-',
    sentence: 'Leaves the pod alone, in parity mode too.',
  },
  'sidecar-cpu-request': {
    ...podOnly,
    value: 'quantity',
    default: '`10m`',
    sentence: 'CPU request of the sidecar.',
  },
  'sidecar-cpu-limit': {
    ...podOnly,
    value: 'quantity',
    default: 'none, or `250m` where every container has one',
    sentence: 'CPU limit of the sidecar.',
  },
  'sidecar-memory-request': {
    ...podOnly,
    value: 'quantity',
    default: '`32Mi`',
    sentence: 'Memory request of the sidecar.',
  },
  'sidecar-memory-limit': {
    ...podOnly,
    value: 'quantity',
    default: '`96Mi`',
    sentence: 'Memory limit of the sidecar.',
  },
  'sidecar-port': {
    ...podOnly,
    value: '1024 to 65535, no containerPort of the pod',
    default: '`7755`',
    sentence: 'Port of the endpoint.',
  },
} as const satisfies Record<string, Key>

/** An annotation of chain mode, without its prefix. */
export type ChainKey = keyof typeof CHAIN_KEYS

export const CHAIN_KEY_NAMES = Object.keys(CHAIN_KEYS) as readonly ChainKey[]

/** Each asks for a target; they exclude each other. */
export const TARGET_KEYS = [
  'target-role-arn',
  'targets',
  'target',
] as const satisfies readonly ChainKey[]

/** An annotation that asks for a target, without its prefix. */
export type TargetKey = (typeof TARGET_KEYS)[number]

/** The annotation that the webhook writes, without its prefix: `<version>/<hash of the configuration>`. */
export const STAMP_KEY = 'injected'

/**
 * The label of service accounts, without its prefix, whose pods the API server refuses without the role. Its value is
 * `true`.
 */
export const CHAIN_LABEL = 'chain'

/** The annotations of EKS's webhook, without their prefix. */
export const PARITY_KEYS = [
  'role-arn',
  'audience',
  'sts-regional-endpoints',
  'token-expiration',
  'skip-containers',
] as const

/** An annotation of EKS's webhook, without its prefix. */
export type ParityKey = (typeof PARITY_KEYS)[number]

/** Full names of annotations under a prefix, by the names without it. */
export function toFullNames<Name extends string>(
  names: readonly Name[],
  prefix: string,
): Readonly<Record<Name, string>> {
  return Object.fromEntries(names.map((name) => [name, `${prefix}/${name}`])) as Record<
    Name,
    string
  >
}
