/**
 * `rolechain check` against the real cluster: it finds nothing while all is well, and says exactly what is broken when
 * one thing is. Who publishes the issuer's documents of this cluster is nobody, so that its category has to say so.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Report } from '../../cli/core/check/check.ts'
import { runCommand } from '../cli/run.ts'
import { run } from './command.ts'
import { CONFIGURATION, NAMESPACE, RELEASE } from './installation.ts'
import { bindingOf, without } from './policies.ts'
import { applied, inNamespace, pod, serviceAccount, toPlace, until, type Place } from './suite.ts'
import { ROLES } from './world.ts'

const REPORTS = { 'rolechain.io/target-role-arn': ROLES.reports }

const CATEGORIES = ['kubernetes', 'webhook', 'pods', 'policy', 'boundary', 'quota', 'others']

async function check(namespace: string, ...args: readonly string[]): Promise<Report> {
  const { stdout, stderr } = await runCommand(['check', '-o', 'json', '-n', namespace, ...args], {
    environment: process.env,
    nowMs: Date.now,
  })
  assert.notEqual(stdout, '', stderr)
  return JSON.parse(stdout) as Report
}

/** What is not good, as `category: line: code`. */
async function found(namespace: string): Promise<readonly string[]> {
  const asked = CATEGORIES.flatMap((name) => ['--category', name])
  const { categories } = await check(namespace, ...asked)
  return categories.flatMap(({ category, checks }) =>
    checks.flatMap(({ what, findings }) =>
      [...new Set(findings.map(({ code }) => code))].map((code) => `${category}: ${what}: ${code}`),
    ),
  )
}

/** Waits until exactly this is found. */
async function finds(place: Place, ...expected: readonly string[]): Promise<void> {
  let last: readonly string[] = []
  await until(`check to find ${expected.join(', ') || 'nothing'}`, async () => {
    last = await found(place.namespace)
    return JSON.stringify(last) === JSON.stringify(expected) ? true : undefined
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}; it found ${last.join(', ') || 'nothing'}`, { cause: error })
  })
}

const system = toPlace(NAMESPACE)

/** Changes an object while `scenario` runs. */
async function changed(
  [kind, name]: readonly [kind: string, name: string],
  to: (object: Record<string, unknown>) => object,
  scenario: () => Promise<void>,
): Promise<void> {
  const before = await system.get(kind, name)
  const { resourceVersion: _, ...metadata } = before['metadata'] as Record<string, unknown>
  const replace = (object: object) =>
    run(['kubectl', 'replace', '--namespace', NAMESPACE, '-f', '-'], {
      input: JSON.stringify({ ...object, metadata }),
    })
  await replace(to(before))
  try {
    await scenario()
  } finally {
    await replace(before)
  }
}

test('all is well, but for the issuer that nobody publishes', () =>
  inNamespace(async (place) => {
    await applied(place, pod('reports', REPORTS))
    await finds(place)
    const { categories } = await check(place.namespace, '--category', 'issuer')
    const codes = categories.flatMap(({ checks }) =>
      checks.flatMap(({ findings }) => findings.map(({ code }) => code)),
    )
    assert.deepEqual(codes, ['issuer_unreadable'])
  }))

test('a guard without binding is found', () =>
  inNamespace(async (place) => {
    await without(place, [bindingOf('guard-exec.rolechain.io')], () =>
      finds(place, 'kubernetes: the guard refuses (guard-exec.rolechain.io): guard_missing'),
    )
    await finds(place)
  }))

test('an entry that lets pods through is found', () =>
  inNamespace(async (place) => {
    await changed(
      ['mutatingwebhookconfiguration', CONFIGURATION],
      (object) => ({
        ...object,
        webhooks: (object['webhooks'] as readonly { name: string }[]).map((entry) =>
          entry.name === 'chain.rolechain.io' ? { ...entry, failurePolicy: 'Ignore' } : entry,
        ),
      }),
      () => finds(place, 'webhook: API servers ask it about pods: webhook_entry_changed'),
    )
    await finds(place)
  }))

test('a right that the webhook lacks is found', () =>
  inNamespace(async (place) => {
    await changed(
      ['rolebinding', RELEASE],
      (object) => ({ ...object, subjects: [] }),
      () => finds(place, 'webhook: it has the rights that it needs: webhook_rights'),
    )
    await finds(place)
  }))

test('a webhook that does not run is found', () =>
  inNamespace(async (place) => {
    await system.kubectl('scale', `deployment/${RELEASE}`, '--replicas=0')
    try {
      await finds(place, 'webhook: its replicas are ready: webhook_not_ready')
    } finally {
      await system.kubectl('scale', `deployment/${RELEASE}`, '--replicas=2')
      await system.kubectl('rollout', 'status', `deployment/${RELEASE}`, '--timeout=60s')
    }
    await finds(place)
  }))

const LIMITS = {
  apiVersion: 'v1',
  kind: 'LimitRange',
  metadata: { name: 'containers' },
  spec: { limits: [{ type: 'Container', min: { memory: '64Mi' } }] },
}

test('a LimitRange that refuses sidecars is found', () =>
  inNamespace(async (place) => {
    await applied(place, LIMITS)
    await finds(place, 'quota: LimitRanges let sidecars have their resources: limit_range_refuses')
  }))

test('a chain on a service account without the label is found', () =>
  inNamespace(async (place) => {
    await applied(place, serviceAccount('chained', REPORTS))
    await finds(place, 'pods: chains on service accounts are held by a label: chain_label_missing')
    await place.kubectl('label', 'serviceaccount', 'chained', 'rolechain.io/chain=true')
    await finds(place)
  }))

test('a gate that a trust policy keeps closed is found', () =>
  inNamespace(async (place) => {
    await applied(place, pod('refused', { 'rolechain.io/target-role-arn': ROLES.nobody }))
    await finds(place, 'pods: gates are open: role_denied')
  }))

test('a service account that is not there is found', () =>
  inNamespace(async (place) => {
    await applied(place, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'nobody' },
      spec: {
        selector: { matchLabels: { app: 'nobody' } },
        template: {
          metadata: { labels: { app: 'nobody' } },
          spec: {
            serviceAccountName: 'missing',
            containers: [{ name: 'app', image: 'localhost/pause:1' }],
          },
        },
      },
    })
    await finds(place, 'pods: pods of workloads are not refused: service_account_missing')
  }))
