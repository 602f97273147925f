/**
 * The generated pods through admission of a real API server: what comes out is what the model's pod becomes without any
 * webhook, once the API server has put its defaults into both. `PARITY_SEED=<seed>` runs the worlds from that seed on.
 */
import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { after, before, test } from 'node:test'
import * as fc from 'fast-check'
import { podsOf } from './arbitrary-pods.ts'
import { NAMES, NAMESPACES, worlds } from './arbitrary-worlds.ts'
import { startApiServer } from './api-server.ts'
import type { ApiAnswer, ApiServer } from './api-server.ts'
import { expectPod } from './model.ts'
import type { Pod } from './pod.ts'
import { toValidPod } from './valid-pods.ts'
import { readAuthority, startProgram, untilReady } from './webhook.ts'
import type { RunningProgram } from './webhook.ts'
import type { World } from './world.ts'
import { toSurroundings } from './written-world.ts'

const worldCount = 8
const podsPerWorld = 30
/** Upstream's manifests leave pods with this label alone: the model's go in with it. */
const skipLabel = 'eks.amazonaws.com/skip-pod-identity-webhook'

let api: ApiServer

before(async () => {
  api = await startApiServer()
  for (const name of ['eks', ...NAMESPACES]) {
    await api.apply('/api/v1/namespaces', { metadata: { name } })
  }
})

after(() => api.stop())

/**
 * An API server lets no pod through whose service account does not exist: so each does, if only without annotations.
 */
function toComplete(world: World): World {
  const others = NAMESPACES.flatMap((namespace) => NAMES.map((name) => ({ namespace, name })))
    .filter(
      ({ namespace, name }) =>
        !world.serviceAccounts.some((one) => one.namespace === namespace && one.name === name),
    )
    .map((named) => ({ ...named, annotations: {} }))
  return { ...world, serviceAccounts: [...world.serviceAccounts, ...others] }
}

async function prepare({ serviceAccounts }: World, config: string | undefined): Promise<void> {
  for (const { namespace, name, annotations } of serviceAccounts) {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts`
    await api.apply(path, { metadata: { name, annotations } })
  }
  if (config === undefined) return
  const object = { metadata: { name: 'pod-identity-webhook' }, data: { config } }
  await api.apply('/api/v1/namespaces/eks/configmaps', object)
}

async function register(program: RunningProgram, name: string): Promise<void> {
  const path = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations'
  const webhook = {
    name: 'pod-identity-webhook.amazonaws.com',
    clientConfig: {
      url: `https://127.0.0.1:${program.port}/mutate`,
      caBundle: Buffer.from(await readAuthority()).toString('base64'),
    },
    rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
    objectSelector: { matchExpressions: [{ key: skipLabel, operator: 'DoesNotExist' }] },
    failurePolicy: 'Fail',
    sideEffects: 'None',
    reinvocationPolicy: 'IfNeeded',
    timeoutSeconds: 30,
    admissionReviewVersions: ['v1', 'v1beta1'],
  }
  await api.apply(path, { metadata: { name }, webhooks: [webhook] })
}

function create(namespace: string, pod: Pod): Promise<ApiAnswer> {
  return api.send('POST', `/api/v1/namespaces/${namespace}/pods?dryRun=All`, toText(pod))
}

/** Numbers that came as texts to stay exact are numbers again. */
function toText(pod: Pod): string {
  return JSON.stringify(pod).replaceAll(/("expirationSeconds":)"(\d+)n"/g, '$1$2')
}

/** The API server learns of the configuration a moment later: until then no review comes. */
async function untilCalled(program: RunningProgram): Promise<void> {
  const spec = { serviceAccountName: 'default', containers: [{ name: 'app', image: 'x' }] }
  const pod = { metadata: { generateName: 'p-' }, spec }
  const isCalled = async () => {
    const { text } = await program.sendPlain({ path: '/metrics' })
    return /http_request_count\{.*path="\/mutate".*code="200"/.test(text)
  }
  while (!(await isCalled())) await create('team-a', pod)
}

/** What an API server says of a pod, without what differs from pod to pod. */
function toComparable({ code, body }: ApiAnswer): unknown {
  if (code !== 201) return { code, message: withoutNames(String(body['message'])) }
  const { metadata, spec } = body as unknown as { metadata: Record<string, unknown>; spec: unknown }
  const { annotations, labels } = metadata
  const { [skipLabel]: _, ...others } = (labels ?? {}) as Record<string, string>
  return { code, annotations, labels: others, spec }
}

function withoutNames(message: string): string {
  return message.replaceAll(/"p-[a-z0-9]*"/g, '"p-"')
}

async function checkPod(world: World, namespace: string, pod: Pod): Promise<ApiAnswer> {
  const actual = await create(namespace, pod)
  const expected = expectPod(world, { namespace, pod }, (from, to) =>
    Math.min(Math.max(readSeconds(world, actual), from), to),
  )
  const labels = { ...expected.metadata.labels, [skipLabel]: 'true' }
  const withoutWebhook = { ...expected, metadata: { ...expected.metadata, labels } }
  const defaulted = await create(namespace, withoutWebhook)
  assert.deepEqual(toComparable(actual), toComparable(defaulted), JSON.stringify(pod))
  return actual
}

function readSeconds({ flags }: World, { body }: ApiAnswer): number {
  const { spec } = body as { spec?: Pod['spec'] }
  const { tokenVolumeName } = flags.containerCredentials
  const volume = spec?.volumes?.find(({ name }) => name === tokenVolumeName) as
    | { projected?: { sources?: { serviceAccountToken?: { expirationSeconds?: number } }[] } }
    | undefined
  return volume?.projected?.sources?.[0]?.serviceAccountToken?.expirationSeconds ?? 0
}

/** Runs the pods of a world; returns how many the API server took. */
async function checkWorld(world: World, seed: number): Promise<number> {
  const surroundings = toSurroundings(world, seed)
  await prepare(world, surroundings.config)
  const { writeKubeconfig } = api
  const program = await startProgram({ ...surroundings, writeKubeconfig })
  try {
    await untilReady(program)
    await register(program, 'pod-identity-webhook')
    await untilCalled(program)
    let valid = 0
    const pods = fc.sample(podsOf(world), { seed, numRuns: podsPerWorld })
    for (const [index, pod] of pods.entries()) {
      const namespace = NAMESPACES[index % NAMESPACES.length] ?? ''
      const { code } = await checkPod(world, namespace, toValidPod(pod))
      if (code === 201) valid += 1
    }
    return valid
  } finally {
    await api.send(
      'DELETE',
      '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/pod-identity-webhook',
    )
    await program.stop()
  }
}

test('pods come out of a real API server as the model says, and many are valid', async () => {
  const first = Number(process.env['PARITY_SEED'] ?? randomInt(1e8))
  let valid = 0
  for (let seed = first; seed < first + worldCount; seed += 1) {
    const [world] = fc.sample(worlds, { seed, numRuns: 1 })
    assert.ok(world !== undefined)
    valid += await checkWorld(toComplete(world), seed).catch((error: unknown) => {
      throw new Error(`PARITY_SEED=${seed} runs this again.`, { cause: error })
    })
  }
  assert.ok(valid > (worldCount * podsPerWorld) / 3, `only ${valid} pods were valid`)
})
