import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createLogOutput } from '../../../webhook/io/log-output.ts'

test('writes the lines of one turn at once and in order', async () => {
  const written: string[] = []
  const output = createLogOutput((lines) => written.push(lines))
  output.write('one\n')
  output.write('two\n')
  assert.deepEqual(written, [])
  await nextTurn()
  output.write('three\n')
  await nextTurn()
  assert.deepEqual(written, ['one\ntwo\n', 'three\n'])
})

test('writes at the end what is still held, and only once', async () => {
  const written: string[] = []
  const output = createLogOutput((lines) => written.push(lines))
  output.write('last words\n')
  output.flush()
  await nextTurn()
  assert.deepEqual(written, ['last words\n'])
})
