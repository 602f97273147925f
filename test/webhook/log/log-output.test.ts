import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createLogOutput } from '../../../webhook/log/log-output.ts'
import type { LogOutput } from '../../../webhook/log/log-output.ts'

interface Reader {
  readonly output: LogOutput
  readonly written: string[]
  /** Answers all writes that wait: taken, or with this error not taken. */
  readonly answer: (error?: Error) => void
}

function createReader(): Reader {
  const written: string[] = []
  let waiting: ((error?: Error) => void)[] = []
  const output = createLogOutput(
    (lines, done) => {
      written.push(lines)
      waiting.push(done)
    },
    (missing) => `${missing} missing\n`,
  )
  const answer: Reader['answer'] = (error) => {
    const answered = waiting
    waiting = []
    for (const done of answered) done(error)
  }
  return { output, written, answer }
}

test('writes the lines of one turn at once and in order', async () => {
  const { output, written } = createReader()
  output.write('one\n')
  output.write('two\n')
  assert.deepEqual(written, [])
  await nextTurn()
  output.write('three\n')
  await nextTurn()
  assert.deepEqual(written, ['one\ntwo\n', 'three\n'])
})

test('writes at the end what is still held, and only once', async () => {
  const { output, written } = createReader()
  output.write('last words\n')
  output.flush()
  await nextTurn()
  assert.deepEqual(written, ['last words\n'])
})

test('drops what a stuck reader would let grow, and tells how much when it reads again', async () => {
  const { output, written, answer } = createReader()
  const line = `${'x'.repeat(1023)}\n`
  for (let count = 0; count < 3000; count += 1) {
    output.write(line)
    if (count % 100 === 0) await nextTurn()
  }
  await nextTurn()
  const taken = written.join('').split(line).length - 1
  assert.equal(taken, 256)
  assert.equal(output.countLost(), 3000 - taken)
  const told = /^(\d+) missing$/m.exec(written.join(''))?.[1] ?? '0'
  answer()
  output.write('again\n')
  await nextTurn()
  assert.equal(written.at(-1), `${3000 - taken - Number(told)} missing\nagain\n`)
  answer()
  output.write('and on\n')
  await nextTurn()
  assert.equal(written.at(-1), 'and on\n')
})

test('counts lines that could not be written, and tells of them until somebody is told', async () => {
  const { output, written, answer } = createReader()
  for (const lines of [['one\n', 'two\n'], ['three\n']]) {
    for (const line of lines) output.write(line)
    await nextTurn()
    answer(new Error('no space left'))
  }
  assert.equal(output.countLost(), 3)
  output.write('four\n')
  await nextTurn()
  assert.deepEqual(written, ['one\ntwo\n', '2 missing\nthree\n', '3 missing\nfour\n'])
  answer()
  assert.equal(output.countLost(), 3)
})

test('one line that is larger than all that may wait is dropped', async () => {
  const { output, written } = createReader()
  output.write('x'.repeat(256 * 1024 + 1))
  output.write('short\n')
  await nextTurn()
  assert.deepEqual(written, ['1 missing\nshort\n'])
})
