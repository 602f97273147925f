/** A container's process gets the env that its spec says, with paths that exist on this machine. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { podSchema } from '../../../demo/pod.ts'
import { toEnvironment } from '../../../demo/kubelet/environment.ts'

const field = (name: string, fieldPath: string) => ({
  name,
  valueFrom: { fieldRef: { fieldPath } },
})

function environmentOf(env: unknown[], volumeMounts: unknown[] = []) {
  const pod = podSchema.parse({
    metadata: { name: 'nightly', namespace: 'team-a', uid: 'u-1', labels: { app: 'web' } },
    spec: {
      serviceAccountName: 'reports',
      nodeName: 'node-1',
      containers: [{ name: 'app', env, volumeMounts }],
    },
  })
  const [container] = pod.spec.containers
  assert.ok(container)
  return toEnvironment(container, { pod, root: '/pod-root' })
}

test('fills in the downward API', () => {
  const environment = environmentOf([
    field('NAME', 'metadata.name'),
    field('NAMESPACE', 'metadata.namespace'),
    field('UID', 'metadata.uid'),
    field('NODE', 'spec.nodeName'),
    field('ACCOUNT', 'spec.serviceAccountName'),
    field('APP', "metadata.labels['app']"),
    field('NONE', "metadata.annotations['none']"),
  ])
  const { HOME: _home, HOSTNAME: _name, ...rest } = environment
  assert.deepEqual(rest, {
    NAME: 'nightly',
    NAMESPACE: 'team-a',
    UID: 'u-1',
    NODE: 'node-1',
    ACCOUNT: 'reports',
    APP: 'web',
    NONE: '',
  })
})

test('makes paths under a mount real, and only these', () => {
  const environment = environmentOf(
    [
      { name: 'FILE', value: '/var/run/secrets/a/token' },
      { name: 'FOLDER', value: '/var/run/secrets/a' },
      { name: 'NEAR', value: '/var/run/secrets/another' },
      { name: 'URL', value: 'http://127.0.0.1/var/run/secrets/a' },
    ],
    [{ name: 'a', mountPath: '/var/run/secrets/a/' }],
  )
  assert.equal(environment['FILE'], '/pod-root/var/run/secrets/a/token')
  assert.equal(environment['FOLDER'], '/pod-root/var/run/secrets/a')
  assert.equal(environment['NEAR'], '/var/run/secrets/another')
  assert.equal(environment['URL'], 'http://127.0.0.1/var/run/secrets/a')
})

test('expands references to earlier variables, as Kubernetes does', () => {
  const environment = environmentOf([
    { name: 'A', value: 'x' },
    { name: 'B', value: '$(A)-$$(A)-$(LATER)' },
    { name: 'LATER', value: 'y' },
  ])
  assert.equal(environment['B'], 'x-$(A)-$(LATER)')
})

test('inherits nothing, and has a home without profiles of whoever runs it', () => {
  assert.deepEqual(environmentOf([]), { HOME: '/pod-root', HOSTNAME: 'nightly' })
})

test('leaves out values that are not part of a pod', () => {
  const secret = { name: 'KEY', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }
  assert.equal('KEY' in environmentOf([secret]), false)
})
