/** The chart as it is installed: its own test passes, and what tools that compare would see. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse, parseAllDocuments } from 'yaml'
import { attempt, run } from './command.ts'
import { findFilledIn } from './filled-in.ts'
import { NAMESPACE, RELEASE } from './installation.ts'
import { ROLES } from './world.ts'

const here = ['--namespace', NAMESPACE]

test('helm test passes and leaves nothing behind', async () => {
  const { exitCode, stdout, stderr } = await attempt(['helm', 'test', RELEASE, ...here])
  assert.equal(exitCode, 0, stdout + stderr)
  const left = await run([
    'kubectl',
    'get',
    'pods,serviceaccounts,roles,rolebindings',
    ...here,
    '--output=name',
  ])
  assert.doesNotMatch(left, /-test$/m)
})

test('the cluster holds what the templates say, to a tool that compares', async () => {
  const input = await run(['helm', 'get', 'manifest', RELEASE, ...here])
  const { exitCode, stdout, stderr } = await attempt(
    ['kubectl', 'diff', '--server-side', '--force-conflicts', '--filename=-'],
    { input },
  )
  assert.equal(exitCode, 0, stdout + stderr)
})

interface Listed {
  readonly items: readonly { readonly kind: string; readonly metadata: { readonly name: string } }[]
}

test('the cluster fills in nothing that the templates could have said', async () => {
  const manifest = await run(['helm', 'get', 'manifest', RELEASE, ...here])
  const command = ['kubectl', 'get', '--filename=-', ...here, '--output=json']
  const { items } = JSON.parse(await run(command, { input: manifest })) as Listed
  const written = parseAllDocuments(manifest).map(
    (document) => document.toJS() as Listed['items'][0],
  )
  const filledIn = items.flatMap((live) => {
    const { kind, metadata } = live
    const own = written.find(
      (object) => object.kind === kind && object.metadata.name === metadata.name,
    )
    return findFilledIn(own, live).map((path) => `${kind}: ${path}`)
  })
  assert.deepEqual(filledIn, [])
})

const SETTINGS: readonly (readonly string[])[] = [
  [],
  ['certificates.mode=cert-manager', 'networkPolicy.enabled=true', 'serviceMonitor.enabled=true'],
  [
    'certificates.mode=files',
    'certificates.files.secretName=tls',
    'hostNetwork=true',
    'certificates.files.caBundle=-----BEGIN CERTIFICATE-----',
  ],
]

test('an API server takes what the templates say, whatever is switched on', async () => {
  for (const settings of SETTINGS) {
    const sets = settings.map((setting) => `--set=${setting}`)
    const rendered = await run(['helm', 'template', RELEASE, 'charts/rolechain', ...here, ...sets])
    // Kinds of others, which this cluster does not know.
    const known = parseAllDocuments(rendered)
      .map((document) => document.toString())
      .filter((text) => !/^apiVersion: (monitoring\.coreos\.com|cert-manager\.io)\//m.test(text))
      .filter((text) => !text.includes('helm.sh/hook:'))
    const dryRun = ['--server-side', '--force-conflicts', '--dry-run=server', '--validate=strict']
    const { exitCode, stderr } = await attempt(['kubectl', 'apply', ...dryRun, '--filename=-'], {
      input: known.join('\n---\n'),
    })
    assert.equal(exitCode, 0, stderr)
  }
})

test('extra arguments stand behind those of the chart, where they win', async () => {
  const extra = ['--tls-min-version=VersionTLS13', '--v=9']
  const sets = extra.map((flag, index) => `--set=extraArgs[${index}]=${flag}`)
  const template = ['helm', 'template', RELEASE, 'charts/rolechain', ...sets]
  const deployment = await run([...template, '--show-only=templates/deployment.yaml'])
  const { spec } = parse(deployment) as {
    spec: { template: { spec: { containers: { args: string[] }[] } } }
  }
  assert.deepEqual(spec.template.spec.containers[0]?.args.slice(-2), extra)
})

test('templates rendered twice are the same', async () => {
  for (const settings of SETTINGS) {
    const command = [
      'helm',
      'template',
      RELEASE,
      'charts/rolechain',
      ...settings.map((setting) => `--set=${setting}`),
    ]
    assert.equal(await run(command), await run(command), settings.join())
  }
})

/** Replaces every webhook; returns when the last old one is gone. */
async function update(): Promise<void> {
  const deployment = `deployment/${RELEASE}`
  const old = await run(['kubectl', 'get', 'pods', ...here, '--output=name'])
  await run(['kubectl', 'rollout', 'restart', deployment, ...here])
  await run(['kubectl', 'rollout', 'status', deployment, ...here, '--timeout=120s'])
  const names = old.trim().split('\n')
  await run(['kubectl', 'wait', '--for=delete', ...names, ...here, '--timeout=60s'])
}

test('a rolling update refuses no pod', async () => {
  const ending = new AbortController()
  const updated = update().finally(() => ending.abort())
  const dryRun = ['kubectl', 'run', 'probe', '--image=none', '--dry-run=server', '--output=json']
  const annotation = `--annotations=rolechain.io/target-role-arn=${ROLES.reports}`
  let admitted = 0
  while (!ending.signal.aborted) {
    const { exitCode, stdout, stderr } = await attempt([...dryRun, annotation])
    assert.equal(exitCode, 0, stderr)
    assert.match(stdout, /rolechain-sidecar/)
    admitted++
  }
  await updated
  assert.ok(admitted > 0)
})
