/**
 * Every command-line flag: its default, how its text becomes a value, and a sentence. Names and defaults are those of the upstream
 * webhook, so that its Deployments start with only the image changed.
 */
import { CHAIN_ANNOTATION_PREFIX, PARITY_DEFAULTS } from './core/configuration.ts'
import { readGoBoolean } from './core/go-values.ts'
import { readCipherSuites, readDurationMs, readTlsVersion } from './flag-values.ts'

/** What a text of a flag can be refused with: what is wrong with it, and what would be right. */
export class FlagProblem extends Error {}

export interface Flag<Value> {
  readonly standard: Value
  /** Throws {@link FlagProblem}. */
  readonly parse: (text: string) => Value
  readonly does: string
  /** Whether the flag may stand alone, meaning `true`. */
  readonly isBoolean: boolean
}

const secondsAtLeast = 600

function flag<Value>(standard: Value, parse: (text: string) => Value, does: string): Flag<Value> {
  return { standard, parse, does, isBoolean: false }
}

function booleanFlag(standard: boolean, does: string): Flag<boolean> {
  return { standard, parse: toBoolean, does, isBoolean: true }
}

/** A flag of klog, or of a part that this version needs no setting for: any value is fine and has no effect. */
function ignored(isBoolean: boolean): Flag<null> {
  return { standard: null, parse: () => null, does: 'Accepted and without effect.', isBoolean }
}

/** Flags of upstream that switch on what this version does not do: refused, since ignoring one would take roles from pods. */
function off(isBoolean: boolean, instead: string): Flag<null> {
  const parse = (text: string) => {
    if (text === '' || (isBoolean && !toBoolean(text))) return null
    throw new FlagProblem(`is not possible in this version; ${instead}`)
  }
  return { standard: null, parse, does: 'Not in this version.', isBoolean }
}

const text = (value: string) => value

export const FLAGS = {
  port: flag(443, toPort, 'Port of /mutate, /validate, /healthz and /readyz, over TLS.'),
  'metrics-port': flag(9999, toPort, 'Port of /metrics, /healthz and /readyz, without TLS.'),
  config: flag('', text, 'Path of the configuration file (YAML); reloaded when it changes.'),
  kubeconfig: flag(
    '',
    text,
    'Path of a kubeconfig; without it, the access that the cluster gives to pods.',
  ),
  'kube-api': flag('', toUrl, 'URL of the API server, instead of the one in the kubeconfig.'),
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
    'pod-credentials-rolechain',
    toName,
    'Name of the webhook configurations whose caBundle is kept right, all of whose webhooks are this one.',
  ),
  'tls-cipher-suites': flag('', toCiphers, 'Cipher suites by their Go names, separated by commas.'),
  'tls-min-version': flag(
    'TLSv1.2' as const,
    toTlsVersion,
    'Lowest TLS version: 1.0 to 1.3, or VersionTLS12.',
  ),
  'annotation-prefix': flag(
    PARITY_DEFAULTS.annotationPrefix,
    toPrefix,
    'Prefix of the annotations of parity mode.',
  ),
  'chain-annotation-prefix': flag(
    CHAIN_ANNOTATION_PREFIX,
    toPrefix,
    'Prefix of the annotations of chain mode.',
  ),
  'token-audience': flag(PARITY_DEFAULTS.tokenAudience, text, 'Audience of web identity tokens.'),
  'token-mount-path': flag(
    PARITY_DEFAULTS.tokenMountPath,
    toPath,
    'Where containers find the token.',
  ),
  'token-expiration': flag(
    PARITY_DEFAULTS.tokenExpirationSeconds,
    toTokenSeconds,
    `Life of the token in seconds, at least ${secondsAtLeast}.`,
  ),
  'aws-default-region': flag('', text, 'Region for containers without one.'),
  'sts-regional-endpoint': booleanFlag(false, 'Whether SDKs use the regional endpoint of STS.'),
  'service-account-lookup-grace-period': flag(
    1000,
    toDurationMs,
    'How long a pod waits for a service account that is not known yet.',
  ),
  version: booleanFlag(false, 'Prints the version and ends.'),
  help: booleanFlag(false, 'Prints all flags and ends.'),
  v: flag(0, toInteger, 'Log level as in klog: from 4 on, more is logged.'),
  'compose-role-arn': off(true, 'write whole ARNs into role-arn annotations'),
  'watch-config-map': off(true, 'annotate the service accounts'),
  'watch-container-credentials-config': off(false, 'annotate the service accounts with role-arn'),
  'container-credentials-audience': ignored(false),
  'container-credentials-token-mount-path': ignored(false),
  'container-credentials-token-volume-name': ignored(false),
  'container-credentials-token-path': ignored(false),
  'container-credentials-full-uri': ignored(false),
  'resync-period': ignored(false),
  'enable-debugging-handlers': ignored(true),
  add_dir_header: ignored(true),
  alsologtostderr: ignored(true),
  log_backtrace_at: ignored(false),
  log_dir: ignored(false),
  log_file: ignored(false),
  log_file_max_size: ignored(false),
  logtostderr: ignored(true),
  one_output: ignored(true),
  skip_headers: ignored(true),
  skip_log_headers: ignored(true),
  stderrthreshold: ignored(false),
  vmodule: ignored(false),
} satisfies Readonly<Record<string, Flag<unknown>>>

export type FlagName = keyof typeof FLAGS

export type FlagValues = { readonly [Name in FlagName]: ReturnType<(typeof FLAGS)[Name]['parse']> }

function toBoolean(value: string): boolean {
  const read = readGoBoolean(value)
  if (read === undefined) throw new FlagProblem('is not a boolean; use true or false')
  return read
}

function toInteger(value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new FlagProblem('is not a whole number')
  return Number(value)
}

function toPort(value: string): number {
  const port = /^\d{1,5}$/.test(value) ? Number(value) : NaN
  // 0 lets the system choose, as it does upstream.
  if (!(port <= 65_535)) throw new FlagProblem('is not a port; use a number from 1 to 65535')
  return port
}

function toPath(value: string): string {
  if (value === '') throw new FlagProblem('is empty; give a path')
  return value
}

function toUrl(value: string): string {
  if (value === '' || /^https?:\/\/[^/\s]+/.test(value)) return value
  throw new FlagProblem('is not a URL; use one such as https://10.0.0.1:6443')
}

function toName(value: string): string {
  if (/^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/.test(value)) return value
  throw new FlagProblem('is not the name of an object; use small letters, digits, hyphens and dots')
}

function toPrefix(value: string): string {
  if (/^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/.test(value)) return value
  throw new FlagProblem(
    'is not the prefix of an annotation; use a DNS name such as eks.amazonaws.com',
  )
}

function toTokenSeconds(value: string): number {
  return Math.max(toInteger(value), secondsAtLeast)
}

function toDurationMs(value: string): number {
  const milliseconds = readDurationMs(value)
  if (milliseconds !== undefined) return milliseconds
  throw new FlagProblem('is not a duration; use one such as 1s, 500ms or 0')
}

function toTlsVersion(value: string): ReturnType<typeof readTlsVersion> & string {
  const version = readTlsVersion(value)
  if (version !== undefined) return version
  throw new FlagProblem('is not a TLS version; use 1.2 or 1.3')
}

function toCiphers(value: string): string {
  if (value === '') return ''
  const { ciphers, unknown } = readCipherSuites(value.split(',').map((name) => name.trim()))
  if (unknown.length === 0) return ciphers
  throw new FlagProblem(
    `names cipher suites that are unknown (${unknown.join(', ')}); ` +
      'use Go names such as TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
  )
}
