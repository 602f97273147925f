import assert from 'node:assert/strict'
import { posix } from 'node:path'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { toPlainPath } from '../../../../webhook/core/formats/paths.ts'

const paths = fc
  .array(fc.constantFrom('/', '.', '..', 'a', '.b', '..c', '//', 'd..'))
  .map((parts) => `/${parts.join('')}`)

test('a path is spelt as Node spells it, without a slash at its end', () => {
  fc.assert(
    fc.property(paths, (path) => {
      const normal = posix.normalize(path)
      assert.equal(toPlainPath(path), normal === '/' ? '/' : normal.replace(/\/$/, ''))
    }),
    { numRuns: 2000 },
  )
})
