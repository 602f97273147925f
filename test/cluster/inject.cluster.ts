/**
 * `rolechain inject` beside the webhook: of what it prints an API server without webhooks makes the same pods as one
 * with them makes of the manifests, and it refuses the same.
 */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { parseAllDocuments, stringify } from 'yaml'
import { corpus, type Case } from '../cli/core/corpus.ts'
import { runCommand } from '../cli/run.ts'
import { withPrefix } from '../webhook/core/fixture.ts'
import { withoutWebhooks } from './policies.ts'
import { CHARTS, renderChart } from './public-charts.ts'
import { dryRun, startProxy, type Made, type Proxy } from './proxy.ts'
import { applied, inNamespace, serviceAccount, type KubernetesObject, type Place } from './suite.ts'

type Json = Readonly<Record<string, unknown>>

/** Whether it is in the circumstances of this cluster: fixtures have many of their own. */
function isOfCluster({ given }: Case): boolean {
  const { settings, parity, roleMapping, podIdentities, lookup, prefix, kubernetes } = given
  return (
    Object.keys({ ...settings, ...parity, ...roleMapping }).length === 0 &&
    podIdentities.length === 0 &&
    [lookup, prefix].every((one) => one === undefined) &&
    kubernetes === '1.34'
  )
}

const LISTS = ['initContainers', 'containers']

/** Containers of fixtures leave out what no decision hangs on. */
function withImages(spec: Json): Json {
  const lists = LISTS.filter((list) => Array.isArray(spec[list])).map((list) => [
    list,
    (spec[list] as readonly Json[]).map((container) => ({ image: 'localhost/a:1', ...container })),
  ])
  return { ...spec, ...(Object.fromEntries(lists) as object) }
}

/** The pod under a name, with a service account, of its own. */
function toPod({ pod }: Case, name: string): Json {
  const { namespace: _, generateName: _name, ...metadata } = (pod['metadata'] ?? {}) as Json
  const spec = { ...withImages(pod['spec'] as Json), automountServiceAccountToken: false }
  return {
    ...pod,
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...metadata, name },
    spec: { ...spec, serviceAccountName: name },
  }
}

function toAccount({ given }: Case, name: string): KubernetesObject {
  const account = serviceAccount(name, withPrefix(given.serviceAccount))
  const labels = given.isLabelled ? { 'rolechain.io/chain': 'true' } : {}
  return { ...account, metadata: { ...account.metadata, labels } }
}

function make(proxy: Proxy, { namespace }: Place, pod: Json): Promise<Made> {
  return dryRun(proxy, { namespace, resource: 'pods' }, pod)
}

/** What `inject` says of all of them. */
function inject({ namespace }: Place, pods: readonly Json[]) {
  return runCommand(['inject', '-f', '-', '--cluster', '-n', namespace], {
    stdin: pods.map((pod) => stringify(pod, { version: '1.1' })).join('---\n'),
    environment: process.env,
    nowMs: Date.now,
  })
}

const STAMP = 'rolechain.io/injected'

/** What is of the pod alone, and not of the moment at which it was made; the command has no version from source. */
function toLasting(made: Made): unknown {
  if ('refusal' in made) return made
  const { labels, annotations = {} } = made.made['metadata'] as Readonly<Record<string, Json>>
  const stamp = String(annotations[STAMP]).split('/')[1]
  return { labels, annotations: { ...annotations, [STAMP]: stamp }, spec: made.made['spec'] }
}

async function compare(context: TestContext, place: Place): Promise<void> {
  const cases = corpus.filter(isOfCluster)
  const names = cases.map((_, index) => `case-${index}`)
  await applied(place, ...cases.map((one, index) => toAccount(one, names[index] ?? '')))
  const proxy = await startProxy()
  context.after(() => proxy.stop())
  const all = []
  for (const [index, one] of cases.entries()) {
    const id = names[index] ?? ''
    const pod = toPod(one, id)
    all.push({ name: one.name, id, pod, made: await make(proxy, place, pod) })
  }
  const accepted = all.filter(({ made }) => 'made' in made)
  const refused = all.filter(
    ({ made }) => 'refusal' in made && made.refusal.includes('denied the request: rolechain'),
  )
  context.diagnostic(`${all.length} pods: ${accepted.length} accepted, ${refused.length} refused`)
  // The API server itself takes some fixtures for no pods.
  assert.ok(accepted.length > 200 && refused.length > 100)

  const { stdout, stderr } = await inject(
    place,
    accepted.map(({ pod }) => pod),
  )
  const injected = parseAllDocuments(stdout, { version: '1.1' }).map((one) => one.toJS() as Json)
  assert.equal(injected.length, accepted.length, stderr)
  await withoutWebhooks(place, async () => {
    for (const [index, { name, made }] of accepted.entries())
      assert.deepEqual(
        toLasting(await make(proxy, place, injected[index] ?? {})),
        toLasting(made),
        name,
      )
  })

  const told = await inject(
    place,
    refused.map(({ pod }) => pod),
  )
  assert.equal(told.stdout, '')
  for (const { name, id } of refused) assert.match(told.stderr, new RegExp(`${id}\\b`), name)
}

/** A workload's pod by itself. */
function toPodOf({ kind, metadata, spec }: Json): readonly Json[] {
  const { template } = (spec ?? {}) as { readonly template?: { metadata: Json; spec: Json } }
  if (template === undefined) return []
  const name = `${String(kind)}-${String((metadata as Json)['name'])}`.toLowerCase()
  return [
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...template.metadata, name },
      spec: template.spec,
    },
  ]
}

for (const chart of CHARTS)
  test(`inject makes of the chart ${chart.name} what the webhook makes of its pods`, (context) =>
    inNamespace(async (place) => {
      const objects = await renderChart(chart, place.namespace)
      await applied(place, ...objects.filter(({ kind }) => kind === 'ServiceAccount'))
      const proxy = await startProxy()
      context.after(() => proxy.stop())
      const made: Made[] = []
      for (const pod of objects.flatMap(toPodOf)) made.push(await make(proxy, place, pod))
      assert.match(JSON.stringify(made), /rolechain-sidecar/)
      const { stdout, stderr } = await inject(place, objects)
      const pods = parseAllDocuments(stdout, { version: '1.1' }).flatMap((one) =>
        toPodOf(one.toJS() as Json),
      )
      assert.equal(pods.length, made.length, stderr)
      await withoutWebhooks(place, async () => {
        for (const [index, one] of made.entries())
          assert.deepEqual(toLasting(await make(proxy, place, pods[index] ?? {})), toLasting(one))
      })
    }))

test('inject makes of the corpus what the webhook makes of it, and refuses the same', (context) =>
  inNamespace((place) => compare(context, place)))
