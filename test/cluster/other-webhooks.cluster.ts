/**
 * Beside the webhooks of others, before ours and after it, on a real API server: pods get what they ask for, or do not
 * run.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eksWebhook } from './eks-webhook.ts'
import { podSchema, withWebhook, type ReviewedPod } from './other-webhook.ts'
import {
  appContainer,
  applied,
  ended,
  inNamespace,
  pod,
  serviceAccount,
  type KubernetesObject,
  type Place,
} from './suite.ts'
import { OBJECTS, ROLES } from './world.ts'

const TARGET = 'rolechain.io/target-role-arn'
const REPORTS = { [TARGET]: ROLES.reports }

async function readPod(place: Place, name: string): Promise<ReviewedPod> {
  return podSchema.parse(await place.get('pod', name))
}

/** Names of the variables that a container of a pod has. */
function variablesOf({ spec }: ReviewedPod, container = 'app'): readonly string[] {
  const found = [...spec.initContainers, ...spec.containers].find(({ name }) => name === container)
  return ((found?.['env'] ?? []) as { name: string }[]).map(({ name }) => name)
}

function assertSomebody(variables: readonly string[], who: 'target' | 'base role'): void {
  assert.equal(variables.includes('AWS_CONTAINER_CREDENTIALS_FULL_URI'), who === 'target')
  assert.equal(variables.includes('AWS_WEB_IDENTITY_TOKEN_FILE'), who === 'base role')
  assert.equal(new Set(variables).size, variables.length, 'no variable is there twice')
}

/** A pod whose application reads the object of a bucket, once. */
function reader(name: string, annotations: Readonly<Record<string, string>>, bucket = 'reports') {
  return pod(name, annotations, { containers: [appContainer({ bucket })] })
}

async function assertReads(place: Place, one: KubernetesObject, bucket: keyof typeof OBJECTS) {
  const name = String(one.metadata['name'])
  await applied(place, one)
  const phase = await ended(place, name)
  assert.equal((await place.outcome(name))?.object, OBJECTS[bucket])
  assert.equal(phase, 'Succeeded')
}

for (const [name, order] of [
  ['pod-identity-webhook', 'after'],
  ['a-pod-identity-webhook', 'before'],
] as const)
  test(`beside EKS's webhook, called ${order} ours, pods are their target, and others the base role`, () =>
    inNamespace(async (place) => {
      await withWebhook(place, eksWebhook(name), async ({ reviewed }) => {
        await assertReads(place, reader('chained', REPORTS), 'reports')
        const chained = await readPod(place, 'chained')
        assertSomebody(variablesOf(chained), 'target')
        assert.equal(
          chained.spec.volumes.some((volume) => volume.name === 'aws-iam-token'),
          false,
        )
        // The label that we set keeps it away where it comes later.
        assert.equal(reviewed.includes('chained'), order === 'before')

        await assertReads(place, reader('plain', {}, 'base'), 'base')
        const plain = await readPod(place, 'plain')
        assertSomebody(variablesOf(plain), 'base role')
        assert.ok(reviewed.includes('plain'))

        const annotations = { 'eks.amazonaws.com/role-arn': ROLES.base, ...REPORTS }
        await applied(place, serviceAccount('reporter', annotations))
        await assertReads(place, reader('by-service-account', {}), 'reports')
        assertSomebody(variablesOf(await readPod(place, 'by-service-account')), 'target')
        assert.equal(reviewed.includes('by-service-account'), order === 'before')
      })
    }))

const ADD_CONTAINER = {
  name: 'zz-adds-a-container',
  mutate: ({ spec }: ReviewedPod) =>
    spec.containers.some(({ name }) => name === 'late')
      ? []
      : [{ op: 'add', path: '/spec/containers/-', value: appContainer({ name: 'late' }) }],
}

test('a container that another webhook adds after us gets the target of the pod', () =>
  inNamespace((place) =>
    withWebhook(place, ADD_CONTAINER, async () => {
      await assertReads(place, reader('joined', REPORTS), 'reports')
      assert.equal((await place.outcome('joined', 'late'))?.object, OBJECTS.reports)
    }),
  ))

test('also where the chain stands on the service account', () =>
  inNamespace((place) =>
    withWebhook(place, ADD_CONTAINER, async () => {
      const annotations = { 'eks.amazonaws.com/role-arn': ROLES.base, ...REPORTS }
      await applied(place, serviceAccount('reporter', annotations))
      await assertReads(place, reader('joined', {}), 'reports')
      assert.equal((await place.outcome('joined', 'late'))?.object, OBJECTS.reports)
    }),
  ))

function annotate(value: string) {
  return {
    name: 'zz-annotates',
    mutate: ({ metadata }: ReviewedPod) =>
      metadata.annotations[TARGET] === undefined
        ? [
            {
              op: 'add',
              path: '/metadata/annotations',
              value: { ...metadata.annotations, [TARGET]: value },
            },
          ]
        : [],
  }
}

test('a pod that another webhook gives a target after us is that target, not the base role', () =>
  inNamespace((place) =>
    withWebhook(place, annotate(ROLES.reports), async () => {
      await assertReads(place, reader('annotated', {}), 'reports')
      assertSomebody(variablesOf(await readPod(place, 'annotated')), 'target')
    }),
  ))

test('a pod that another webhook gives a target that cannot be had does not run', () =>
  inNamespace((place) =>
    withWebhook(place, annotate('reports-reader'), async () => {
      const { exitCode, stderr } = await place.apply(reader('annotated', {}))
      assert.equal(exitCode, 1)
      assert.match(
        stderr,
        /rolechain cannot give this pod the role that it asks for: .*reports-reader/,
      )
    }),
  ))

test('a pod that another webhook gives a target after us although its service account has a chain is refused', () =>
  inNamespace((place) =>
    withWebhook(place, annotate(ROLES.payroll), async () => {
      const annotations = { 'eks.amazonaws.com/role-arn': ROLES.base, ...REPORTS }
      await applied(place, serviceAccount('reporter', annotations))
      const { exitCode, stderr } = await place.apply(reader('annotated', {}))
      assert.equal(exitCode, 1)
      assert.match(stderr, /"rest\.rolechain\.io" denied the request: .*service account/s)
    }),
  ))

/** What a mesh adds where native sidecars are on; both run as long, or as short, as a mesh's would. */
const MESH = {
  name: 'istio-sidecar-injector',
  mutate({ spec }: ReviewedPod) {
    if (spec.initContainers.some(({ name }) => name === 'istio-proxy')) return []
    const { args: _args, env: _env, ...container } = appContainer()
    const command = ['/nodejs/bin/node', '--eval']
    const initContainers = [
      { ...container, name: 'istio-init', command: [...command, ''] },
      {
        ...container,
        name: 'istio-proxy',
        restartPolicy: 'Always',
        command: [
          ...command,
          'process.on("SIGTERM", () => process.exit(0)); setInterval(() => {}, 1000)',
        ],
      },
    ]
    const value = [...initContainers, ...spec.initContainers]
    return [{ op: 'add', path: '/spec/initContainers', value }]
  },
}

test('the sidecar starts after the native proxy of a mesh, and before all others', () =>
  inNamespace((place) =>
    withWebhook(place, MESH, async () => {
      const spec = { initContainers: [appContainer({ name: 'before' })] }
      await assertReads(place, pod('meshed', REPORTS, spec), 'reports')
      assert.equal((await place.outcome('meshed', 'before'))?.object, OBJECTS.reports)
      const meshed = await readPod(place, 'meshed')
      assert.deepEqual(
        meshed.spec.initContainers.map(({ name }) => name),
        ['istio-init', 'istio-proxy', 'rolechain-sidecar', 'before'],
      )
      assert.deepEqual(variablesOf(meshed, 'istio-proxy'), [])
    }),
  ))
