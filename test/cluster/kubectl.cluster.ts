/**
 * What docs/workloads.md says of kubectl's debug and drain: an ephemeral container, a copy of a pod, and pods that
 * leave a node.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { appContainer, applied, inNamespace, pod, podTemplate, until, type Place } from './suite.ts'
import { ROLES } from './world.ts'

const REPORTS = { 'rolechain.io/target-role-arn': ROLES.reports }
const ENDPOINT = 'http://127.0.0.1:7755/v1/credentials/default'

const RUNNING = podTemplate(REPORTS, { containers: [appContainer({ mode: 'forever' })] }).spec

async function started(place: Place, name: string): Promise<void> {
  await applied(place, pod(name, REPORTS, RUNNING))
  await until(`credentials of ${name}`, async () => {
    const outcome = await place.outcome(name)
    return outcome?.identity === undefined ? undefined : true
  })
}

test('an ephemeral container reaches the endpoint and is answered 401', () =>
  inNamespace(async (place) => {
    await started(place, 'debugged')
    const asked = await place.attempt(
      'debug',
      'debugged',
      '--image=localhost/busybox:1',
      '--image-pull-policy=Never',
      '--container=visitor',
      '--quiet',
      '--',
      'sh',
      '-c',
      `env; wget -q -O - ${ENDPOINT}; ls /var/run/secrets`,
    )
    assert.equal(asked.exitCode, 0, asked.stderr)
    const said = await until('the visitor to ask', async () => {
      const { stdout, stderr } = await place.attempt('logs', 'debugged', '--container=visitor')
      return /HTTP/.test(stdout + stderr) ? stdout + stderr : undefined
    })
    assert.match(said, /HTTP\/1\.1 401/)
    assert.doesNotMatch(said, /AWS_|SecretAccessKey|rolechain/)
  }))

test('a copy of a pod gets its chain, for the container that is added too', () =>
  inNamespace(async (place) => {
    await started(place, 'original')
    const copied = await place.attempt(
      'debug',
      'original',
      '--copy-to=copy',
      '--image=localhost/busybox:1',
      '--image-pull-policy=Never',
      '--container=visitor',
      '--attach=false',
      '--',
      'true',
    )
    assert.equal(copied.exitCode, 0, copied.stderr)
    await until('credentials of the copy', async () => {
      const outcome = await place.outcome('copy')
      return outcome?.object === undefined ? undefined : true
    })
    const mounts = '--output=jsonpath={.spec.containers[?(@.name=="visitor")].volumeMounts[*].name}'
    assert.match(await place.kubectl('get', 'pod', 'copy', mounts), /rolechain-token-default/)
  }))

test('kubectl drain asks for --delete-emptydir-data, and with it the pod leaves', () =>
  inNamespace(async (place) => {
    await started(place, 'leaving')
    const node = await place.kubectl('get', 'pod', 'leaving', '--output=jsonpath={.spec.nodeName}')
    const only = '--pod-selector=app=app'
    const drain = (...parameters: string[]) =>
      place.attempt('drain', node, '--force', '--timeout=60s', only, ...parameters)
    try {
      const asked = await drain()
      assert.notEqual(asked.exitCode, 0)
      assert.match(asked.stderr, /--delete-emptydir-data/)
      const drained = await drain('--delete-emptydir-data')
      assert.equal(drained.exitCode, 0, drained.stderr)
      const { stdout } = await place.attempt('get', 'pods', '--output=name')
      assert.equal(stdout, '')
    } finally {
      await place.kubectl('uncordon', node)
    }
  }))
