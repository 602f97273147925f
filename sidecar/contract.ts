/**
 * What the webhook writes into a pod and the sidecar reads there: names, paths, and the format of the configuration. It
 * knows nothing of either program's insides, and both import it.
 */

/** Name of the sidecar container; reserved in every pod. */
export const SIDECAR_CONTAINER_NAME = 'rolechain-sidecar'

/** The env variable that carries {@link SidecarConfiguration} as JSON. */
export const CONFIGURATION_VARIABLE = 'ROLECHAIN_CONFIG'

/**
 * The env variable that carries {@link serialiseRoles} of the same targets: the roles in plain sight, for whoever
 * judges pods and cannot read JSON. The sidecar refuses to start where the two differ.
 */
export const ROLES_VARIABLE = 'ROLECHAIN_ROLES'

/** Where the endpoint listens unless the pod or the cluster's configuration names another port. */
export const DEFAULT_PORT = 7755

/** Path of the credentials endpoint of one target, on the pod's loopback. */
export function credentialsPath(target: string): string {
  return `/v1/credentials/${target}`
}

/**
 * Path at which the credentials of one target are given in the form of `credential_process`, to the helper of a
 * container. Same token and same rules as {@link credentialsPath}.
 */
export function processPath(target: string): string {
  return `/v1/process/${target}`
}

/**
 * Memory-backed folder with what profiles need: the helper, and an AWS config file a container. The sidecar writes it
 * before it is ready; containers with profiles mount it read-only. It holds nothing secret.
 */
export const PROFILES_FOLDER = '/opt/rolechain.io'

/** Its size limit: the helper twice (one is written beside the other before it takes its place), and the files. */
export const PROFILES_FOLDER_SIZE_LIMIT = '8Mi'

/**
 * The static program that `credential_process` runs, as `credentials <port> <target>`: it asks the endpoint, with the
 * token of the target, and prints the answer. The sidecar's image has it at {@link HELPER_SOURCE}.
 */
export const HELPER_FILE = `${PROFILES_FOLDER}/credentials`

/**
 * A link to the helper, by the name that SDKs run `credential_process` with: as `sh -c <command>` it runs its own
 * command, and nothing else. For images without a shell, by `PATH`.
 */
export const HELPER_SHELL = `${PROFILES_FOLDER}/bin/sh`

/** Where the sidecar's image has the helper. */
export const HELPER_SOURCE = '/app/credentials'

/** The AWS config file of a container: its `AWS_CONFIG_FILE`. */
export function configFile(container: string): string {
  return `${PROFILES_FOLDER}/${container}.config`
}

/** Folder of the projected STS token; only the sidecar mounts it. The file in it is {@link TOKEN_FILE}. */
export const STS_TOKEN_FOLDER = '/var/run/secrets/rolechain.io/sts'

/** Folder of a target's endpoint token, the same in the sidecar and in each container that may use the target. */
export function endpointTokenFolder(target: string): string {
  return `/var/run/secrets/rolechain.io/${target}`
}

/** Name of the token file in each of these folders. */
export const TOKEN_FILE = 'token'

/** Memory-backed folder that only the sidecar mounts: what lets a restarted sidecar answer at once. */
export const STATE_FOLDER = '/var/run/rolechain.io'

/**
 * Its size limit. Of each of 32 targets two sessions (2 KB each) and 460 hashes of 64 characters, 34 KB; and the file's
 * next version beside it.
 */
export const STATE_FOLDER_SIZE_LIMIT = '4Mi'

/** Shape of a target's name: it becomes part of a volume name, an audience, a path and a URL. */
export const TARGET_NAME = /^[a-z0-9](?:[-a-z0-9]{0,30}[a-z0-9])?$/

/** Not a target's name although it has the shape: its token folder would be {@link STS_TOKEN_FOLDER}. */
export const RESERVED_TARGET_NAME = 'sts'

/** The target of a pod that names only one. */
export const DEFAULT_TARGET = 'default'

/** The session name when none is asked for; placeholders are filled by the sidecar from the downward API. */
export const DEFAULT_SESSION_NAME = '{namespace}.{pod}'

/** One session tag, sent on the hop that carries it. A transitive one is inherited by all later hops. */
export interface SessionTag {
  readonly key: string
  /** May contain placeholders. */
  readonly value: string
  readonly isTransitive?: true
}

/**
 * One role assumed, with everything that is sent along, and nothing that is not: the webhook decides what belongs on
 * which hop. The first hop of a chain is `AssumeRoleWithWebIdentity`, each later one `AssumeRole`.
 */
export interface Hop {
  readonly roleArn: string
  readonly externalId?: string
  readonly sessionTags?: readonly SessionTag[]
  /** May contain placeholders. */
  readonly sourceIdentity?: string
  readonly sessionPolicy?: string
  /** 900 to 43200; absent means 3600. */
  readonly durationSeconds?: number
}

/**
 * The hops of one target in the order in which they are assumed, at least one; with a source that gives the first
 * session, none is needed.
 */
export interface Target {
  readonly chain: readonly Hop[]
  /**
   * No container has it as its default credentials: the gate waits only until the chain has been walked once, whether
   * or not that gave a session, and until one target of the pod has one. One broken AWS account of ten does not stop
   * the pod; an outage of STS does.
   */
  readonly isOptional?: true
}

/** A target as a profile of a container, under the target's name. */
export interface Profile {
  /** Absent means what the container's own variables say. */
  readonly region?: string
  /**
   * The container has it as its default credentials too, by the endpoint's variables. At most one of a container.
   */
  readonly isDefault?: true
}

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** Form of a role's ARN, as a regular expression that JSON Schema reads too. */
export const ROLE_ARN_PATTERN = '^arn:aws[a-z-]*:iam::\\d{12}:role/[\\w+=,.@/-]*[\\w+=,.@-]$'

/** A partition of AWS: AWS accounts, roles and regions that share nothing with those of others. */
export interface Partition {
  /** As ARNs have it. */
  readonly name: string
  /** What its regions begin with. */
  readonly regionPrefix: string
  /** The one whose STS is asked where no other is named. */
  readonly defaultRegion: string
}

const COMMERCIAL: Partition = { name: 'aws', regionPrefix: '', defaultRegion: 'us-east-1' }

/** All partitions, as in botocore's `endpoints.json`. `aws` has all regions that no other has, so it is the last. */
export const PARTITIONS: readonly Partition[] = [
  { name: 'aws-cn', regionPrefix: 'cn-', defaultRegion: 'cn-north-1' },
  { name: 'aws-us-gov', regionPrefix: 'us-gov-', defaultRegion: 'us-gov-west-1' },
  { name: 'aws-iso', regionPrefix: 'us-iso-', defaultRegion: 'us-iso-east-1' },
  { name: 'aws-iso-b', regionPrefix: 'us-isob-', defaultRegion: 'us-isob-east-1' },
  { name: 'aws-iso-e', regionPrefix: 'eu-isoe-', defaultRegion: 'eu-isoe-west-1' },
  { name: 'aws-iso-f', regionPrefix: 'us-isof-', defaultRegion: 'us-isof-south-1' },
  { name: 'aws-eusc', regionPrefix: 'eusc-', defaultRegion: 'eusc-de-east-1' },
  COMMERCIAL,
]

/** The partition that a region is in. */
export function partitionOf(region: string): Partition {
  return PARTITIONS.find(({ regionPrefix }) => region.startsWith(regionPrefix)) ?? COMMERCIAL
}

/** The partition of an ARN; `aws` for one that nobody knows. */
export function partitionOfArn(arn: string): Partition {
  const name = arn.split(':', 2)[1]
  return PARTITIONS.find((partition) => partition.name === name) ?? COMMERCIAL
}

/** Everything the sidecar is told. Defaults are left out, so that the pod stays readable. */
export interface SidecarConfiguration {
  readonly targets: Readonly<Record<string, Target>>
  readonly port: number
  /**
   * One for all hops of a pod, for its whole life; may contain placeholders. Absent means {@link DEFAULT_SESSION_NAME}.
   */
  readonly sessionName?: string
  /**
   * Where the first session comes from. Absent: web identity, with the first hop of each chain. `pod-identity`: the
   * agent of EKS Pod Identity gives it, and every hop of the chains is `AssumeRole`.
   */
  readonly source?: 'pod-identity'
  /** Profiles by target, of each container that has several; in the order of its AWS config file. */
  readonly profiles?: Readonly<Record<string, Readonly<Record<string, Profile>>>>
  /** Absent means `info`. */
  readonly logLevel?: LogLevel
  /** Absent means no metrics port. */
  readonly metricsPort?: number
}

/**
 * Env variables of the sidecar beside {@link CONFIGURATION_VARIABLE}. Those of AWS and of proxies keep the names that
 * SDKs give them.
 */
export const SIDECAR_VARIABLES = {
  region: 'AWS_REGION',
  podName: 'POD_NAME',
  podNamespace: 'POD_NAMESPACE',
  podUid: 'POD_UID',
  nodeName: 'NODE_NAME',
  serviceAccount: 'SERVICE_ACCOUNT',
  stsEndpoint: 'AWS_ENDPOINT_URL_STS',
  /** URL of the agent, where the source is EKS Pod Identity. */
  podIdentityAgent: 'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  useFipsEndpoint: 'AWS_USE_FIPS_ENDPOINT',
  useDualstackEndpoint: 'AWS_USE_DUALSTACK_ENDPOINT',
  /** Set where the session tags of EKS Pod Identity are to be sent, which are then the sidecar's own. */
  clusterName: 'ROLECHAIN_CLUSTER_NAME',
  clusterArn: 'ROLECHAIN_CLUSTER_ARN',
  httpsProxy: 'HTTPS_PROXY',
  noProxy: 'NO_PROXY',
  /** PEM certificates that are trusted beside the public ones. */
  caBundle: 'ROLECHAIN_CA_BUNDLE',
  /** `true` allows an http STS endpoint; for tests only. */
  allowHttpSts: 'ROLECHAIN_ALLOW_HTTP_STS',
  /**
   * Put before every path of this file, so that the sidecar can run outside a container; for tests and the demo only.
   */
  rootFolder: 'ROLECHAIN_ROOT_FOLDER',
} as const

/**
 * What the sidecar mounts where the source is EKS Pod Identity, in place of {@link STS_TOKEN_FOLDER}: the path is EKS's
 * own.
 */
export const POD_IDENTITY_TOKEN_FILE =
  '/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token'

/** What a template may contain, with the env variable of the sidecar that fills it. */
export const PLACEHOLDERS = {
  '{namespace}': SIDECAR_VARIABLES.podNamespace,
  '{pod}': SIDECAR_VARIABLES.podName,
  '{serviceAccount}': SIDECAR_VARIABLES.serviceAccount,
  '{node}': SIDECAR_VARIABLES.nodeName,
} as const

/**
 * The text of {@link ROLES_VARIABLE}: a line a chain in the order of the targets, the role ARNs in it in order, with a
 * space between.
 */
export function serialiseRoles(targets: Readonly<Record<string, Target>>): string {
  return Object.values(targets)
    .map(({ chain }) => chain.map(({ roleArn }) => roleArn).join(' '))
    .join('\n')
}

/**
 * The text of {@link CONFIGURATION_VARIABLE}: compact JSON, defaults left out, keys in the order in which they were
 * made.
 */
export function serialiseSidecarConfiguration(configuration: SidecarConfiguration): string {
  const { targets, port, sessionName, source, profiles, logLevel, metricsPort } = configuration
  return JSON.stringify({
    targets,
    port,
    sessionName: sessionName === DEFAULT_SESSION_NAME ? undefined : sessionName,
    source,
    profiles,
    logLevel: logLevel === 'info' ? undefined : logLevel,
    metricsPort,
  })
}
