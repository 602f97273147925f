/**
 * What AWS's SDKs and tools read from the environment, and what that means for a container that is to have a target:
 * the settings reference of the SDKs, gone through variable by variable, and what older SDKs read on top. docs/sdks.md
 * shows it as a table. https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
 */
import { FULL_URI_VARIABLE, TOKEN_FILE_VARIABLE } from '../../vocabulary/names.ts'

/** `conflict`: the application would be somebody else. `warning`: it may be. `harmless`: it is who it is to be. */
export type Outcome = 'conflict' | 'warning' | 'harmless'

/** Variables of one outcome for one reason. */
export interface SdkSetting {
  /** One that ends in an underscore stands for all that begin with it. */
  readonly names: readonly string[]
  readonly outcome: Outcome
  /** Ends a sentence that begins with the variable's name. */
  readonly why: string
  /** `own`: ours to set, so any value but ours counts, an empty one too. `file`: /dev/null stands for no file. */
  readonly kind?: 'own' | 'file' | 'jvm'
}

/** Every variable that was judged, those that count first. */
export const SDK_SETTINGS: readonly SdkSetting[] = [
  {
    names: ['AWS_ACCESS_KEY_ID', 'AWS_ACCESS_KEY', 'AMAZON_ACCESS_KEY_ID'],
    outcome: 'conflict',
    why: 'is a key, and keys in env come first; the second and third are read by Go, Java v1, Ruby and JavaScript v2',
  },
  {
    names: ['AWS_PROFILE', 'AWS_DEFAULT_PROFILE'],
    outcome: 'conflict',
    why: 'names a profile, whose credentials come first; without that profile boto3, AWS CLI and Go v2 fail; in a container with several targets one of them is fine',
  },
  {
    names: ['AWS_SHARED_CREDENTIALS_FILE', 'AWS_CREDENTIAL_PROFILES_FILE', 'AWS_CREDENTIAL_FILE'],
    outcome: 'conflict',
    kind: 'file',
    why: 'names a file of keys, which come first; the second is read by Java v1, the third by boto3 and AWS CLI',
  },
  {
    names: ['AWS_CONFIG_FILE'],
    outcome: 'conflict',
    kind: 'file',
    why: 'names a file whose default profile comes first with what it has of keys, roles, SSO, login or a process; admission cannot read it; in a container with several targets it is what the webhook sets',
  },
  {
    names: ['AWS_WEB_IDENTITY_TOKEN_FILE'],
    outcome: 'conflict',
    why: 'means web identity, which comes first in every SDK but JavaScript v2',
  },
  {
    names: ['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'],
    outcome: 'conflict',
    why: 'names another endpoint, which most SDKs prefer',
  },
  {
    names: ['AWS_CONTAINER_AUTHORIZATION_TOKEN'],
    outcome: 'conflict',
    why: "is another endpoint's token, which Java, JavaScript v2 and older JavaScript v3 prefer to the file",
  },
  {
    names: [FULL_URI_VARIABLE, TOKEN_FILE_VARIABLE],
    outcome: 'conflict',
    kind: 'own',
    why: 'is what the webhook sets; with another value, an empty one too, the endpoint is not asked',
  },
  {
    names: ['JAVA_TOOL_OPTIONS', 'JDK_JAVA_OPTIONS', '_JAVA_OPTIONS', 'JAVA_OPTS'],
    outcome: 'conflict',
    kind: 'jvm',
    why: 'sets a system property of the SDKs for Java and Kotlin that stands for one of the above, such as `-Daws.profile=…`; other options are harmless',
  },
  {
    names: ['BOTO_CONFIG'],
    outcome: 'warning',
    kind: 'file',
    why: 'names a file whose section Credentials comes first in boto3 and AWS CLI',
  },
  {
    names: ['AWS_BEARER_TOKEN_'],
    outcome: 'warning',
    why: 'is a key of one service, such as Bedrock, whose calls are made with it and not as the target',
  },
  {
    names: ['AWS__Profile', 'AWS__PROFILE', 'AWS__ProfilesLocation', 'AWS__PROFILESLOCATION'],
    outcome: 'warning',
    why: 'names a profile for .NET applications that take the options of their SDK from their configuration',
  },
  {
    names: [
      'AWS_SECRET_ACCESS_KEY',
      'AWS_SECRET_KEY',
      'SECRET_ACCESS_KEY',
      'AMAZON_SECRET_ACCESS_KEY',
      'AWS_SESSION_TOKEN',
      'AWS_SECURITY_TOKEN',
      'AMAZON_SESSION_TOKEN',
      'AWS_CREDENTIAL_EXPIRATION',
      'AWS_CREDENTIAL_SCOPE',
      'AWS_ACCOUNT_ID',
    ],
    outcome: 'harmless',
    why: 'is read only beside an access key id, which is a conflict',
  },
  {
    names: ['AWS_ROLE_ARN', 'AWS_ROLE_SESSION_NAME'],
    outcome: 'harmless',
    why: "is read only beside a web identity token's file, which is a conflict",
  },
  {
    names: ['AWS_SDK_LOAD_CONFIG', 'AWS_SDK_CONFIG_OPT_OUT', 'AWS_LOGIN_CACHE_DIRECTORY'],
    outcome: 'harmless',
    why: 'says how files of profiles are used, which are conflicts themselves',
  },
  {
    names: ['AWS_CONTAINER_SERVICE_ENDPOINT'],
    outcome: 'harmless',
    why: 'is read only beside AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, which is a conflict',
  },
  {
    names: [
      'AWS_EC2_METADATA_DISABLED',
      'AWS_EC2_METADATA_V1_DISABLED',
      'AWS_EC2_METADATA_SERVICE_ENDPOINT',
      'AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE',
      'AWS_IMDS_USE_IPV6',
      'AWS_METADATA_SERVICE_TIMEOUT',
      'AWS_METADATA_SERVICE_NUM_ATTEMPTS',
    ],
    outcome: 'harmless',
    why: 'is about instance metadata, which comes after the endpoint and is switched off; to have it on gives the warning metadata_enabled',
  },
  {
    names: [
      'AWS_REGION',
      'AWS_DEFAULT_REGION',
      'AMAZON_REGION',
      'AWS_PARTITIONS_FILE',
      'AWS_ENDPOINT_URL',
      'AWS_ENDPOINT_URL_',
      'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS',
      'AWS_STS_REGIONAL_ENDPOINTS',
      'AWS_USE_FIPS_ENDPOINT',
      'AWS_USE_DUALSTACK_ENDPOINT',
      'AWS_ACCOUNT_ID_ENDPOINT_MODE',
      'AWS_ENDPOINT_DISCOVERY_ENABLED',
      'AWS_ENABLE_ENDPOINT_DISCOVERY',
      'AWS_DISABLE_HOST_PREFIX_INJECTION',
      'AWS_S3_US_EAST_1_REGIONAL_ENDPOINT',
      'AWS_S3_USE_ARN_REGION',
      'AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS',
    ],
    outcome: 'harmless',
    why: 'says where calls go, and not as whom',
  },
  {
    names: [
      'AWS_AUTH_SCHEME_PREFERENCE',
      'AWS_SIGV4A_SIGNING_REGION_SET',
      'AWS_S3_DISABLE_EXPRESS_SESSION_AUTH',
      'AWS_DISABLE_CLOCK_SKEW_CORRECTION',
    ],
    outcome: 'harmless',
    why: 'says how calls are signed, and not as whom',
  },
  {
    names: [
      'AWS_CA_BUNDLE',
      'AWS_MAX_ATTEMPTS',
      'AWS_RETRY_MODE',
      'AWS_DEFAULTS_MODE',
      'AWS_REQUEST_CHECKSUM_CALCULATION',
      'AWS_RESPONSE_CHECKSUM_VALIDATION',
      'AWS_DISABLE_REQUEST_COMPRESSION',
      'AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES',
      'AWS_SDK_UA_APP_ID',
      'AWS_EXECUTION_ENV',
      'AWS_LAMBDA_FUNCTION_NAME',
      'AWS_LAMBDA_MAX_CONCURRENCY',
      'AWS_LAMBDA_BENCHMARK_MODE',
      'AWS_SDK_JS_',
      'AWS_SDK_GO_',
      'AWS_NODEJS_CONNECTION_REUSE_ENABLED',
      'AWS_NEW_RETRIES_2026',
      'AWS_ENABLE_DEFAULT_SOCKET_TIMEOUT_2026',
      'AWS_RESTRICT_FILE_PERMISSIONS',
      'AWS_CBOR_DISABLE',
      'AWS_ION_BINARY_DISABLE',
      'BOTO_DISABLE_CRT',
      'BOTO_EXPERIMENTAL__',
      'AWS_DATA_PATH',
      'AWS_CSM_',
      'AWS_CLI_',
      'AWS_DEFAULT_OUTPUT',
      'AWS_PAGER',
    ],
    outcome: 'harmless',
    why: 'has nothing to do with credentials',
  },
]

const BY_NAME: ReadonlyMap<string, SdkSetting> = new Map(
  SDK_SETTINGS.flatMap((setting) => setting.names.map((name) => [name, setting] as const)),
)

/** What a variable means; undefined for one that no SDK reads. */
export function findSdkSetting(name: string): SdkSetting | undefined {
  return (
    BY_NAME.get(name) ?? (name.startsWith(BEARER_TOKEN) ? BY_NAME.get(BEARER_TOKEN) : undefined)
  )
}

/** Of the families of variables the one that counts. */
const BEARER_TOKEN = 'AWS_BEARER_TOKEN_'

/**
 * A system property in the options of a JVM that shadows the endpoint:
 * https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html#JVMSettings
 */
const SHADOWING_PROPERTY =
  /-Daws\.(?:accessKeyId|profile|sharedCredentialsFile|configFile|webIdentityTokenFile|containerCredentialsPath|containerCredentialsFullUri|containerAuthorizationToken(?:File)?)=[^\s"']/

/** Says whether the options of a JVM set a property that shadows the endpoint. */
export function setsShadowingProperty(options: string): boolean {
  return SHADOWING_PROPERTY.test(options)
}
