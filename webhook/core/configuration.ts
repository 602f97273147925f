/**
 * What the cluster's operator decides, as the value that all of `core/` takes its decisions by: the configuration file, the flags of
 * parity mode, and what is computed from them once.
 */
import type { Settings } from './configuration-file.ts'
import { chainAnnotationNames, type ChainKey } from './keys.ts'
import { toMatcher, type Matcher } from './names.ts'
import { tokenFilePath } from './token-file.ts'

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
}

/** What upstream's flags default to. */
export const PARITY_DEFAULTS: ParitySettings = {
  annotationPrefix: 'eks.amazonaws.com',
  tokenAudience: 'sts.amazonaws.com',
  tokenMountPath: '/var/run/secrets/eks.amazonaws.com/serviceaccount',
  tokenExpirationSeconds: 86_400,
  defaultRegion: '',
  useRegionalSts: false,
}

/** What `--chain-annotation-prefix` defaults to. */
export const CHAIN_ANNOTATION_PREFIX = 'rolechain.io'

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
  readonly kubernetesVersion: KubernetesVersion
  /** Version of this program. */
  readonly version: string
}

/** A named chain or a rule of the policy applies to whom? */
export interface UserMatcher {
  readonly matchesNamespace: Matcher
  readonly matchesServiceAccount: Matcher
}

/** All that decisions about a pod depend on beside the pod and its service account; made once per configuration. */
export interface Configuration extends ConfigurationSources {
  /** Value of the annotation `injected`: version and hash of the configuration. */
  readonly stamp: string
  /** Full names of the chain mode's annotations. */
  readonly annotationNames: Readonly<Record<ChainKey, string>>
  /** Path of the web identity token, by operating system. */
  readonly tokenFiles: { readonly linux: string; readonly windows: string }
  readonly isSkipped: Matcher
  readonly isMeshProxy: Matcher
  readonly isMeshInitContainer: Matcher
  readonly chainUsers: ReadonlyMap<string, UserMatcher>
  readonly policyRules: readonly (UserMatcher & { readonly matchesRoleArn: Matcher })[]
}

/** Precomputes what reviews need. `hash` gives a short lower-case hex digest of a text; the same text, the same digest. */
export function createConfiguration(
  sources: ConfigurationSources,
  hash: (text: string) => string,
): Configuration {
  const { settings, version } = sources
  return {
    ...sources,
    stamp: `${version}/${hash(JSON.stringify([settings, sources.parity, sources.chainAnnotationPrefix])).slice(0, 8)}`,
    annotationNames: chainAnnotationNames(sources.chainAnnotationPrefix),
    tokenFiles: {
      linux: tokenFilePath(sources.parity.tokenMountPath, false),
      windows: tokenFilePath(sources.parity.tokenMountPath, true),
    },
    isSkipped: toMatcher([
      ...settings.skipContainers,
      ...settings.meshProxies,
      ...settings.meshInitContainers,
    ]),
    isMeshProxy: toMatcher(settings.meshProxies),
    isMeshInitContainer: toMatcher(settings.meshInitContainers),
    chainUsers: new Map(
      Object.entries(settings.chains).map(([name, chain]) => [name, toUserMatcher(chain)]),
    ),
    policyRules: settings.policy.rules.map((rule) => ({
      ...toUserMatcher(rule),
      matchesRoleArn: toMatcher(rule.roleArns),
    })),
  }
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
