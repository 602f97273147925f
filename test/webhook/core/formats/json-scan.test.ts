import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import {
  createJsonScan,
  DEPTH_LIMIT,
  ENTRIES_LIMIT,
} from '../../../../webhook/core/formats/json-scan.ts'

/** Entries as the parsed value has them. */
function countEntries(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const children = Object.values(value)
  const inside = children.reduce((sum: number, child) => sum + countEntries(child), 0)
  const colons = Array.isArray(value) ? 0 : children.length
  return 1 + colons + Math.max(children.length - 1, 0) + inside
}

test('counts the entries of any JSON, however it is cut into chunks', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), fc.array(fc.nat(40)), (text, cuts) => {
      const scan = createJsonScan()
      const bytes = Buffer.from(text)
      let from = 0
      for (const cut of cuts) {
        assert.equal(scan.read(bytes.subarray(from, from + cut)), undefined)
        from += cut
      }
      assert.equal(scan.read(bytes.subarray(from)), undefined)
      assert.equal(scan.entries(), countEntries(JSON.parse(text)))
    }),
  )
})

test('does not count what stands in texts, also behind quotes that are escaped', () => {
  for (const text of ['{"a":"[[[,,,:{"}', String.raw`{"a":"\"[\\\"[\\"}`]) {
    for (let cut = 0; cut <= text.length; cut += 1) {
      const scan = createJsonScan()
      scan.read(Buffer.from(text.slice(0, cut)))
      scan.read(Buffer.from(text.slice(cut)))
      assert.equal(scan.entries(), 2, `${text} cut at ${cut}`)
    }
  }
})

function read(text: string): string | undefined {
  return createJsonScan().read(Buffer.from(text))
}

test('says what is too much as soon as it has seen it', () => {
  assert.equal(read(`[${','.repeat(ENTRIES_LIMIT - 1)}`), undefined)
  assert.equal(read(`[${','.repeat(ENTRIES_LIMIT)}`), 'has more than 100000 entries')
  assert.equal(read('['.repeat(DEPTH_LIMIT)), undefined)
  assert.equal(read('{"a":'.repeat(DEPTH_LIMIT + 1)), 'nests deeper than 100 levels')
  assert.equal(read('[]'.repeat(DEPTH_LIMIT + 1)), undefined)
})
