/**
 * What happens when the webhook sees a pod that it has been over: after the API server, a LimitRange, later webhooks,
 * and forgers.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { parse } from 'yaml'
import { z } from 'zod'
import { at, givenSchema, judge, merged, type Given } from './fixture.ts'

const given: Given = z.strictObject(givenSchema).parse({})

interface Mutable {
  metadata: Record<string, unknown>
  spec: {
    initContainers: Record<string, unknown>[]
    containers: Record<string, unknown>[]
    volumes: Record<string, unknown>[]
  }
}

function injectedPod(): Mutable {
  const before: unknown = parse(
    readFileSync(new URL('../../fixtures/pairs/example.before.yaml', import.meta.url), 'utf8'),
  )
  return JSON.parse(
    JSON.stringify(judge(JSON.parse(JSON.stringify(before)), given).patched),
  ) as Mutable
}

/** The same, with the sidecar (the first init container) changed. */
function withSidecar(change: (sidecar: Record<string, unknown>) => unknown): Mutable {
  const pod = injectedPod()
  const [sidecar = {}, ...others] = pod.spec.initContainers
  pod.spec.initContainers = [change(sidecar) as Record<string, unknown>, ...others]
  return pod
}

function pathsOf(pod: unknown): readonly string[] {
  const { verdict } = judge(pod, given)
  assert.notEqual(verdict.kind, 'denied', verdict.kind === 'denied' ? verdict.message : '')
  return verdict.kind === 'patched' ? verdict.patch.map(({ path }) => path) : []
}

/** What a real API server and its plugins put on top. */
function withDefaults(): Mutable {
  const pod = withSidecar((sidecar) => {
    const { env } = z
      .looseObject({ env: z.array(z.looseObject({ valueFrom: z.unknown().optional() })) })
      .parse(sidecar)
    return merged(sidecar, {
      imagePullPolicy: 'IfNotPresent',
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'File',
      startupProbe: { successThreshold: 1 },
      env: env.map((variable) =>
        variable.valueFrom === undefined
          ? variable
          : merged(variable, { valueFrom: { fieldRef: { apiVersion: 'v1' } } }),
      ),
      resources: {
        limits: { cpu: '1', memory: '98304Ki', 'ephemeral-storage': '1Gi' },
        requests: { cpu: '0.01' },
      },
    })
  })
  pod.spec.volumes = pod.spec.volumes.map((volume) =>
    volume['projected'] === undefined
      ? volume
      : (merged(volume, { projected: { defaultMode: 420 } }) as Record<string, unknown>),
  )
  return pod
}

describe('a pod that has been seen before', () => {
  it('is left as it is with the defaults of the API server and amounts of a LimitRange on top', () => {
    assert.deepEqual(pathsOf(withDefaults()), [])
  })

  it('is completed when a container comes later, and nothing else is touched', () => {
    const pod = withDefaults()
    pod.spec.containers = [...pod.spec.containers, { name: 'late', image: 'x' }]
    assert.deepEqual(pathsOf(pod), ['/spec/containers/1/env', '/spec/containers/1/volumeMounts'])
  })

  it('is completed when an init container comes later, which the sidecar then precedes', () => {
    const pod = withDefaults()
    pod.spec.initContainers = [{ name: 'late', image: 'x' }, ...pod.spec.initContainers]
    assert.deepEqual(pathsOf(pod), [
      '/spec/initContainers/0/env',
      '/spec/initContainers/0/volumeMounts',
      '/spec/initContainers/1',
      '/spec/initContainers/0',
    ])
  })

  it('is left as it is when a mesh puts its own in front', () => {
    const pod = withDefaults()
    pod.spec.initContainers = [
      { name: 'istio-init' },
      { name: 'istio-proxy', restartPolicy: 'Always' },
      ...pod.spec.initContainers,
    ]
    assert.deepEqual(pathsOf(pod), [])
  })

  const forgeries: Readonly<Record<string, unknown>> = {
    image: { image: 'evil' },
    command: { command: ['steal'] },
    args: { args: ['steal'] },
    'restart policy': { restartPolicy: null },
    lifecycle: { lifecycle: { postStart: { exec: { command: ['steal'] } } } },
    ports: { ports: [{ containerPort: 1 }] },
    'env from elsewhere': { envFrom: [{ configMapRef: { name: 'x' } }] },
    'root user': { securityContext: { runAsUser: 0 } },
    'added capability': { securityContext: { capabilities: { add: ['SYS_PTRACE'] } } },
    'missing gate': { startupProbe: null },
    'another probe': { startupProbe: { exec: { command: ['true'] } } },
    'liveness probe': { livenessProbe: { exec: { command: ['steal'] } } },
    'another termination message': { terminationMessagePath: '/app/sidecar.cjs' },
    'less memory': { resources: { limits: { memory: '1Mi' } } },
    'working folder': { workingDir: '/tmp' },
  }

  for (const [name, change] of Object.entries(forgeries)) {
    it(`gets its sidecar back when it differs: ${name}`, () => {
      const pod = withSidecar((sidecar) => merged(sidecar, change))
      assert.deepEqual(pathsOf(pod), ['/spec/initContainers/0'])
    })
  }

  for (const name of ['NODE_OPTIONS', 'AWS_ENDPOINT_URL_STS', 'ROLECHAIN_CONFIG']) {
    it(`gets its sidecar back when somebody adds ${name}`, () => {
      const pod = withSidecar((sidecar) => ({
        ...sidecar,
        env: [...(sidecar['env'] as unknown[]), { name, value: '--require=/x' }],
      }))
      assert.deepEqual(pathsOf(pod), ['/spec/initContainers/0'])
    })
  }

  it('gets its sidecar back when somebody adds a mount to it', () => {
    const pod = withSidecar((sidecar) => ({
      ...sidecar,
      volumeMounts: [...(sidecar['volumeMounts'] as unknown[]), { name: 'x', mountPath: '/app' }],
    }))
    assert.deepEqual(pathsOf(pod), ['/spec/initContainers/0'])
  })

  it('gets its volumes back when they differ', () => {
    const pod = injectedPod()
    pod.spec.volumes = pod.spec.volumes.map((volume) =>
      volume['name'] === 'rolechain-state' ? { name: 'rolechain-state', emptyDir: {} } : volume,
    )
    const { patched } = judge(pod, given)
    assert.deepEqual(at(patched, '/spec/volumes/rolechain-state/emptyDir'), {
      medium: 'Memory',
      sizeLimit: '4Mi',
    })
  })
})
