/** The chart as it is installed: its own test passes, and what tools that compare would see. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attempt, run } from './command.ts'
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
