/** Every row of `test/fixtures/tables`: a small pod, what differs, and what has to come of it. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { parse } from 'yaml'
import { z } from 'zod'
import { at, givenSchema, judge, merged, withPrefix } from './fixture.ts'
import { REASONS } from '../../../webhook/core/vocabulary/reasons.ts'
import type { Verdict } from '../../../webhook/core/review/verdict.ts'

const folder = new URL('../../fixtures/tables/', import.meta.url)

const saying = z.record(z.string(), z.union([z.string(), z.array(z.string())]))

const rowSchema = z.strictObject({
  name: z.string(),
  ...givenSchema,
  /** Annotations of the pod; a name without a slash gets the prefix of chain mode. */
  pod: z.record(z.string(), z.unknown()).default({}),
  annotations: z.record(z.string(), z.string().nullable()).default({}),
  /** Every reason of a denial, with what its sentence has to contain. */
  denied: saying.optional(),
  /** Every warning's reason, with what its sentence has to contain. */
  warned: saying.default({}),
  mode: z.enum(['skip', 'parity', 'chain']).optional(),
  reason: z.string().optional(),
  /** Values in the patched pod, by pointer; null means that there is none. */
  at: z.record(z.string(), z.unknown()).default({}),
  /** The sidecar's configuration, or parts of it by pointer. */
  sidecar: z.record(z.string(), z.unknown()).default({}),
  audit: z.record(z.string(), z.string()).default({}),
  /** Paths of the patch, in order. */
  patch: z.array(z.string()).optional(),
})

type Row = z.infer<typeof rowSchema>

const tableSchema = z.strictObject({
  /** The pod that all rows start from. */
  pod: z.record(z.string(), z.unknown()),
  annotations: z.record(z.string(), z.string()).default({}),
  rows: z.array(rowSchema),
})

for (const file of readdirSync(folder).sort()) {
  describe(file, () => {
    const table = tableSchema.parse(
      parse(readFileSync(new URL(file, folder), 'utf8'), { merge: true }),
    )
    for (const row of table.rows) {
      it(row.name, () => {
        const annotations = withPrefix(
          merged(table.annotations, row.annotations) as Record<string, string>,
        )
        const pod = merged(merged(table.pod, row.pod), { metadata: { annotations } })
        const { verdict, patched } = judge(pod, row)
        checkVerdict(verdict, row)
        for (const [pointer, value] of Object.entries(row.at))
          assert.deepEqual(at(patched, pointer) ?? null, value, pointer)
        checkSidecar(patched, row)
      })
    }
  })
}

function checkVerdict(verdict: Verdict, { denied, warned, mode, reason, audit, patch }: Row): void {
  const story = verdict.kind === 'denied' ? verdict.message : verdict.warnings.join('\n')
  const expected = denied === undefined ? [] : Object.keys(denied)
  if (denied === undefined) assert.notEqual(verdict.kind, 'denied', story)
  else {
    assert.equal(verdict.kind, 'denied', 'the pod is denied')
    assert.deepEqual([...verdict.reasons].sort(), expected.sort(), story)
    for (const text of Object.values(denied).flat())
      assert.ok(story.includes(text), `${text}\n is not in\n${story}`)
  }
  checkWarnings(verdict, warned)
  assert.ok(verdict.reasons.every((code) => code in REASONS))
  if (mode !== undefined) assert.equal(verdict.mode, mode)
  if (reason !== undefined) assert.equal(verdict.reasons[0], reason)
  for (const [key, value] of Object.entries(audit))
    assert.equal(verdict.auditAnnotations[key], value)
  if (patch !== undefined)
    assert.deepEqual(verdict.kind === 'patched' ? verdict.patch.map(({ path }) => path) : [], patch)
}

function checkWarnings(
  { kind, reasons, warnings, auditAnnotations }: Verdict,
  warned: Row['warned'],
): void {
  const story = warnings.join('\n')
  if (kind !== 'denied')
    assert.deepEqual(
      reasons.filter((code, index) => index > 0 || code in warned).sort(),
      Object.keys(warned).sort(),
      story,
    )
  for (const [reason, texts] of Object.entries(warned)) {
    assert.ok(reason in auditAnnotations, `${reason} is in the audit annotations`)
    for (const text of [texts].flat())
      assert.ok(story.includes(text), `${text}\n is not in\n${story}`)
  }
}

function checkSidecar(patched: unknown, { sidecar }: Row): void {
  if (Object.keys(sidecar).length === 0) return
  const text = at(patched, '/spec/initContainers/rolechain-sidecar/env/ROLECHAIN_CONFIG/value')
  assert.ok(typeof text === 'string', 'the pod has a sidecar')
  const configuration: unknown = JSON.parse(text)
  for (const [pointer, value] of Object.entries(sidecar))
    assert.deepEqual(at(configuration, pointer) ?? null, value, pointer)
}
