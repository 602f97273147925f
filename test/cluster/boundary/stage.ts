/**
 * The boundary's policies as the chart renders them, put beside whatever is installed, and pods as the webhook makes
 * them.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import jsonPatch from 'fast-json-patch'
import { parse, parseAllDocuments } from 'yaml'
import {
  createConfiguration,
  PARITY_DEFAULTS,
  type Configuration,
} from '../../../webhook/core/configuration/configuration.ts'
import { parseSettings } from '../../../webhook/core/configuration/settings-schema.ts'
import { mutate } from '../../../webhook/core/mutate.ts'
import { run } from '../command.ts'
import { NAMESPACE, RELEASE, toValues } from '../installation.ts'
import { AWS_URL_IN_PODS, podTemplate, until, type KubernetesObject, type Place } from '../suite.ts'
import { startProxy, tryToMake, type Proxy } from '../proxy.ts'
import { ROLES } from '../world.ts'

export const BOUNDARY = { 'rolechain.io/boundary': 'enforce' }
export const POLICIES = ['boundary-pods.rolechain.io', 'boundary-tokens.rolechain.io'] as const

/** What the platform's policy lists while the boundary is tried. */
export const POLICY = {
  default: 'deny',
  rules: [
    {
      namespaces: ['suite-*'],
      serviceAccounts: ['reporter'],
      roleArns: ['pod-identity', ROLES.base, ROLES.reports, 'arn:aws:iam::444444444444:role/*'],
    },
  ],
}

/** Values of the chart with the boundary; `configuration` on top of the suite's. */
export function boundaryValues(boundary: object = {}, configuration: object = {}): object {
  const values = toValues(AWS_URL_IN_PODS) as { configuration: object }
  return {
    ...values,
    configuration: { ...values.configuration, policy: POLICY, ...configuration },
    boundary: { mode: 'namespaces', ...boundary },
  }
}

/** The policies and bindings of these values. */
export async function renderBoundary(values: object): Promise<KubernetesObject[]> {
  const text = await run(
    [
      'helm',
      'template',
      RELEASE,
      'charts/rolechain',
      `--namespace=${NAMESPACE}`,
      '--show-only=templates/boundary.yaml',
      '--values=-',
    ],
    { input: JSON.stringify(values) },
  )
  return parseAllDocuments(text).map((document) => document.toJSON() as KubernetesObject)
}

/** Runs `scenario` while these objects are there, which are of the cluster and not of a namespace. */
export async function withObjects(
  place: Place,
  objects: readonly KubernetesObject[],
  scenario: () => Promise<void>,
): Promise<void> {
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })
  const made = await place.attemptWith(list, 'apply', '--filename=-')
  try {
    assert.equal(made.exitCode, 0, made.stderr)
    await scenario()
  } finally {
    await place.attemptWith(list, 'delete', '--ignore-not-found', '--wait=false', '--filename=-')
  }
}

/** Runs `scenario` with the API server by plain HTTP. */
export async function withProxy(scenario: (proxy: Proxy) => Promise<void>): Promise<void> {
  const proxy = await startProxy()
  try {
    await scenario(proxy)
  } finally {
    proxy.stop()
  }
}

/** Waits until the API server refuses this pod for the given reason; it takes policies up within a second. */
export async function isRefused(
  proxy: Proxy,
  namespace: string,
  { pod, says }: { readonly pod: object; readonly says: RegExp },
): Promise<void> {
  await until(`a pod of ${namespace} to be refused`, async () =>
    says.test(await tryToMake(proxy, { namespace, resource: 'pods' }, pod)) ? true : undefined,
  )
}

/** The configuration of the webhook that these values make. */
export function configurationOf(values: object): Configuration {
  const parsed = parseSettings((values as { configuration: unknown }).configuration)
  assert.ok(parsed.kind === 'settings')
  return createConfiguration(
    {
      settings: parsed.settings,
      parity: PARITY_DEFAULTS,
      chainAnnotationPrefix: 'rolechain.io',
      kubernetesVersion: { major: 1, minor: 34 },
      version: '0.1.0',
    },
    (text) => createHash('sha256').update(text).digest('hex'),
  )
}

const CHAIN = { 'rolechain.io/target-role-arn': ROLES.reports }

/** A pod of `reporter` as the webhook admits it, without that a webhook is asked. */
export function admittedPod(
  namespace: string,
  values: object,
  {
    annotations = CHAIN,
    spec = {},
    baseRole = ROLES.base,
  }: {
    readonly annotations?: Readonly<Record<string, string>>
    readonly spec?: Readonly<Record<string, unknown>>
    readonly baseRole?: string
  } = {},
): object {
  const { metadata, spec: template } = podTemplate(annotations, spec)
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'pod', ...metadata },
    spec: template,
  }
  const serviceAccount = {
    namespace,
    name: 'reporter',
    annotations: { 'eks.amazonaws.com/role-arn': baseRole },
  }
  const verdict = mutate(
    { namespace, pod },
    { kind: 'found', serviceAccount },
    configurationOf(values),
  )
  assert.ok(verdict.kind === 'patched', JSON.stringify(verdict))
  const copy = parse(JSON.stringify(pod)) as object
  jsonPatch.applyPatch(copy, JSON.parse(JSON.stringify(verdict.patch)) as jsonPatch.Operation[])
  const { 'rolechain.io/target-role-arn': _, ...rest } = annotations
  return { ...copy, metadata: { name: 'pod', annotations: rest } }
}
