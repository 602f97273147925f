/** Patterns: wildcards, variables, and the colons of ARNs. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { array, assert as check, constantFrom, property, string } from 'fast-check'
import {
  matches,
  matchesArn,
  matchesIgnoringCase,
  matchesResource,
  readPattern,
  type Pattern,
} from '../../iam/pattern.ts'

const TOLD = new Map([
  ['aws:principaltag/team', ['re*ports']],
  ['aws:principaltag/path', ['a:b']],
  ['aws:tagkeys', ['team', 'stage']],
  ['aws:sourceidentity', ['Ana']],
])

function read(text: string, hasWildcards = true): Pattern {
  const pattern = readPattern(text, { variables: TOLD, hasWildcards })
  assert.ok(!('variable' in pattern), text)
  return pattern
}

const like = (pattern: string, text: string) => matches(read(pattern), text)
const equals = (pattern: string, text: string) => matches(read(pattern, false), text)

/** Pattern, texts that it means, texts that it does not. */
const LIKE: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['abc', ['abc'], ['ab', 'abcd', 'ABC', '']],
  ['', [''], ['a']],
  ['*', ['', 'a', 'a:b/c\n'], []],
  ['a*', ['a', 'ab:c'], ['ba']],
  ['*b', ['b', 'ab', 'bb'], ['ba']],
  ['a*b*c', ['abc', 'a-b-b-c'], ['acb']],
  ['a?c', ['abc', 'a:c', 'a😀c'], ['ac', 'abbc']],
  ['a**b', ['ab', 'axb'], ['a']],
  ['?*', ['a', 'ab'], ['']],
  ['a.c', ['a.c'], ['abc']],
  ['a[b]', ['a[b]'], ['ab']],
  ['$', ['$'], ['']],
  ['a$b{c}', ['a$b{c}'], []],
  ['a${*}b', ['a*b'], ['axb']],
  ['a${?}b', ['a?b'], ['axb']],
  ['${$}{x}', ['${x}'], []],
  ['${aws:PrincipalTag/team}', ['re*ports'], ['reXports']],
  ['${AWS:principaltag/TEAM}*', ['re*ports/x'], ['reports']],
  ["${aws:PrincipalTag/team, 'none'}", ['re*ports'], ['none']],
  ["${aws:PrincipalTag/other, 'no one'}", ['no one'], ['']],
  ["${sts:ExternalId, ''}x", ['x'], []],
  ["${aws:PrincipalTag/other, '*'}", ['*'], ['x']],
]

for (const [pattern, right, wrong] of LIKE)
  test(`${pattern} as a pattern`, () => {
    for (const text of right) assert.equal(like(pattern, text), true, text)
    for (const text of wrong) assert.equal(like(pattern, text), false, text)
  })

test('without wildcards * and ? are themselves', () => {
  assert.equal(equals('a*?', 'a*?'), true)
  assert.equal(equals('a*?', 'abc'), false)
  assert.equal(equals('${aws:PrincipalTag/team}', 're*ports'), true)
})

test('without regard to case, also in what a variable stands for', () => {
  assert.equal(matchesIgnoringCase(read('STS:Assume*'), 'sts:AssumeRole'), true)
  assert.equal(matchesIgnoringCase(read('${aws:SourceIdentity}', false), 'ANA'), true)
  assert.equal(matchesIgnoringCase(read('a', false), 'b'), false)
})

const NO_VALUE: readonly (readonly [string, isTold: boolean])[] = [
  ['${aws:PrincipalTag/none}', true],
  ['${aws:TagKeys}', true],
  ["${aws:TagKeys, 'x'}", true],
  ['${aws:username}', false],
  ["${aws:username, 'x'}", false],
  ['${}', false],
  ['x${ a, b, c }', false],
]

for (const [text, isTold] of NO_VALUE)
  test(`${text} has no value`, () => {
    const pattern = readPattern(text, { variables: TOLD, hasWildcards: true })
    assert.equal('variable' in pattern && pattern.isTold, isTold)
    assert.ok('variable' in pattern)
  })

test('without variables ${ is text', () => {
  const pattern = readPattern('${aws:SourceIdentity}', {
    variables: undefined,
    hasWildcards: false,
  })
  assert.equal(matches(pattern as Pattern, '${aws:SourceIdentity}'), true)
})

const ROLE = 'arn:aws:iam::222222222222:role/team/reader'
const LONG = 'arn:aws:x:eu:222222222222:a:b:c'

/** Pattern, ARN, whether ArnLike means it, whether Resource does. */
const ARNS: readonly (readonly [string, string, like: boolean, resource: boolean])[] = [
  [ROLE, ROLE, true, true],
  ['*', ROLE, true, true],
  ['arn:*:iam::*:role/*', ROLE, true, true],
  ['arn:aws:iam::222222222222:role/*/reader', ROLE, true, true],
  ['arn:aws:iam::2222????2222:role/*', ROLE, true, true],
  ['arn:aws:iam:?:222222222222:role/*', ROLE, false, false],
  ['arn:aws:iam::222222222222:*', ROLE, true, true],
  ['arn:aws:iam::*', ROLE, false, true],
  ['arn:aws:*', ROLE, false, true],
  ['arn:aws:*:role/team/reader', ROLE, false, true],
  ['arn:a*:role/team/reader', ROLE, false, true],
  ['arn:*m::222222222222:role/team/reader', ROLE, false, false],
  ['arn:aws:i*m::222222222222:role/team/reader', ROLE, true, true],
  ['arn:a*222222222222:role/team/reader', ROLE, false, false],
  ['arn:aws?iam::222222222222:role/team/reader', ROLE, false, false],
  ['arn:aws:iam::222222222222:role/*reader:', ROLE, false, false],
  ['arn:aws:x:eu:222222222222:a:*:c', LONG, true, true],
  ['arn:aws:x:eu:222222222222:*c', LONG, true, true],
  ['arn:aws:x:eu:222222222222:a?b?c', LONG, true, true],
  ['arn:aws:x:eu:222222222222:${aws:PrincipalTag/path}:c', LONG, true, true],
  ['not an ARN', 'not an ARN', false, true],
]

for (const [pattern, arn, isLike, isResource] of ARNS)
  test(`${pattern} beside ${arn}`, () => {
    assert.equal(matchesArn(read(pattern), arn), isLike)
    assert.equal(matchesResource(read(pattern), arn), isResource)
  })

test('law: a pattern without wildcards means itself and nothing else', () => {
  check(
    property(string({ unit: 'grapheme' }), string({ unit: 'grapheme' }), (pattern, text) => {
      const plain = pattern.replaceAll(/[$*?]/g, '')
      assert.equal(like(plain, plain), true)
      assert.equal(like(plain, text), plain === text)
      assert.equal(like(`${plain}*`, `${plain}${text}`), true)
      assert.equal(like(`*${plain}`, `${text}${plain}`), true)
    }),
  )
})

const few = (characters: string) =>
  array(constantFrom(...Array.from(characters)), { maxLength: 9 }).map((all) => all.join(''))

test('law: wildcards mean what a regular expression says', () => {
  check(
    property(few('ab:*?'), few('ab:'), (pattern, text) => {
      const source = pattern.replaceAll('*', '.*').replaceAll('?', '.')
      assert.equal(like(pattern, text), new RegExp(`^${source}$`, 'su').test(text))
    }),
    { numRuns: 1000 },
  )
})

test('law: ArnLike compares each of six parts by itself', () => {
  check(
    property(array(few('ab*?'), { minLength: 6, maxLength: 6 }), few('ab:'), (parts, last) => {
      const values = ['a', 'b', 'ab', '', 'a', last]
      const each = parts.every((part, index) => like(part, values[index] ?? ''))
      assert.equal(matchesArn(read(parts.join(':')), values.join(':')), each)
    }),
    { numRuns: 1000 },
  )
})

test('a long pattern of stars takes time that grows with its length only', () => {
  // A regular expression of this pattern would not end.
  assert.equal(like(`${'*a'.repeat(300)}b`, 'a'.repeat(2048)), false)
})
