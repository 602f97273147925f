/** The difference of two pods is readable, with and without colours. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import pc from 'picocolors'
import { toDifference } from '../../demo/difference.ts'

const plain = { colors: pc.createColors(false), notes: [] }
const before = { a: 1, b: { c: 'x' } }
const after = { a: 1, b: { c: 'y', d: ['z'] }, e: [{ f: { g: 1 } }] }

test('shows removed and added lines of YAML with what stands around them', () => {
  assert.equal(
    toDifference(before, after, plain),
    [' a: 1', ' b:', '-  c: x', '+  c: y', '+  d: [ z ]', '+e:', '+  - { f: { g: 1 } }'].join('\n'),
  )
})

test('puts each note above the first added line that it is about, and nowhere else', () => {
  const notes = [{ line: /[cd]:/u, note: 'see' }]
  assert.match(toDifference(before, after, { ...plain, notes }), / {3}# see\n\+ {2}c: y\n\+ {2}d:/u)
})

test('colours lines on a terminal and leaves the words the same', () => {
  const colored = toDifference(before, after, { colors: pc.createColors(true), notes: [] })
  assert.notEqual(colored, toDifference(before, after, plain))
  // oxlint-disable-next-line no-control-regex -- colours begin with one
  assert.equal(colored.replaceAll(/\u001B\[\d+m/gu, ''), toDifference(before, after, plain))
})

test('is empty for equal values', () => {
  assert.equal(toDifference(before, structuredClone(before), plain), '')
})
