/** The rules of parity mode, line by line: each case a pod, what surrounds it, and what comes of it, through the whole webhook. */
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
  pod: z.record(z.string(), z.unknown()).default({}),
  annotations: texts.default({}),
  /** Values in the pod that comes out, by pointer; null means that there is none. */
  at: z.record(z.string(), z.unknown()).default({}),
  /** No patch at all. */
  isUnchanged: z.boolean().default(false),
  /** What each warning has to contain. */
  warns: z.array(z.string()).optional(),
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

/** Cases with the same flags share a webhook, each with a namespace of its own. */
const namespaces = new Map(
  tables.flatMap(({ cases }) => cases).map((given, index) => [given, `case-${index}`]),
)
const webhooks = new Map<string, Promise<RunningWebhook>>()

function toKey({ flags }: Case): string {
  return JSON.stringify(flags)
}

function webhookFor(given: Case): Promise<RunningWebhook> {
  const key = toKey(given)
  const held = webhooks.get(key)
  if (held !== undefined) return held
  const started = startWebhookIn({
    flags: given.flags,
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
        check(await admit(webhook, namespaces.get(given) ?? '', pod), given)
      })
    }
  })
}

function check({ response, pod, patchText }: Admitted, expected: Case): void {
  for (const [pointer, value] of Object.entries(expected.at)) {
    assert.deepEqual(at(pod, pointer) ?? null, value, pointer)
  }
  if (expected.isUnchanged) assert.equal(patchText, '')
  if (expected.patches !== undefined) {
    const operations = JSON.parse(patchText) as { path: string }[]
    assert.deepEqual(operations.map(({ path }) => path).sort(), [...expected.patches].sort())
  }
  if (expected.warns !== undefined) {
    const { warnings = [] } = response
    assert.equal(warnings.length, expected.warns.length, warnings.join('\n'))
    for (const text of expected.warns) {
      assert.ok(
        warnings.some((warning) => warning.includes(text)),
        `no warning says ${text}: ${warnings.join('\n')}`,
      )
    }
  }
}
