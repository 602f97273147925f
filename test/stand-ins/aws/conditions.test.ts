/** Condition operators and patterns: a table for each, with and without the key. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assert as check, property, string } from 'fast-check'
import { findConditionProblem, holds } from '../../../stand-ins/aws/conditions.ts'
import {
  equalsPattern,
  likeArn,
  likePattern,
  matchesAction,
} from '../../../stand-ins/aws/pattern.ts'

const CONTEXT = new Map([
  ['sts:externalid', ['Alpha']],
  ['aws:principalarn', ['arn:aws:iam::111111111111:role/path/reader']],
  ['aws:principaltag/team', ['re*ports']],
  ['aws:tagkeys', ['team', 'stage']],
])

/** Operator, values, whether it holds for the key of the context, whether it holds when the key is absent. */
const OPERATORS: readonly (readonly [string, string[], present: boolean, absent: boolean])[] = [
  ['StringEquals', ['beta', 'Alpha'], true, false],
  ['StringEquals', ['alpha'], false, false],
  ['StringEquals', ['Al*'], false, false],
  ['StringEqualsIfExists', ['beta'], false, true],
  ['StringNotEquals', ['beta', 'Alpha'], false, true],
  ['StringNotEquals', ['beta'], true, true],
  ['StringEqualsIgnoreCase', ['ALPHA'], true, false],
  ['StringNotEqualsIgnoreCase', ['ALPHA'], false, true],
  ['StringLike', ['Al?h*'], true, false],
  ['StringLike', ['Al?'], false, false],
  ['StringLikeIfExists', ['x*'], false, true],
  ['StringNotLike', ['A*'], false, true],
  ['Null', ['true'], false, true],
  ['Null', ['false'], true, false],
  ['ForAnyValue:StringEquals', ['Alpha'], true, false],
  ['ForAllValues:StringEquals', ['beta'], false, true],
]

for (const [operator, values, present, absent] of OPERATORS)
  test(`${operator} [${values.join(', ')}]`, () => {
    assert.equal(holds({ operator, key: 'sts:externalid', values }, CONTEXT), present)
    assert.equal(holds({ operator, key: 'sts:sourceidentity', values }, CONTEXT), absent)
  })

function hold(key: string, operator: string, ...values: string[]): boolean {
  return holds({ operator, key, values }, CONTEXT)
}

test('set operators ask for one or for all values of the request', () => {
  assert.equal(hold('aws:tagkeys', 'ForAnyValue:StringEquals', 'stage'), true)
  assert.equal(hold('aws:tagkeys', 'ForAllValues:StringEquals', 'stage'), false)
  assert.equal(hold('aws:tagkeys', 'ForAllValues:StringEquals', 'stage', 'team', 'more'), true)
  assert.equal(hold('aws:tagkeys', 'ForAllValues:StringNotEquals', 'stage'), false)
})

test('ARN operators compare part by part', () => {
  assert.equal(
    hold('aws:principalarn', 'ArnEquals', 'arn:aws:iam::111111111111:role/path/reader'),
    true,
  )
  assert.equal(hold('aws:principalarn', 'ArnLike', 'arn:*:iam::*:role/*'), true)
  assert.equal(hold('aws:principalarn', 'ArnLike', 'arn:aws:*:role/*'), false)
  assert.equal(
    hold('aws:principalarn', 'ArnNotEquals', 'arn:aws:iam::111111111111:role/other'),
    true,
  )
  assert.equal(hold('aws:principalarn', 'ArnLike', 'not an ARN'), false)
})

test('variables are filled literally, and one without a value matches nothing', () => {
  assert.equal(equalsPattern('${aws:PrincipalTag/Team}', 're*ports', CONTEXT), true)
  assert.equal(likePattern('${aws:PrincipalTag/team}', 'reXports', CONTEXT), false)
  assert.equal(likePattern('${aws:PrincipalTag/none}*', 'anything', CONTEXT), false)
  assert.equal(equalsPattern('${aws:TagKeys}', 'team', CONTEXT), false)
  assert.equal(likePattern('a${*}b', 'a*b', CONTEXT), true)
  assert.equal(likePattern('a${*}b', 'axb', CONTEXT), false)
  assert.equal(
    likeArn('arn:aws:s3:::b/${aws:PrincipalTag/team}/*', 'arn:aws:s3:::b/re*ports/x', CONTEXT),
    true,
  )
})

test('actions are compared without regard to case', () => {
  assert.equal(matchesAction('STS:assumerole', 'sts:AssumeRole'), true)
  assert.equal(matchesAction('sts:Assume*', 'sts:AssumeRole'), true)
  assert.equal(matchesAction('sts:AssumeRole', 'sts:AssumeRoleWithWebIdentity'), false)
})

test('every text matches itself, and only wildcards match more', () => {
  check(
    property(string(), string(), (pattern, text) => {
      const plain = pattern.replaceAll(/[$*?]/g, '')
      assert.equal(likePattern(plain, plain, CONTEXT), true)
      assert.equal(likePattern(plain, text, CONTEXT), plain === text)
      assert.equal(likePattern(`${plain}*`, `${plain}${text}`, CONTEXT), true)
    }),
  )
})

test('what is not known is a problem, never ignored', () => {
  const values = ['x']
  assert.match(
    findConditionProblem({ operator: 'StringMatches', key: 'sts:externalid', values }) ?? '',
    /StringMatches is not known/,
  )
  assert.match(
    findConditionProblem({ operator: 'StringEquals', key: 'aws:sourceip', values }) ?? '',
    /aws:sourceip is not known/,
  )
  assert.match(
    findConditionProblem({ operator: 'StringEquals', key: 'aws:tagkeys', values }) ?? '',
    /several values/,
  )
  assert.equal(
    findConditionProblem({
      operator: 'StringLike',
      key: 'oidc.eks.eu-west-1.amazonaws.com/id/abc:sub',
      values,
    }),
    undefined,
  )
})
