/** Generators of what surrounds a pod: flags, service accounts, mapping and identities. */
import * as fc from 'fast-check'
import { FLAG_DEFAULTS } from './world.ts'
import type { FlagSettings, Identity, MappingEntry, ServiceAccount, World } from './world.ts'

export const NAMESPACES = ['team-a', 'team-b', 'kube-system'] as const
export const NAMES = ['reader', 'writer', 'default', 'reader-2', 'gone'] as const

/** Texts for `token-expiration`, not all of them numbers to Go. */
export const expirations = fc.oneof(
  fc.constantFrom('86400', '3600', '600', '599', '0', '-1', '+3600', '03600', '86400 ', '1_000'),
  fc.constantFrom('', '3600s', '1e3', '0x100', '９００', '9007199254740993', '9223372036854775807'),
  fc.constantFrom('9223372036854775808', '-9223372036854775809', '4294967297', '3600.0', '+-1'),
)

/** Texts for booleans, not all of them to Go. */
const booleans = fc.constantFrom(
  '1',
  't',
  'T',
  'TRUE',
  'true',
  'True',
  '0',
  'f',
  'F',
  'FALSE',
  'false',
  'False',
  '',
  'yes',
  'tRUE',
  ' true',
  'regional',
  '2',
)

const roles = fc.constantFrom(
  'arn:aws:iam::111111111111:role/reader',
  'arn:aws-cn:iam::111111111111:role/path/to/writer',
  'arn:aws-us-gov:iam::111111111111:role/a+b=c,d.e@f-g_h',
  'arn:aws:iam::11:role/short',
  'arn:aws:iam::111111111111:user/somebody',
  'reader',
  'path/to/reader',
  'has arn: inside',
  '',
)

const audiences = fc.constantFrom('sts.amazonaws.com', 'sts.amazonaws.com.cn', 'urn:x', '')

export const flagSettings: fc.Arbitrary<FlagSettings> = fc.record({
  annotationPrefix: fc.constantFrom(FLAG_DEFAULTS.annotationPrefix, 'iam.example.org'),
  tokenAudience: audiences,
  tokenMountPath: fc.constantFrom(
    FLAG_DEFAULTS.tokenMountPath,
    '/var/run//secrets/./aws/',
    '/aws',
    '/a/../b',
    'relative/path',
    '/',
  ),
  tokenExpiration: fc.constantFrom(86_400n, 3600n, 600n, 599n, 0n, 100_000n, 86_399n),
  awsDefaultRegion: fc.constantFrom('', 'eu-west-1', 'cn-north-1'),
  stsRegionalEndpoint: fc.boolean(),
  containerCredentials: fc.oneof(
    fc.constant(FLAG_DEFAULTS.containerCredentials),
    fc.record({
      audience: audiences,
      tokenMountPath: fc.constantFrom('/pods', '/pods//./x/'),
      tokenVolumeName: fc.constantFrom('pod-token', 'aws-iam-token'),
      tokenPath: fc.constantFrom('token', 'a/b'),
      fullUri: fc.constantFrom('http://[fd00:ec2::23]/v1/credentials', 'http://127.0.0.1/x'),
    }),
  ),
  composed: fc.option(
    fc.record({
      partition: fc.constantFrom('aws', 'aws-cn'),
      awsAccountId: fc.constant('222222222222'),
    }),
    { nil: undefined },
  ),
})

function annotations(prefix: string): fc.Arbitrary<Record<string, string>> {
  const keys = {
    'role-arn': roles,
    audience: audiences,
    'sts-regional-endpoints': booleans,
    'token-expiration': expirations,
    // Means nothing on a service account.
    'skip-containers': fc.constantFrom('app', 'app,tool'),
  }
  // Most have a role: the others are soon told.
  const named = (base: string) =>
    fc.oneof(
      { weight: 4, arbitrary: withPrefix(base, { requiredKeys: [`${base}/role-arn`] }) },
      { weight: 1, arbitrary: withPrefix(base, { requiredKeys: [] }) },
    )
  const withPrefix = (base: string, keysOf: { requiredKeys: string[] }) =>
    fc.record(
      Object.fromEntries(Object.entries(keys).map(([key, texts]) => [`${base}/${key}`, texts])),
      keysOf,
    )
  // Those of another prefix mean nothing.
  return fc
    .tuple(named(prefix), fc.oneof(fc.constant({}), named('other.example.org')))
    .map(([own, other]) => ({ ...own, ...other }))
}

const names = fc.record({
  namespace: fc.constantFrom(...NAMESPACES),
  name: fc.constantFrom(...NAMES.filter((name) => name !== 'gone')),
})

function serviceAccounts(prefix: string): fc.Arbitrary<readonly ServiceAccount[]> {
  const one = fc.tuple(names, annotations(prefix)).map(([named, texts]) => ({
    ...named,
    annotations: texts,
  }))
  return fc.uniqueArray(one, { selector: toKey, minLength: 8, maxLength: 12 })
}

function toKey({ namespace, name }: ServiceAccount): string {
  return `${namespace}/${name}`
}

const entry: fc.Arbitrary<MappingEntry> = fc.record(
  {
    RoleARN: roles,
    Audience: audiences,
    UseRegionalSTS: fc.boolean(),
    TokenExpiration: fc.constantFrom(0, 1, 599, 3600, 86_400, 4_294_967_296),
  },
  { requiredKeys: [] },
)

const mapping = fc.option(
  fc.dictionary(
    fc
      .tuple(fc.constantFrom(...NAMESPACES, '*'), fc.constantFrom(...NAMES))
      .map(([namespace, name]) => `${namespace}/${name}`),
    entry,
    { maxKeys: 8 },
  ),
  { nil: undefined },
)

const identities: fc.Arbitrary<readonly Identity[] | undefined> = fc.option(
  fc.array(
    fc.record({
      namespace: fc.constantFrom(...NAMESPACES),
      serviceAccount: fc.constantFrom(...NAMES),
    }),
    { maxLength: 8 },
  ),
  { nil: undefined },
)

export const worlds: fc.Arbitrary<World> = flagSettings.chain((flags) =>
  fc.record({
    flags: fc.constant(flags),
    serviceAccounts: serviceAccounts(flags.annotationPrefix),
    mapping,
    identities,
  }),
)
