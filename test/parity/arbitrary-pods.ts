/** Generators of pods of every odd shape that an API server lets through to admission. */
import * as fc from 'fast-check'
import { lists, present, withUnknowns } from './arbitrary-shapes.ts'
import { expirations, NAMES } from './arbitrary-worlds.ts'
import type { Container, Pod, Variable, Volume } from './pod.ts'
import type { World } from './world.ts'

/** In every container and volume of a generated pod: text that no patch has a reason to repeat. */
export const UNTOUCHED = 'left-as-it-is'

const variableNames = fc.constantFrom(
  'AWS_ROLE_ARN',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  'AWS_STS_REGIONAL_ENDPOINTS',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'A',
  'aws_region',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
  'AWS_PROFILE',
  'PATH',
  'AWS_ACCESS_KEY_ID',
)

const sources = fc.constantFrom(
  { fieldRef: { fieldPath: 'metadata.name' } },
  { secretKeyRef: { name: 's', key: 'k', optional: true } },
  { configMapKeyRef: { name: 'c', key: 'k' } },
  { resourceFieldRef: { resource: 'limits.cpu' } },
  { fileKeyRef: { volumeName: 'v', path: 'p', key: 'k' } },
)

const variable: fc.Arbitrary<Variable> = withUnknowns(
  fc.oneof(
    fc.record({ name: variableNames }),
    fc.record({ name: variableNames, value: fc.constantFrom('', 'x', '$(A)', 'eu-central-1') }),
    fc.record({ name: variableNames, valueFrom: sources }),
  ),
)

function volumeNames({ flags }: World): fc.Arbitrary<string> {
  const { tokenVolumeName } = flags.containerCredentials
  return fc.constantFrom(
    'aws-iam-token',
    'eks-pod-identity-token',
    tokenVolumeName,
    'data',
    'aws-token',
    'cache',
  )
}

function containers(world: World): fc.Arbitrary<Container> {
  const { tokenMountPath } = world.flags
  const mount = withUnknowns(
    fc.record(
      {
        name: volumeNames(world),
        mountPath: fc.constantFrom('/data', tokenMountPath, '/elsewhere'),
        readOnly: fc.boolean(),
        subPath: fc.constant('a/b'),
        mountPropagation: fc.constant('None'),
      },
      { requiredKeys: ['name', 'mountPath'] },
    ),
  )
  const known = fc.record(
    {
      name: fc.constantFrom('app', 'tool', 'istio-proxy', 'a-b', 'x', 'aws'),
      image: fc.constant(UNTOUCHED),
      env: lists(variable, 6),
      volumeMounts: lists(mount, 3),
      envFrom: fc.constant([{ configMapRef: { name: 'all' } }]),
      securityContext: fc.constantFrom({ privileged: true }, { runAsUser: 0 }),
      restartPolicy: fc.constant('Always'),
      resources: fc.constant({ limits: { cpu: '1', 'example.org/gpu': '2' } }),
    },
    { requiredKeys: ['name', 'image'] },
  )
  return withUnknowns(known.map(present)) as fc.Arbitrary<Container>
}

function volumes(world: World): fc.Arbitrary<Volume> {
  const source = fc.constantFrom<object>(
    { emptyDir: {} },
    { secret: { secretName: UNTOUCHED } },
    { projected: { sources: [{ serviceAccountToken: { path: 'token' } }], defaultMode: 420 } },
    { csi: { driver: 'example.org', volumeAttributes: { a: UNTOUCHED } } },
    { sourceOfTomorrow: { x: 1 } },
  )
  return withUnknowns(
    fc.tuple(volumeNames(world), source).map(([name, rest]) => ({ name, ...rest })),
  )
}

const skipLists = fc.oneof(
  fc.constantFrom('app', 'app,tool', ' app', 'app, tool', '"app"', '"app","tool"', '', '\n', ','),
  fc.constantFrom('app\ntool', '\n\ntool\napp', 'a"b,app', '"app', '"app"x,tool', 'app\r\ntool'),
  fc.constantFrom('app\r', '"a\nb",app', '"a""b",tool', '""', 'x,,app', '"app"\ntool', '\r\napp'),
  fc.constantFrom('app,"tool\n', '\r', 'app,\r', '"app",', 'istio-proxy', '*', 'app;tool', '"'),
  fc.string({ unit: fc.constantFrom('app', 'tool', ',', '"', '\n', '\r', ' '), maxLength: 8 }),
)

function annotations({ flags }: World): fc.Arbitrary<Record<string, string> | null | undefined> {
  const own = flags.annotationPrefix
  const texts = fc.record(
    {
      [`${own}/token-expiration`]: expirations,
      [`${own}/skip-containers`]: skipLists,
      // These mean something elsewhere, or nothing at all.
      [`${own}/role-arn`]: fc.constant('arn:aws:iam::999999999999:role/not-from-a-pod'),
      [`${own}/audience`]: fc.constant('not-from-a-pod'),
      [`${own}/sts-regional-endpoints`]: fc.constantFrom('true', 'false'),
      'other.example.org/token-expiration': expirations,
      'other.example.org/skip-containers': skipLists,
      'a/b': fc.string(),
    },
    { requiredKeys: [] },
  )
  return fc.oneof(
    { weight: 4, arbitrary: texts },
    { weight: 1, arbitrary: fc.constantFrom(null, undefined) },
  ) as fc.Arbitrary<Record<string, string> | null | undefined>
}

const labels = fc.constantFrom<Record<string, string> | null | undefined>(
  undefined,
  null,
  {},
  { app: 'x' },
  { 'eks.amazonaws.com/pod-identity': 'disabled' },
  { 'a.b/c': '' },
)

const nodeSelectors = fc.constantFrom<Record<string, string> | null | undefined>(
  undefined,
  undefined,
  undefined,
  null,
  {},
  { 'kubernetes.io/os': 'linux' },
  { 'kubernetes.io/os': 'windows' },
  { 'beta.kubernetes.io/os': 'windows' },
  { 'kubernetes.io/os': 'Windows' },
  { 'example.org/os': 'windows' },
  { 'beta.kubernetes.io/os': 'windows', 'kubernetes.io/os': 'linux' },
)

/** Pods for the service accounts of a world, in any namespace. */
export function podsOf(world: World): fc.Arbitrary<Pod> {
  const container = containers(world)
  const spec = withUnknowns(
    fc
      .record({
        serviceAccountName: fc.constantFrom(...NAMES),
        nodeSelector: nodeSelectors,
        initContainers: lists(container, 4),
        containers: fc.array(container, { minLength: 1, maxLength: 5 }),
        ephemeralContainers: fc.oneof(
          fc.constantFrom(undefined, null, []),
          fc.array(container, { minLength: 1, maxLength: 2 }),
        ),
        volumes: lists(volumes(world), 4),
        hostNetwork: fc.constantFrom(undefined, true),
        securityContext: fc.constantFrom(undefined, { fsGroup: 65_534 }),
        os: fc.constantFrom(undefined, { name: 'linux' }, { name: 'windows' }),
      })
      .map(present),
  )
  const metadata = withUnknowns(
    fc
      .record({
        generateName: fc.constant('p-'),
        // Not what counts: the request says where the pod will be.
        namespace: fc.constantFrom(undefined, 'elsewhere'),
        annotations: annotations(world),
        labels,
      })
      .map(present),
  )
  const kind = fc.constant({ apiVersion: 'v1', kind: 'Pod' })
  return withUnknowns(
    fc.tuple(kind, metadata, spec).map(([head, meta, body]) => ({
      ...head,
      metadata: meta,
      spec: body,
    })),
  ) as fc.Arbitrary<Pod>
}
