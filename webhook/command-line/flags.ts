/**
 * Every command-line flag: its default, how its text becomes a value, and a sentence. Names and defaults are those of
 * the upstream webhook, so that its Deployments start with only the image changed; flags that upstream does not have
 * say so.
 */
import { PARITY_DEFAULTS } from '../core/configuration/configuration.ts'
import {
  MINIMUM_TOKEN_SECONDS,
  toAwsAccountId,
  toBoolean,
  toCiphers,
  toDurationMs,
  toInteger,
  toName,
  toPartition,
  toPath,
  toPort,
  toPrefix,
  toRelativePath,
  toServer,
  toText,
  toTlsVersion,
  toTokenSeconds,
  toUrl,
  toVolumeName,
} from './flag-parsers.ts'
import { CHAIN_PREFIX } from '../core/vocabulary/names.ts'

export interface Flag<Value> {
  /** The default, as one would write it; null where the flag has no effect. */
  readonly standard: string | null
  /** Throws a `FlagProblem`. */
  readonly parse: (text: string) => Value
  readonly does: string
  /** Whether the flag may stand alone, meaning `true`. */
  readonly isBoolean: boolean
}

function flag<Value>(
  standard: string | number,
  parse: (text: string) => Value,
  does: string,
): Flag<Value> {
  return { standard: String(standard), parse, does, isBoolean: false }
}

function booleanFlag(standard: boolean, does: string): Flag<boolean> {
  return { standard: String(standard), parse: toBoolean, does, isBoolean: true }
}

/** A flag of klog, or of a part that needs no setting here: it has no effect. */
function ignored(parse: (text: string) => unknown, why: string): Flag<null> {
  return {
    standard: null,
    parse: (text) => {
      parse(text)
      return null
    },
    does: `Accepted and without effect: ${why}.`,
    isBoolean: parse === toBoolean,
  }
}

const { containerCredentials } = PARITY_DEFAULTS

const ofKlog = 'the log is JSON lines on standard output'

export const FLAGS = {
  port: flag(443, toPort, 'Port of /mutate, /healthz and /readyz, over TLS.'),
  'metrics-port': flag(9999, toPort, 'Port of /metrics, /healthz and /readyz, without TLS.'),
  config: flag('', toText, 'Path of the configuration file (YAML); reloaded when it changes.'),
  kubeconfig: flag(
    '',
    toText,
    'Path of a kubeconfig; without it, the access that the cluster gives to pods.',
  ),
  'kube-api': flag('', toServer, 'URL of the API server, instead of the one in the kubeconfig.'),
  'in-cluster': booleanFlag(
    true,
    'Whether the webhook makes its certificate itself; otherwise it is in files.',
  ),
  'tls-cert': flag(
    '/etc/webhook/certs/tls.crt',
    toPath,
    'Serving certificate; reloaded when it changes.',
  ),
  'tls-key': flag('/etc/webhook/certs/tls.key', toPath, 'Its key; reloaded with it.'),
  'client-ca': flag(
    '',
    toText,
    'PEM file of the authority whose clients may send reviews. Without it, everybody who reaches the port may. Reloaded when it changes.',
  ),
  'service-name': flag(
    'pod-identity-webhook',
    toName,
    'Service of the webhook: what its own certificate is for.',
  ),
  namespace: flag('eks', toName, 'Namespace of that Service, and of the Secret.'),
  'tls-secret': flag(
    'pod-identity-webhook',
    toName,
    'Secret in which the replicas share certificates of their own.',
  ),
  'webhook-configuration': flag(
    'pod-identity-webhook',
    toName,
    'Name of the webhook configurations in which the caBundle of webhooks that call the Service is kept right.',
  ),
  'tls-cipher-suites': flag(
    '',
    toCiphers,
    "Cipher suites by their Go names, separated by commas; without it, Node's.",
  ),
  'tls-min-version': flag('1.2', toTlsVersion, 'Lowest TLS version: 1.0 to 1.3, or VersionTLS12.'),
  'annotation-prefix': flag(
    PARITY_DEFAULTS.annotationPrefix,
    toPrefix,
    'Prefix of the annotations of parity mode.',
  ),
  'chain-annotation-prefix': flag(
    CHAIN_PREFIX,
    toPrefix,
    'Prefix of the annotations of chain mode.',
  ),
  'token-audience': flag(PARITY_DEFAULTS.tokenAudience, toText, 'Audience of web identity tokens.'),
  'token-mount-path': flag(
    PARITY_DEFAULTS.tokenMountPath,
    toPath,
    'Where containers find the token.',
  ),
  'token-expiration': flag(
    PARITY_DEFAULTS.tokenExpirationSeconds,
    toTokenSeconds,
    `Life of the token in seconds; what is below ${MINIMUM_TOKEN_SECONDS} becomes ${MINIMUM_TOKEN_SECONDS}.`,
  ),
  'aws-default-region': flag('', toText, 'Region for containers without one.'),
  'sts-regional-endpoint': booleanFlag(false, 'Whether SDKs use the regional endpoint of STS.'),
  'service-account-lookup-grace-period': flag(
    '1s',
    toDurationMs,
    'How long a pod waits for a service account that is not known yet; 0 means not at all.',
  ),
  version: booleanFlag(false, 'Prints the version and ends.'),
  help: booleanFlag(false, 'Prints all flags and ends.'),
  v: flag(0, toInteger, 'Log level as in klog: from 4 on, more is logged.'),
  'compose-role-arn': booleanFlag(
    false,
    'Whether a role-arn without `arn:` is the name or path of a role in the AWS account of the cluster, which instance metadata tells.',
  ),
  'aws-account-id': flag(
    '',
    toAwsAccountId,
    'The AWS account of --compose-role-arn, for places without instance metadata.',
  ),
  'aws-partition': flag(
    '',
    toPartition,
    'Its partition; without it, the one of --aws-default-region, or aws.',
  ),
  'watch-config-map': booleanFlag(
    false,
    'Whether the ConfigMap pod-identity-webhook in --namespace gives roles to service accounts.',
  ),
  'watch-container-credentials-config': flag(
    '',
    toText,
    'Path of the file with the service accounts that get EKS Pod Identity; reloaded when it changes.',
  ),
  'container-credentials-audience': flag(
    containerCredentials.audience,
    toText,
    'Audience of their tokens.',
  ),
  'container-credentials-token-mount-path': flag(
    containerCredentials.tokenMountPath,
    toPath,
    'Where their containers find the token.',
  ),
  'container-credentials-token-volume-name': flag(
    containerCredentials.tokenVolumeName,
    toVolumeName,
    'Name of the volume of the token.',
  ),
  'container-credentials-token-path': flag(
    containerCredentials.tokenPath,
    toRelativePath,
    'Path of the token in the volume.',
  ),
  'container-credentials-full-uri': flag(
    containerCredentials.fullUri,
    toUrl,
    'Where SDKs show the token and get credentials.',
  ),
  'resync-period': ignored(toDurationMs, 'the watch misses nothing, so nothing is read again'),
  'enable-debugging-handlers': booleanFlag(
    false,
    'Whether the metrics port tells at /debug/alpha/cache what is known of each service account.',
  ),
  add_dir_header: ignored(toBoolean, ofKlog),
  alsologtostderr: ignored(toBoolean, ofKlog),
  alsologtostderrthreshold: ignored(toText, ofKlog),
  legacy_stderr_threshold_behavior: ignored(toBoolean, ofKlog),
  log_backtrace_at: ignored(toText, ofKlog),
  log_dir: ignored(toText, ofKlog),
  log_file: ignored(toText, ofKlog),
  log_file_max_size: ignored(toText, ofKlog),
  logtostderr: ignored(toBoolean, ofKlog),
  one_output: ignored(toBoolean, ofKlog),
  skip_headers: ignored(toBoolean, ofKlog),
  skip_log_headers: ignored(toBoolean, ofKlog),
  stderrthreshold: ignored(toText, ofKlog),
  vmodule: ignored(toText, ofKlog),
} satisfies Readonly<Record<string, Flag<unknown>>>

export type FlagName = keyof typeof FLAGS

export type FlagValues = { readonly [Name in FlagName]: ReturnType<(typeof FLAGS)[Name]['parse']> }
