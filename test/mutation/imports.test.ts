import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toImporters, toTestsOf } from './imports.ts'

function testsOf(file: string, sources: Record<string, string>): string[] {
  return toTestsOf(file, toImporters(new Map(Object.entries(sources))))
}

test('finds the tests that import a file, through other files too, the nearest first', () => {
  const tests = testsOf('core/pod.ts', {
    'core/pod.ts': '',
    'core/mutate.ts': "import {\n  pod,\n  type Pod,\n} from './pod.ts'",
    'app.ts': "export { mutate } from './core/mutate.ts'",
    'test/app.test.ts': "import '../app.ts'",
    'test/core/mutate.test.ts': "import { mutate } from '../../core/mutate.ts'",
    'test/core/pod.test.ts': "import * as pod from '../../core/pod.ts'",
    'test/other.test.ts': "import { test } from 'node:test'",
  })
  assert.deepEqual(tests, ['test/core/pod.test.ts', 'test/core/mutate.test.ts', 'test/app.test.ts'])
})

test('puts the test that is called like the file before others that are as near', () => {
  const tests = testsOf('core/pod.ts', {
    'core/pod.ts': '',
    'test/answers.test.ts': "import { pod } from '../core/pod.ts'",
    'test/pod.test.ts': "import { pod } from '../core/pod.ts'",
  })
  assert.deepEqual(tests, ['test/pod.test.ts', 'test/answers.test.ts'])
})

test('puts tests of the same folders before others that are as near', () => {
  const tests = testsOf('webhook/core/pod.ts', {
    'webhook/core/pod.ts': '',
    'test/chart/pods.test.ts': "import '../../webhook/core/pod.ts'",
    'test/webhook/app.test.ts': "import '../../webhook/core/pod.ts'",
    'test/webhook/core/tables.test.ts': "import '../../../webhook/core/pod.ts'",
  })
  assert.deepEqual(tests, [
    'test/webhook/core/tables.test.ts',
    'test/webhook/app.test.ts',
    'test/chart/pods.test.ts',
  ])
})

test('follows the path of a program that a test starts, and an import that happens later', () => {
  const tests = testsOf('core/pod.ts', {
    'core/pod.ts': '',
    'main.ts': "const { pod } = await import('./core/pod.ts')",
    'test/from-the-top.test.ts': "spawn('node', ['main.ts'])",
    'test/by-address.test.ts': "new URL('../main.ts', import.meta.url)",
  })
  assert.deepEqual(tests, ['test/by-address.test.ts', 'test/from-the-top.test.ts'])
})

test('leaves out imports of types, of which nothing runs', () => {
  const tests = testsOf('core/pod.ts', {
    'core/pod.ts': '',
    'test/types.test.ts':
      "import type {\n  Pod,\n} from '../core/pod.ts'\nimport { a } from './a.ts'",
    'test/a.ts': '',
  })
  assert.deepEqual(tests, [])
})

test('ends where files import each other', () => {
  const tests = testsOf('a.ts', {
    'a.ts': "import './b.ts'",
    'b.ts': "import './a.ts'",
    'b.test.ts': "import './b.ts'",
  })
  assert.deepEqual(tests, ['b.test.ts'])
})
