import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { readYaml } from '../../../../webhook/core/formats/yaml.ts'

function assertValue(text: string, value: unknown): void {
  assert.deepEqual(readYaml(text), { kind: 'value', value })
}

function problemOf(text: string): string {
  const read = readYaml(text)
  return read.kind === 'problem' ? read.problem : ''
}

/** A value that is made of texts. */
const texts = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 8 },
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string({ maxLength: 9 }), tie('value'), { maxKeys: 4 }),
  ),
})).value

describe('readYaml', () => {
  it('reads JSON, indented in whatever way, as what was written', () => {
    fc.assert(
      fc.property(texts, fc.constantFrom(undefined, '  ', '\t'), (value, indentation) => {
        const text = JSON.stringify(value, null, indentation)
        const read = readYaml(text)
        assert.equal(read.kind === 'value' && JSON.stringify(read.value), JSON.stringify(value))
      }),
    )
  })

  it('keeps every scalar as it was written', () => {
    assertValue('a: 0012\nb: 1.0\nc: null\nd: yes\ne:', {
      a: '0012',
      b: '1.0',
      c: 'null',
      d: 'yes',
      e: '',
    })
  })

  it('reads aliases, and takes a merge key for a key', () => {
    assertValue('a: &x {b: c}\nd: *x\n<<: *x', { a: { b: 'c' }, d: { b: 'c' }, '<<': { b: 'c' } })
  })

  it('keeps names that every object has', () => {
    const { value } = readYaml('constructor: a\n__proto__: b') as { value: object }
    assert.deepEqual(Object.entries(value), [
      ['constructor', 'a'],
      ['__proto__', 'b'],
    ])
  })

  const refused = {
    'a key twice': ['a: 1\na: 2', /^is neither YAML nor JSON: duplicated mapping key \(line 2, /],
    'what does not end': ['{a: [', /^is neither .*: unexpected end .* \(line 1, column 6\)$/],
    nothing: ['', /^is neither YAML nor JSON: expected a document/],
    'an alias of nothing': ['a: *x', /^is neither .*: unidentified alias "x"/],
    'an alias of itself': ['a: &a [*a]', /^may have 2000 values .* and has more$/],
    'values by aliases': [
      `a: &a [${'x,'.repeat(50)}]\nb: &b [${'*a,'.repeat(50)}]\nc: *b`,
      /^may have 2000 values/,
    ],
    'characters by aliases': [
      `a: &a ${'x'.repeat(20_000)}\nb: *a`,
      /^may have .* and 32768 characters, aliases written out/,
    ],
    depth: ['['.repeat(13), /^is neither YAML nor JSON: nesting exceeded/],
    values: [`[${'x,'.repeat(2000)}]`, /^may have 2000 values/],
    separators: [',\n'.repeat(2001), /^has 4002 commas and ends of lines, and may have 4000$/],
    length: ['x'.repeat(32_769), /^has 32769 characters, and may have 32768$/],
  } satisfies Record<string, [text: string, problem: RegExp]>

  for (const [what, [text, problem]] of Object.entries(refused)) {
    it(`refuses ${what}`, () => {
      assert.match(problemOf(text), problem)
    })
  }
})
