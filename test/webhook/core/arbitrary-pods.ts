/** Generators of pods, for the laws of verdicts. */
import * as fc from 'fast-check'
import { SIDECAR_CONTAINER_NAME } from '../../../sidecar/contract.ts'
import { targets } from './arbitrary-targets.ts'
import { BASE_ROLE, TARGET_ROLE, withPrefix } from './fixture.ts'

/** Values of `target-role-arn`, not all of them role ARNs. */
export const roles = fc.constantFrom(
  TARGET_ROLE,
  `${TARGET_ROLE},arn:aws:iam::333333333333:role/x`,
  'nobody',
)
const names = fc.constantFrom(
  'app',
  'tool',
  'migrate',
  'istio-proxy',
  'istio-init',
  SIDECAR_CONTAINER_NAME,
  'x~y/z',
)
const variableNames = fc.constantFrom(
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  'HTTPS_PROXY',
  'NO_PROXY',
  'no_proxy',
  'AWS_ROLE_ARN',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONFIG_FILE',
  'AWS_SDK_LOAD_CONFIG',
  'AWS_PROFILE',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
  'AWS_EC2_METADATA_DISABLED',
  'A',
)
const values = fc.constantFrom(
  '',
  'x',
  '*',
  '.svc',
  BASE_ROLE,
  '/var/run/secrets/eks.amazonaws.com/serviceaccount/token',
  'http://127.0.0.1:1/v1/credentials/old',
  '/opt/rolechain.io/app.config',
  '1',
  'dev',
  'default',
  'http://[fd00:ec2::23]/v1/credentials',
)
const variable = fc.oneof(
  fc.record({ name: variableNames, value: values }, { requiredKeys: ['name'] }),
  fc.record({
    name: variableNames,
    valueFrom: fc.constant({ fieldRef: { fieldPath: 'metadata.name' } }),
  }),
)
const volumeNames = fc.constantFrom(
  'data',
  'aws-iam-token',
  'eks-pod-identity-token',
  'rolechain-state',
  'rolechain-sts-token',
  'rolechain-token-default',
  'rolechain-token-dev',
  'rolechain-profiles',
)
const mount = fc.record(
  {
    name: volumeNames,
    mountPath: fc.constantFrom(
      '/data',
      '/var/run/secrets/rolechain.io/default',
      '/var/run/secrets/rolechain.io/dev',
      '/opt/rolechain.io',
      '/opt/./rolechain.io/app.config',
      '/var/run/secrets/eks.amazonaws.com/serviceaccount',
    ),
    readOnly: fc.boolean(),
  },
  { requiredKeys: ['name', 'mountPath'] },
)
const unknownFields = fc.dictionary(
  fc.constantFrom('fieldOfTomorrow', 'a~b', 'a/b'),
  fc.jsonValue(),
  { maxKeys: 2 },
)
const container = fc
  .tuple(
    fc.record(
      {
        name: names,
        env: fc.array(variable, { maxLength: 5 }),
        volumeMounts: fc.array(mount, { maxLength: 2 }),
        restartPolicy: fc.constant('Always'),
        securityContext: fc.record({
          privileged: fc.boolean(),
          runAsUser: fc.constantFrom(0, 1000, 65_532),
        }),
        resources: fc.constantFrom(
          {},
          { limits: { cpu: 1, memory: '1Gi' } },
          { requests: { cpu: '10m' } },
        ),
      },
      { requiredKeys: ['name'] },
    ),
    unknownFields,
  )
  .map(([known, unknown]) => ({ ...unknown, ...known }))
const annotations = fc
  .record(
    {
      'target-role-arn': roles,
      targets,
      containers: fc.constantFrom('*', 'app', 'app,tool'),
      'skip-containers': fc.constantFrom('tool', 'app'),
      'external-id': fc.constantFrom('team-a', ''),
      source: fc.constantFrom('pod-identity', 'web-identity', 'irsa'),
      'session-tags': fc.constantFrom('a=b', 'a!=b,c=d'),
      'on-conflict': fc.constantFrom('warn', 'deny'),
      gate: fc.constantFrom('on', 'off', 'all'),
      region: fc.constantFrom('eu-west-1', 'x'),
      'team.example.com/note': fc.string(),
    },
    { requiredKeys: [] },
  )
  .map((keys) => withPrefix(keys as Record<string, string>))
/** Pods as somebody might send them: with parts of ours and of other webhooks, and fields that nobody knows. */
export const pod = fc
  .tuple(
    fc.record(
      {
        annotations,
        labels: fc.dictionary(
          fc.constantFrom('app', 'eks.amazonaws.com/skip-pod-identity-webhook'),
          values,
        ),
        name: fc.constant('p'),
      },
      { requiredKeys: ['name'] },
    ),
    fc.record(
      {
        initContainers: fc.uniqueArray(container, { maxLength: 3, selector: ({ name }) => name }),
        containers: fc.uniqueArray(container, {
          minLength: 1,
          maxLength: 3,
          selector: ({ name }) => name,
        }),
        volumes: fc.uniqueArray(fc.record({ name: volumeNames, emptyDir: fc.constant({}) }), {
          maxLength: 4,
          selector: ({ name }) => name,
        }),
        shareProcessNamespace: fc.boolean(),
      },
      { requiredKeys: ['containers'] },
    ),
    unknownFields,
  )
  .map(([metadata, spec, unknown]) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata,
    spec: { ...unknown, ...spec },
  }))
/** Annotations of service accounts: none, a base role, a chain. */
export const serviceAccounts = fc.constantFrom<Record<string, string>>(
  {},
  { 'eks.amazonaws.com/role-arn': BASE_ROLE },
  { 'target-role-arn': TARGET_ROLE },
)
