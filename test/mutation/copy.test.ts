import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createCopy, type Copy } from './copy.ts'

const AMPLE = { cpuSeconds: 30, seconds: 60 }
const TESTS = {
  'green.test.ts':
    "import { value } from './value.ts'\ntest('is one', () => { if (value !== 1) throw new Error() })",
  'red.test.ts':
    "test('fails', () => { throw new Error() })\ntest('waits for ever', () => new Promise(() => setInterval(() => {}, 1000)))",
  'busy.test.ts': "test('computes for ever', () => { for (;;); })",
  'waiting.test.ts': "test('waits for ever', () => new Promise(() => setInterval(() => {}, 1000)))",
}

let top: string
let copy: Copy

before(async () => {
  top = await mkdtemp(join(tmpdir(), 'rolechain-mutation-test-'))
  await mkdir(join(top, 'node_modules'))
  await writeFile(join(top, 'value.ts'), 'export const value: number = 1')
  for (const [name, text] of Object.entries(TESTS))
    await writeFile(join(top, name), `import { test } from 'node:test'\n${text}`)
  copy = await createCopy(top)
})

after(async () => {
  await copy.remove()
  await rm(top, { recursive: true })
})

test('runs a test on the changed file, and leaves the project as it was', async () => {
  const changed = 'export const value: number = 2'
  assert.equal(await copy.runTest('green.test.ts', AMPLE), 'green')
  await copy.withFile('value.ts', changed, async () => {
    assert.equal(await copy.runTest('green.test.ts', AMPLE), 'red')
    assert.match(await readFile(join(top, 'value.ts'), 'utf8'), /= 1$/)
  })
  assert.equal(await copy.runTest('green.test.ts', AMPLE), 'green')
})

test('does not wait for what follows the first failure', async () => {
  assert.equal(await copy.runTest('red.test.ts', AMPLE), 'red')
})

test('ends a test that computes for ever by its time of the processor', async () => {
  assert.equal(await copy.runTest('busy.test.ts', { cpuSeconds: 1, seconds: 60 }), 'timeout')
})

test('is interrupted in the middle of a test', async () => {
  const running = copy.runTest('waiting.test.ts', AMPLE)
  copy.interrupt()
  assert.equal(await running, 'red')
})

test('ends a test that waits for ever by the clock', async () => {
  assert.equal(await copy.runTest('waiting.test.ts', { cpuSeconds: 30, seconds: 1 }), 'timeout')
})
