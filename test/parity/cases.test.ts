/**
 * The rules of parity mode, line by line: each case a pod, what surrounds it, and what comes of it, through the whole
 * webhook.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { after, describe, it } from 'node:test'
import { parse } from 'yaml'
import { z } from 'zod'
import { at, merged } from '../webhook/core/fixture.ts'
import { admit } from './review.ts'
import type { Admitted } from './review.ts'
import { startWebhookIn } from './webhook.ts'
import type { RunningWebhook } from './webhook.ts'

const folder = new URL('cases/', import.meta.url)
const texts = z.record(z.string(), z.string())

const caseSchema = z.strictObject({
  /** Begins with `ours:` where the upstream webhook does otherwise: the case would fail on it. */
  name: z.string(),
  flags: z.array(z.string()).default([]),
  /** Annotations of the service account; null: there is none. */
  serviceAccount: texts
    .nullable()
    .default({ 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111111111111:role/reports' }),
  /** `config` of the ConfigMap, and the content of the file of identities; both speak of the namespace `team-a`. */
  config: z.string().optional(),
  identities: z.string().optional(),
  pod: z.record(z.string(), z.unknown()).default({}),
  annotations: texts.default({}),
  /** Values in the pod that comes out, by pointer; null means that there is none. */
  at: z.record(z.string(), z.unknown()).default({}),
  /** Numbers in it, by pointer, with the lowest and the highest that may be. */
  between: z.record(z.string(), z.tuple([z.number(), z.number()])).default({}),
  /** No patch at all. */
  isUnchanged: z.boolean().default(false),
  /** What each warning has to contain. */
  warns: z.array(z.string()).optional(),
  /** Audit annotations. */
  audit: texts.default({}),
  /** Paths of the patch. */
  patches: z.array(z.string()).optional(),
})

type Case = z.infer<typeof caseSchema>

const tables = readdirSync(folder)
  .sort()
  .map((file) => {
    const text = readFileSync(new URL(file, folder), 'utf8')
    const schema = z.strictObject({ section: z.string(), cases: z.array(caseSchema) })
    return schema.parse(parse(text, { merge: true }))
  })

/** Cases with equal surroundings share a webhook, each with a namespace of its own. */
const namespaces = new Map(
  tables
    .flatMap(({ cases }) => cases)
    .map((given, index) => [given, speaksOfNamespace(given) ? 'team-a' : `case-${index}`]),
)

function speaksOfNamespace({ config, identities }: Case): boolean {
  return config !== undefined || identities !== undefined
}

const webhooks = new Map<string, Promise<RunningWebhook>>()

function toKey(given: Case): string {
  const { flags, config, identities, serviceAccount } = given
  return JSON.stringify([flags, config, identities, speaksOfNamespace(given) && serviceAccount])
}

function webhookFor(given: Case): Promise<RunningWebhook> {
  const key = toKey(given)
  const held = webhooks.get(key)
  if (held !== undefined) return held
  const started = startWebhookIn({
    flags: given.flags,
    config: given.config,
    identities: given.identities,
    serviceAccounts: [...namespaces].flatMap(([other, namespace]) =>
      toKey(other) !== key || other.serviceAccount === null
        ? []
        : [{ namespace, name: 'reports', annotations: other.serviceAccount }],
    ),
  })
  webhooks.set(key, started)
  return started
}

after(async () => {
  const started = await Promise.allSettled(webhooks.values())
  for (const one of started) if (one.status === 'fulfilled') await one.value.stop()
})

const standardPod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web' },
  spec: { serviceAccountName: 'reports', containers: [{ name: 'app', image: 'x' }] },
}

for (const { section, cases } of tables) {
  describe(section, () => {
    for (const given of cases) {
      it(given.name, async () => {
        const { annotations } = given
        const pod = merged(merged(standardPod, given.pod), { metadata: { annotations } })
        const webhook = await webhookFor(given)
        check(await admit(webhook, { namespace: namespaces.get(given) ?? '', pod }), given)
      })
    }
  })
}

function check({ response, pod, patchText }: Admitted, expected: Case): void {
  for (const [pointer, value] of Object.entries(expected.at)) {
    assert.deepEqual(at(pod, pointer) ?? null, value, pointer)
  }
  for (const [pointer, [lowest, highest]] of Object.entries(expected.between)) {
    const value = Number(at(pod, pointer))
    assert.ok(value >= lowest && value <= highest, `${pointer} is ${value}`)
  }
  if (expected.isUnchanged) assert.equal(patchText, '')
  if (expected.patches !== undefined) checkPaths(patchText, expected.patches)
  assert.partialDeepStrictEqual(response.auditAnnotations ?? {}, expected.audit)
  if (expected.warns !== undefined) checkWarnings(response.warnings ?? [], expected.warns)
}

function checkPaths(patchText: string, expected: readonly string[]): void {
  const operations = JSON.parse(patchText) as { path: string }[]
  assert.deepEqual(operations.map(({ path }) => path).sort(), [...expected].sort())
}

function checkWarnings(warnings: readonly string[], expected: readonly string[]): void {
  assert.equal(warnings.length, expected.length, warnings.join('\n'))
  for (const text of expected) {
    assert.ok(
      warnings.some((warning) => warning.includes(text)),
      `no warning says ${text}: ${warnings.join('\n')}`,
    )
  }
}
