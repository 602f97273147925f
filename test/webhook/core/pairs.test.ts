/**
 * Every pod of `test/fixtures/pairs` before and after admission, whole. `npm test` compares; what comes out is in the
 * message.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { parse } from 'yaml'
import { z } from 'zod'
import { givenSchema, judge, merged, toConfiguration } from './fixture.ts'

const folder = new URL('../../fixtures/pairs/', import.meta.url)
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.before.yaml'))
  .map((file) => file.replace('.before.yaml', ''))

describe('pods before and after', () => {
  for (const name of names) {
    it(name.replaceAll('-', ' '), () => {
      const given = z.strictObject(givenSchema).parse(read(name, 'given'))
      const { patched } = judge(read(name, 'before'), given)
      assert.deepEqual(withStamp(patched, 'stamp'), withStamp(read(name, 'after'), 'stamp'))
    })
  }

  it('writes the stamp of the version and the configuration', () => {
    const given = z.strictObject(givenSchema).parse(read('example', 'given'))
    const { patched } = judge(read('example', 'before'), given)
    const { stamp } = toConfiguration(given)
    assert.match(stamp, /^0\.1\.0\/[0-9a-f]{8}$/)
    assert.deepEqual(withStamp(patched, stamp), patched)
  })
})

function read(name: string, part: 'given' | 'before' | 'after'): unknown {
  const content: unknown = parse(readFileSync(new URL(`${name}.${part}.yaml`, folder), 'utf8'))
  // Anchors are one object in several places, and a review is plain JSON.
  return JSON.parse(JSON.stringify(content))
}

/** The hash of the configuration changes with every new default; pairs are not about that. */
function withStamp(pod: unknown, stamp: string): unknown {
  const { metadata } = z
    .object({
      metadata: z.looseObject({ annotations: z.record(z.string(), z.string()).optional() }),
    })
    .parse(pod)
  return metadata.annotations?.['rolechain.io/injected'] === undefined
    ? pod
    : merged(pod, { metadata: { annotations: { 'rolechain.io/injected': stamp } } })
}
