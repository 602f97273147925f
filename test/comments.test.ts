/** Comments fit a screen. Tables and addresses may be longer, since they cannot be broken. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { it } from 'node:test'

const LIMIT = 120

it('lines of comments have at most 120 columns', () => {
  const files = globSync('**/*.ts', { exclude: ['node_modules/**', 'dist/**'] })
  assert.ok(files.length > 500)
  const long = files.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line, index) =>
        line.length > LIMIT && /^\s*(?:\/?\*|\/\/)/.test(line) && !/ \| |https?:\/\//.test(line)
          ? [`${file}:${index + 1}`]
          : [],
      ),
  )
  assert.deepEqual(long, [])
})
