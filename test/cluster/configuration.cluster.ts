/**
 * A configuration that cannot be used, past all checks of the chart: Helm and its test fail, and the webhooks that run
 * stay.
 */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { attempt, run } from './command.ts'
import { NAMESPACE, RELEASE } from './installation.ts'

const here = ['--namespace', NAMESPACE]

interface Pod {
  readonly metadata: { readonly name: string }
  readonly status: {
    readonly containerStatuses?: readonly {
      readonly ready: boolean
      readonly restartCount: number
    }[]
  }
}

/** Names of the webhooks that are ready and have never restarted. */
async function listSound(): Promise<readonly string[]> {
  const selector = '--selector=app.kubernetes.io/component=webhook'
  const list = await run(['kubectl', 'get', 'pods', ...here, selector, '--output=json'])
  const { items } = JSON.parse(list) as { readonly items: readonly Pod[] }
  return items
    .filter(({ status: { containerStatuses: [container] = [] } }) =>
      container === undefined ? false : container.ready && container.restartCount === 0,
    )
    .map(({ metadata }) => metadata.name)
    .sort()
}

after(async () => {
  await run(['helm', 'rollback', RELEASE, ...here, '--wait', '--timeout=120s'])
  // A test that failed leaves its pod, for its log.
  await run(['kubectl', 'delete', 'pod', `${RELEASE}-test`, ...here, '--ignore-not-found'])
})

test('helm upgrade --wait fails, and the webhooks that run stay', async () => {
  const before = await listSound()
  const bad = ['--reuse-values', '--set=configuration.region=mars']
  const upgrade = ['helm', 'upgrade', RELEASE, 'charts/rolechain', ...here, ...bad]
  const refused = await attempt(upgrade)
  assert.match(refused.stderr, /configuration\/region.*'mars' does not match/s)
  const passed = [...upgrade, '--skip-schema-validation', '--wait', '--timeout=20s']
  assert.notEqual((await attempt(passed)).exitCode, 0)
  assert.deepEqual(await listSound(), before)
  assert.ok(before.length > 0)
})

test('helm test fails, and says which webhooks do not use the configuration', async () => {
  const { exitCode, stdout, stderr } = await attempt([
    'helm',
    'test',
    RELEASE,
    ...here,
    '--logs',
    '--timeout=90s',
  ])
  assert.notEqual(exitCode, 0)
  for (const name of await listSound())
    assert.match(stdout + stderr, new RegExp(`${name} uses another configuration`))
})
