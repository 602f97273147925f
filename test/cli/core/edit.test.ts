/** A text is changed only where it has to be, whatever way it is written in. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { parse, stringify } from 'yaml'
import { editDocument } from '../../../cli/core/manifests/edit.ts'
import { YAML_OPTIONS } from '../../../cli/core/manifests/manifest.ts'

const rows: readonly (readonly [name: string, before: string, wanted: unknown, after: string])[] = [
  ['nothing to do', 'a: {b:  1}  # c\n', { a: { b: 1 } }, 'a: {b:  1}  # c\n'],
  ['a new key goes behind the last', 'a: 1 # one\n', { a: 1, b: [2] }, 'a: 1 # one\nb:\n  - 2\n'],
  ['without a newline at the end', 'a: 1', { a: 1, b: 2 }, 'a: 1\nb: 2\n'],
  [
    'a key goes with its lines',
    'a: 1\nb:\n  - x\n  # p\nc: 2\n',
    { a: 1, c: 2 },
    'a: 1\n  # p\nc: 2\n',
  ],
  ['a scalar in its place', "a: 'x'  # c\n", { a: 'p' }, 'a: p  # c\n'],
  ['what YAML 1.1 takes for a boolean is quoted', 'a: x\n', { a: 'off' }, 'a: "off"\n'],
  [
    'items stand as deep as the others',
    'a:\n- x: 1\n  p: 2\n- z\n',
    { a: [{ x: 1, p: 2 }, 'new', 'z', { q: [1] }] },
    'a:\n- x: 1\n  p: 2\n- new\n- z\n- q:\n  - 1\n',
  ],
  ['deeper items too', 'a:\n    - x\n', { a: ['x', 'p'] }, 'a:\n    - x\n    - p\n'],
  ['the first item', 'a:\n  # c\n  - x\n', { a: ['p', 'x'] }, 'a:\n  # c\n  - p\n  - x\n'],
  [
    'an item goes',
    'a:\n  - x # 1\n  - p # 2\n  - z\n',
    { a: ['x', 'z'] },
    'a:\n  - x # 1\n  - z\n',
  ],
  ['an empty list is filled', 'a: []\nb: 1\n', { a: ['x'], b: 1 }, 'a:\n  - x\nb: 1\n'],
  ['nothing is filled', 'a:\nb: 1\n', { a: { c: 1 }, b: 1 }, 'a:\n  c: 1\nb: 1\n'],
  ['a flow list grows', 'a: [x,  p] # c\n', { a: ['w', 'x', 'p', 'z'] }, 'a: [w, x,  p, z] # c\n'],
  ['a flow list shrinks', 'a: [w, x,  p, z] # c\n', { a: ['x', 'p'] }, 'a: [x,  p] # c\n'],
  ['a flow map', 'a: {b: 1, c: 2}\n', { a: { c: 3, d: [4] } }, 'a: {c: 3, d: [ 4 ]}\n'],
  ['the first key behind a dash goes', 'a:\n- b: 1\n  c: 2\n', { a: [{ c: 2 }] }, 'a:\n- c: 2\n'],
  [
    'a block text ends before what is new',
    'a: |\n  x\n  p\n',
    { a: 'x\np\n', b: 1 },
    'a: |\n  x\n  p\nb: 1\n',
  ],
  [
    'an anchor that changes takes its aliases out, comments stay',
    'a: &x # one\n  - 1\nb: *x # two\n',
    { a: [1, 2], b: [1] },
    'a:\n  # one\n  - 1\n  - 2\nb:\n  - 1\n  # two\n',
  ],
  [
    'an alias that changes alone becomes a value',
    'a: &x [1]\nb: *x\n',
    { a: [1], b: [1, 2] },
    'a: [ 1 ]\nb: [ 1, 2 ]\n',
  ],
  [
    'a merge key stays, and what differs stands beside it',
    'x: &x {a: 1, b: 2}\np:\n  <<: *x\n  c: 3\n',
    { x: { a: 1, b: 2 }, p: { a: 1, b: 4, c: 3 } },
    'x: &x {a: 1, b: 2}\np:\n  <<: *x\n  c: 3\n  b: 4\n',
  ],
  ['JSON stays JSON', '{"a": [1]}', { a: [1, 2] }, '{\n  "a": [\n    1,\n    2\n  ]\n}\n'],
  ['its marker stays', '--- # x\na: 1\n', { a: 2 }, '--- # x\na: 2\n'],
]

describe('a document', () => {
  for (const [name, before, wanted, after] of rows) {
    it(name, () => assert.equal(editDocument(before, wanted), after))
  }

  it('becomes whatever is wanted', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'name', 'on')
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.constantFrom('x', 'yes', '', '# no', 'a: b', '- x', 'two\nlines\n', '0644'),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(name, tie('value'), { maxKeys: 4 }),
      ),
    }))
    const document = fc.dictionary(name, value, { minKeys: 1, maxKeys: 4 })
    const style = fc.record({
      indentSeq: fc.boolean(),
      collectionStyle: fc.constantFrom('any', 'flow'),
    })
    fc.assert(
      fc.property(document, document, style, (before, wanted, written) => {
        const text = stringify(before, { version: '1.1', ...written })
        const edited: unknown = parse(editDocument(text, plain(wanted)), YAML_OPTIONS)
        assert.deepEqual(plain(edited), plain(wanted))
      }),
      { numRuns: 500 },
    )
  })
})

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}
