/**
 * Public names, each in one place: volumes, labels, variables and folders that stand in pods, ours and those of others
 * that we write or look for. Annotations are in `keys.ts`; what the sidecar has to know too is in its `contract.ts`.
 */
import {
  configFile,
  credentialsPath,
  endpointTokenFolder,
  TOKEN_FILE,
} from '../../../sidecar/contract.ts'

/**
 * Prefix of our annotations and of the labels that we read, unless a flag names another; and of our tokens' audiences,
 * always.
 */
export const CHAIN_PREFIX = 'rolechain.io'

/** Prefix of the annotations of EKS's webhook, unless a flag names another. */
export const EKS_PREFIX = 'eks.amazonaws.com'

/** The label that keeps EKS's own webhook away from a pod. */
export const SKIP_LABEL = 'eks.amazonaws.com/skip-pod-identity-webhook'

/** The label that EKS's webhook, and ours in its place, puts on pods with EKS Pod Identity. */
export const POD_IDENTITY_LABEL = ['eks.amazonaws.com/pod-identity', 'enabled'] as const

/**
 * Where reviews are sent to.
 *
 *   /mutate         | pods
 *   /mutate/enforce | pods of namespaces in which none may run without being judged
 *   /validate       | workloads, whose authors are only warned
 *   /verify         | pods with our volumes, when all webhooks have been over them
 */
export const REVIEW_PATHS = ['/mutate', '/mutate/enforce', '/validate', '/verify'] as const

/** One of {@link REVIEW_PATHS}. */
export type ReviewPath = (typeof REVIEW_PATHS)[number]

/** On pods that run on Fargate, as a label or an annotation. */
export const FARGATE_KEY = 'eks.amazonaws.com/fargate-profile'

/** Every node has them, with its operating system as the value. */
export const SYSTEM_LABELS = ['kubernetes.io/os', 'beta.kubernetes.io/os'] as const

/** Only nodes with Windows have it; its value is a build, such as 10.0.20348. */
export const WINDOWS_BUILD_LABEL = 'node.kubernetes.io/windows-build'

/** Where Kubernetes mounts the token and the certificate authority of its own API. */
export const API_TOKEN_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount'

/** What EKS's webhook mounts, with which names, for each of its two methods. */
export const WEB_IDENTITY = {
  audience: 'sts.amazonaws.com',
  volume: 'aws-iam-token',
  folder: '/var/run/secrets/eks.amazonaws.com/serviceaccount',
  file: 'token',
} as const

/** The same for EKS Pod Identity, with the URL of its agent. */
export const POD_IDENTITY = {
  audience: 'pods.eks.amazonaws.com',
  volume: 'eks-pod-identity-token',
  folder: '/var/run/secrets/pods.eks.amazonaws.com/serviceaccount',
  file: 'eks-pod-identity-token',
  url: 'http://169.254.170.23/v1/credentials',
} as const

/** Variables by which SDKs find web identity. */
export const ROLE_VARIABLE = 'AWS_ROLE_ARN'
export const WEB_IDENTITY_FILE_VARIABLE = 'AWS_WEB_IDENTITY_TOKEN_FILE'

/** Variables by which SDKs find an endpoint of container credentials, ours or that of EKS Pod Identity. */
export const FULL_URI_VARIABLE = 'AWS_CONTAINER_CREDENTIALS_FULL_URI'
export const TOKEN_FILE_VARIABLE = 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'

/** Chooses between the regional endpoints of STS and the global one. */
export const REGIONAL_STS_VARIABLE = 'AWS_STS_REGIONAL_ENDPOINTS'

/** The region's two variables: SDKs read one of them or the other. In the order in which EKS's webhook adds them. */
export const REGION_VARIABLES = ['AWS_DEFAULT_REGION', 'AWS_REGION'] as const

/** Keeps SDKs away from the role of the node. */
export const METADATA_VARIABLE = 'AWS_EC2_METADATA_DISABLED'

/** The file in which SDKs look for profiles. */
export const CONFIG_FILE_VARIABLE = 'AWS_CONFIG_FILE'

/** The same for the first SDK for Java, which reads no profile of another file. */
export const JAVA_CONFIG_FILE_VARIABLE = 'AWS_CREDENTIAL_PROFILES_FILE'

/** Has the first SDK for Go and the second for JavaScript look into it. */
export const LOAD_CONFIG_VARIABLE = 'AWS_SDK_LOAD_CONFIG'

/** The profile of code that names none. SDKs read the first; the second is read by boto3 and AWS CLI. */
export const PROFILE_VARIABLES = ['AWS_PROFILE', 'AWS_DEFAULT_PROFILE'] as const

/** The volume of the STS token. Only the sidecar mounts it. */
export const STS_TOKEN_VOLUME = 'rolechain-sts-token'

/** In its place where the source is EKS Pod Identity. Only the sidecar mounts it. */
export const POD_IDENTITY_TOKEN_VOLUME = 'rolechain-pod-identity-token'

/** The volume of what a restarted sidecar finds again. Only the sidecar mounts it. */
export const STATE_VOLUME = 'rolechain-state'

/** The volume of the helper and the AWS config files. Containers whose targets are profiles mount it read-only. */
export const PROFILES_VOLUME = 'rolechain-profiles'

const ENDPOINT_TOKEN_VOLUME_PREFIX = 'rolechain-token-'

/** The volume of a target's endpoint token. */
export function endpointTokenVolume(target: string): string {
  return `${ENDPOINT_TOKEN_VOLUME_PREFIX}${target}`
}

/** The target whose endpoint token a volume of this name holds; null for any other volume. */
export function targetOfVolume(volume: string): string | null {
  return volume.startsWith(ENDPOINT_TOKEN_VOLUME_PREFIX)
    ? volume.slice(ENDPOINT_TOKEN_VOLUME_PREFIX.length)
    : null
}

/** Says whether a volume's name belongs to us. */
export function isReservedVolume(name: string): boolean {
  return (
    name === STS_TOKEN_VOLUME ||
    name === POD_IDENTITY_TOKEN_VOLUME ||
    name === STATE_VOLUME ||
    name === PROFILES_VOLUME ||
    targetOfVolume(name) !== null
  )
}

const TARGET = '[-a-z0-9]+'
const OUR_URI = ofText(`http://127.0.0.1:\\d+${credentialsPath(TARGET)}`)
const OUR_TOKEN_FILE = ofText(`${endpointTokenFolder(TARGET)}/${TOKEN_FILE}`)

/** A dot stands for itself. */
function ofText(pattern: string): RegExp {
  return new RegExp(`^${pattern.replaceAll('.', String.raw`\.`)}$`)
}

/** Says whether a variable has a value that only we write, whatever the target, port and container. */
export function isOurs(variable: {
  readonly name: string
  readonly value: string | null
}): boolean {
  const { name, value } = variable
  if (value === null) return false
  if (name === FULL_URI_VARIABLE) return OUR_URI.test(value)
  if (name === TOKEN_FILE_VARIABLE) return OUR_TOKEN_FILE.test(value)
  return CONFIG_FILE_VARIABLES.includes(name) && isOurConfigFile(value)
}

const [CONFIG_FILE_START = '', CONFIG_FILE_END = ''] = configFile('*').split('*')

const CONFIG_FILE_VARIABLES: readonly string[] = [CONFIG_FILE_VARIABLE, JAVA_CONFIG_FILE_VARIABLE]

/** Of any container. */
function isOurConfigFile(path: string): boolean {
  return path.startsWith(CONFIG_FILE_START) && path.endsWith(CONFIG_FILE_END)
}
