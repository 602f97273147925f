/**
 * What the cluster's operator decides, as the value that all of `core/` takes its decisions by: the configuration file,
 * the flags of parity mode, and what is computed from them once.
 */
import type { Hop } from '../../../sidecar/contract.ts'
import type { Settings } from './settings-schema.ts'
import {
  CHAIN_KEY_NAMES,
  PARITY_KEYS,
  STAMP_KEY,
  toFullNames,
  type ChainKey,
  type ParityKey,
  type SourceKind,
} from '../vocabulary/keys.ts'
import { toMatcher, type Matcher } from '../formats/name-patterns.ts'
import type { PodIdentities } from './pod-identities.ts'
import type { AwsAccount } from '../formats/role-arn.ts'
import { NO_ROLES, type RoleMapping } from './role-mapping.ts'
import { joinPath, toWindowsPath } from '../formats/paths.ts'
import { EKS_PREFIX, POD_IDENTITY, WEB_IDENTITY } from '../vocabulary/names.ts'

/**
 * What the container credentials method, EKS Pod Identity, adds to pods; from the flags `--container-credentials-…`.
 */
export interface ContainerCredentialsSettings {
  readonly audience: string
  readonly tokenMountPath: string
  readonly tokenVolumeName: string
  readonly tokenPath: string
  readonly fullUri: string
}

/** Settings of parity mode; they come from flags with upstream's names. */
export interface ParitySettings {
  /** `--annotation-prefix` */
  readonly annotationPrefix: string
  /** `--token-audience` */
  readonly tokenAudience: string
  /** `--token-mount-path` */
  readonly tokenMountPath: string
  /** `--token-expiration`, not below 600 */
  readonly tokenExpirationSeconds: number
  /** `--aws-default-region`; empty means none */
  readonly defaultRegion: string
  /** `--sts-regional-endpoint` */
  readonly useRegionalSts: boolean
  /** `--compose-role-arn`: the AWS account that a `role-arn` without `arn:` means; null leaves it as it is */
  readonly roleArnAccount: AwsAccount | null
  readonly containerCredentials: ContainerCredentialsSettings
}

/** What upstream's flags default to. */
export const PARITY_DEFAULTS: ParitySettings = {
  annotationPrefix: EKS_PREFIX,
  tokenAudience: WEB_IDENTITY.audience,
  tokenMountPath: WEB_IDENTITY.folder,
  tokenExpirationSeconds: 86_400,
  defaultRegion: '',
  useRegionalSts: false,
  roleArnAccount: null,
  containerCredentials: {
    audience: POD_IDENTITY.audience,
    tokenMountPath: POD_IDENTITY.folder,
    tokenVolumeName: POD_IDENTITY.volume,
    tokenPath: POD_IDENTITY.file,
    fullUri: POD_IDENTITY.url,
  },
}

/** Version of the API server, as `/version` says it. */
export interface KubernetesVersion {
  readonly major: number
  readonly minor: number
}

/** What {@link createConfiguration} is made from. */
export interface ConfigurationSources {
  readonly settings: Settings
  readonly parity: ParitySettings
  readonly chainAnnotationPrefix: string
  /** Null while the API server has not told it. */
  readonly kubernetesVersion: KubernetesVersion | null
  /** Version of this program. */
  readonly version: string
  /** What the ConfigMap says; nothing unless told. */
  readonly roleMapping?: RoleMapping
  /** Who the watched file lists; nobody unless told. */
  readonly podIdentities?: PodIdentities
}

/** Path of a token by operating system, as SDKs are told. */
export interface TokenFiles {
  readonly linux: string
  readonly windows: string
}

/** How annotations are called in this cluster. */
export interface AnnotationNames {
  readonly chainAnnotationPrefix: string
  /** Full names of the chain mode's annotations. */
  readonly annotationNames: Readonly<Record<ChainKey, string>>
  /** Of the annotation that holds the stamp. */
  readonly stampName: string
  /** Full names of the annotations of EKS's webhook. */
  readonly parityAnnotationNames: Readonly<Record<ParityKey, string>>
}

/** A named chain or a rule of the policy applies to whom? */
export interface UserMatcher {
  readonly matchesNamespace: Matcher
  readonly matchesServiceAccount: Matcher
}

/** Who may have which roles. */
export interface Policy {
  readonly namedChains: ReadonlyMap<
    string,
    UserMatcher & { readonly hops: readonly Hop[]; readonly source: SourceKind | null }
  >
  readonly policyRules: readonly (UserMatcher & { readonly matchesRoleArn: Matcher })[]
  /** Where no rule is about whoever asks. */
  readonly isAllowedByDefault: boolean
  /** Base roles are judged too. */
  readonly judgesBaseRoles: boolean
}

/** What parity mode gives, and to whom. */
export interface ParityConfiguration
  extends
    Pick<AnnotationNames, 'parityAnnotationNames'>,
    Required<Pick<ConfigurationSources, 'parity' | 'roleMapping' | 'podIdentities'>> {
  /** Of web identity. */
  readonly tokenFiles: TokenFiles
  /** Of EKS Pod Identity. */
  readonly podIdentityTokenFiles: TokenFiles
}

/** Containers that the configuration knows by their names. */
export interface KnownContainers {
  readonly isSkipped: Matcher
  readonly isMeshProxy: Matcher
  readonly isMeshInitContainer: Matcher
}

/**
 * All that decisions about a pod depend on beside the pod and its service account; made once per configuration. Each
 * reads a part of it.
 */
export interface Configuration
  extends
    AnnotationNames,
    Policy,
    ParityConfiguration,
    KnownContainers,
    Required<ConfigurationSources> {
  /** Value of the annotation `injected`: version and hash of the configuration. */
  readonly stamp: string
}

/**
 * Precomputes what reviews need. `hash` gives a short lower-case hex digest of a text; the same text, the same digest.
 */
export function createConfiguration(
  sources: ConfigurationSources,
  hash: (text: string) => string,
): Configuration {
  const { settings, version, parity } = sources
  const { containerCredentials } = parity
  return {
    roleMapping: NO_ROLES,
    podIdentities: new Set(),
    ...sources,
    stamp: `${version}/${hash(JSON.stringify([settings, parity, sources.chainAnnotationPrefix])).slice(0, 8)}`,
    annotationNames: toFullNames(CHAIN_KEY_NAMES, sources.chainAnnotationPrefix),
    stampName: `${sources.chainAnnotationPrefix}/${STAMP_KEY}`,
    parityAnnotationNames: toFullNames(PARITY_KEYS, parity.annotationPrefix),
    tokenFiles: toTokenFiles(parity.tokenMountPath, WEB_IDENTITY.file),
    podIdentityTokenFiles: toTokenFiles(
      containerCredentials.tokenMountPath,
      containerCredentials.tokenPath,
    ),
    isSkipped: toMatcher([
      ...settings.skipContainers,
      ...settings.meshProxies,
      ...settings.meshInitContainers,
    ]),
    isMeshProxy: toMatcher(settings.meshProxies),
    isMeshInitContainer: toMatcher(settings.meshInitContainers),
    namedChains: new Map(
      Object.entries(settings.chains).map(([name, { chain, source, ...users }]) => [
        name,
        { ...toUserMatcher(users), hops: chain, source },
      ]),
    ),
    policyRules: settings.policy.rules.map((rule) => ({
      ...toUserMatcher(rule),
      matchesRoleArn: toMatcher(rule.roleArns),
    })),
    isAllowedByDefault: settings.policy.default === 'allow',
    judgesBaseRoles: settings.policy.baseRoles,
  }
}

function toTokenFiles(mountPath: string, file: string): TokenFiles {
  const linux = joinPath(mountPath, file)
  return { linux, windows: toWindowsPath(linux) }
}

function toUserMatcher(users: {
  readonly namespaces: readonly string[]
  readonly serviceAccounts: readonly string[]
}): UserMatcher {
  return {
    matchesNamespace: toMatcher(users.namespaces),
    matchesServiceAccount: toMatcher(users.serviceAccounts),
  }
}
