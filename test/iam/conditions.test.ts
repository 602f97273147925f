/** Conditions: the documented rules, one a row, with the key present and absent. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judgeCondition, type Doubt } from '../../iam/conditions.ts'
import { OPERATOR_NAMES } from '../../iam/operators.ts'

const CONTEXT = new Map([
  ['sts:externalid', ['Alpha']],
  ['aws:principalarn', ['arn:aws:iam::111111111111:role/path/reader']],
  ['aws:principaltag/team', ['Alpha']],
  ['aws:requesttag/empty', ['']],
  ['aws:tagkeys', ['team', 'stage']],
  // Not among the keys of STS: told all the same.
  ['aws:multifactorauthage', ['300']],
  ['aws:currenttime', ['2026-11-28T12:00:00Z']],
  ['aws:multifactorauthpresent', ['true']],
  ['aws:sourceip', ['203.0.113.7']],
  ['aws:vpcsourceip', ['2001:db8:1234:5678::9']],
])

function judge(key: string, operator: string, ...values: readonly string[]) {
  return judgeCondition({ operator, key, values }, { context: CONTEXT, hasVariables: true })
}

function hold(key: string, operator: string, ...values: readonly string[]): boolean {
  const { truth } = judge(key, operator, ...values)
  assert.notEqual(truth, 'unknown')
  return truth === 'yes'
}

/** Operator, values, whether it holds for the key of the context, whether it holds when the key is absent. */
const OPERATORS: readonly (readonly [string, string[], present: boolean, absent: boolean])[] = [
  ['StringEquals', ['beta', 'Alpha'], true, false],
  ['StringEquals', ['alpha'], false, false],
  ['StringEquals', ['Al*'], false, false],
  ['StringEqualsIfExists', ['beta'], false, true],
  ['StringNotEquals', ['beta', 'Alpha'], false, true],
  ['StringNotEquals', ['beta'], true, true],
  ['StringNotEqualsIfExists', ['Alpha'], false, true],
  ['StringEqualsIgnoreCase', ['ALPHA'], true, false],
  ['StringEqualsIgnoreCase', ['${aws:PrincipalTag/Team}'], true, false],
  ['StringNotEqualsIgnoreCase', ['ALPHA'], false, true],
  ['StringLike', ['Al?h*'], true, false],
  ['StringLike', ['Al?'], false, false],
  ['StringLikeIfExists', ['x*'], false, true],
  ['StringNotLike', ['A*'], false, true],
  ['Null', ['true'], false, true],
  ['Null', ['false'], true, false],
  ['Null', ['true', 'false'], true, true],
  ['ForAnyValue:StringEquals', ['Alpha'], true, false],
  ['ForAnyValue:StringNotEquals', ['beta'], true, false],
  ['ForAnyValue:StringEqualsIfExists', ['beta'], false, true],
  ['ForAllValues:StringEquals', ['beta'], false, true],
  ['ForAllValues:StringNotEquals', ['Alpha'], false, true],
]

for (const [operator, values, present, absent] of OPERATORS)
  test(`${operator} [${values.join(', ')}]`, () => {
    assert.equal(hold('sts:ExternalId', operator, ...values), present)
    assert.equal(hold('sts:SourceIdentity', operator, ...values), absent)
  })

test('keys are compared without regard to case, values with', () => {
  assert.equal(hold('STS:EXTERNALID', 'StringEquals', 'Alpha'), true)
  assert.equal(hold('AWS:PrincipalTag/TEAM', 'StringEquals', 'Alpha'), true)
  assert.equal(hold('AWS:PrincipalTag/TEAM', 'StringEquals', 'ALPHA'), false)
})

test('set operators ask for one or for all values of the request', () => {
  assert.equal(hold('aws:TagKeys', 'ForAnyValue:StringEquals', 'stage'), true)
  assert.equal(hold('aws:TagKeys', 'ForAnyValue:StringNotEquals', 'stage'), true)
  assert.equal(hold('aws:TagKeys', 'ForAnyValue:StringNotEquals', 'stage', 'team'), false)
  assert.equal(hold('aws:TagKeys', 'ForAllValues:StringEquals', 'stage'), false)
  assert.equal(hold('aws:TagKeys', 'ForAllValues:StringEquals', 'stage', 'team', 'more'), true)
  assert.equal(hold('aws:TagKeys', 'ForAllValues:StringNotEquals', 'stage'), false)
})

test('an empty text is an empty set, and a value without a set operator', () => {
  assert.equal(hold('aws:RequestTag/empty', 'ForAllValues:StringEquals', 'x'), true)
  assert.equal(hold('aws:RequestTag/empty', 'ForAnyValue:StringEquals', ''), false)
  assert.equal(hold('aws:RequestTag/empty', 'StringEquals', ''), true)
  assert.equal(hold('aws:RequestTag/empty', 'Null', 'false'), true)
})

/** Operator, key, values that match, values that do not. */
const TYPED: readonly (readonly [string, string, readonly string[], readonly string[]])[] = [
  ['NumericEquals', 'aws:MultiFactorAuthAge', ['300', '300.0'], ['301']],
  ['NumericNotEquals', 'aws:MultiFactorAuthAge', ['301'], ['300.0']],
  ['NumericLessThan', 'aws:MultiFactorAuthAge', ['301', '1000'], ['300', '40']],
  ['NumericLessThanEquals', 'aws:MultiFactorAuthAge', ['300'], ['299']],
  ['NumericGreaterThan', 'aws:MultiFactorAuthAge', ['40', '-1'], ['300']],
  ['NumericGreaterThanEquals', 'aws:MultiFactorAuthAge', ['300'], ['301']],
  ['DateEquals', 'aws:CurrentTime', ['2026-11-28T12:00Z', '1795867200'], ['2026-11-28']],
  ['DateNotEquals', 'aws:CurrentTime', ['2026-11-28'], ['2026-11-28T13:00:00+01:00']],
  ['DateLessThan', 'aws:CurrentTime', ['2026-12-01'], ['2026-11-28T12:00:00Z']],
  ['DateLessThanEquals', 'aws:CurrentTime', ['2026-11-28T12:00:00Z'], ['2026-11-28T11:59:59.95Z']],
  ['DateGreaterThan', 'aws:CurrentTime', ['2026-11'], ['2028-02-29']],
  ['DateGreaterThanEquals', 'aws:CurrentTime', ['2026-11-28T10:00:00-02:00'], ['2027-01']],
  ['Bool', 'aws:MultiFactorAuthPresent', ['true'], ['false']],
  [
    'IpAddress',
    'aws:SourceIp',
    ['203.0.113.0/24', '203.0.113.7'],
    ['203.0.113.8', '203.0.112.0/24'],
  ],
  ['IpAddress', 'aws:VpcSourceIp', ['2001:DB8:1234:5678::/64'], ['2001:db8::/64', '0.0.0.0/0']],
  ['NotIpAddress', 'aws:SourceIp', ['10.0.0.0/8', '2001:db8::/32'], ['0.0.0.0/0']],
]

for (const [operator, key, right, wrong] of TYPED)
  test(`${operator} compares what ${key} stands for`, () => {
    for (const value of right) assert.equal(hold(key, operator, value), true, value)
    for (const value of wrong) assert.equal(hold(key, operator, value), false, value)
  })

test('ARN operators compare part by part, …Equals and …Like alike', () => {
  for (const name of ['ArnEquals', 'ArnLike']) {
    const like = (pattern: string) => hold('aws:PrincipalArn', name, pattern)
    assert.equal(like('arn:aws:iam::111111111111:role/path/reader'), true)
    assert.equal(like('arn:*:iam::*:role/*'), true)
    assert.equal(like('arn:aws:iam::1111????????:role/path/reader'), true)
    assert.equal(like('arn:aws:*:role/*'), false)
    assert.equal(like('arn:aws:iam::*'), false)
    assert.equal(like('ARN:aws:iam::111111111111:role/path/reader'), false)
    assert.equal(like('not an ARN'), false)
    assert.equal(like('*'), true)
  }
  assert.equal(
    hold('aws:PrincipalArn', 'ArnNotEquals', 'arn:aws:iam::111111111111:role/other'),
    true,
  )
  assert.equal(hold('aws:PrincipalArn', 'ArnNotLike', 'arn:aws:iam::111111111111:role/*'), false)
})

/** Operator, key, value, and what nobody can say. None of them passes for yes or no, whatever the qualifiers. */
const DOUBTS: readonly (readonly [string, string, string, Doubt['why']])[] = [
  ['StringMatches', 'sts:ExternalId', 'Alpha', 'operator_not_known'],
  ['stringequals', 'sts:ExternalId', 'Alpha', 'operator_not_known'],
  ['BinaryEquals', 'sts:ExternalId', 'QQ==', 'operator_not_known'],
  ['NullIfExists', 'sts:ExternalId', 'true', 'operator_not_known'],
  ['ForAllValues:Null', 'aws:TagKeys', 'true', 'operator_not_known'],
  ['ForSomeValues:StringEquals', 'aws:TagKeys', 'team', 'operator_not_known'],
  ['toString', 'sts:ExternalId', 'Alpha', 'operator_not_known'],
  ['StringEquals', 'aws:PrincipalOrgID', 'o-1', 'key_not_told'],
  ['StringNotEquals', 'aws:PrincipalOrgID', 'o-1', 'key_not_told'],
  ['StringEqualsIfExists', 'aws:PrincipalOrgID', 'o-1', 'key_not_told'],
  ['ForAllValues:StringEquals', 'aws:PrincipalServiceNamesList', 'x', 'key_not_told'],
  ['Null', 'aws:SourceVpc', 'true', 'key_not_told'],
  ['StringEquals', 'aws:TagKeys', 'team', 'set_operator_missing'],
  ['Null', 'sts:ExternalId', 'yes', 'value_not_readable'],
  ['Bool', 'aws:MultiFactorAuthPresent', 'True', 'value_not_readable'],
  ['NumericEquals', 'aws:MultiFactorAuthAge', '3e2', 'value_not_readable'],
  ['NumericEquals', 'aws:MultiFactorAuthAge', '9007199254740993', 'value_not_readable'],
  ['NumericEquals', 'aws:MultiFactorAuthAge', '${aws:MultiFactorAuthAge}', 'value_not_readable'],
  ['DateLessThan', 'aws:CurrentTime', '2026', 'value_not_readable'],
  ['DateLessThan', 'aws:CurrentTime', '2026-13-01', 'value_not_readable'],
  ['DateLessThan', 'aws:CurrentTime', '2026-00-01', 'value_not_readable'],
  ['DateLessThan', 'aws:CurrentTime', '2026-01-00', 'value_not_readable'],
  ['DateLessThan', 'aws:CurrentTime', '2026-01-01T24:00Z', 'value_not_readable'],
  ['NumericEquals', 'sts:ExternalId', '1', 'value_not_readable'],
  ['DateNotEquals', 'sts:ExternalId', '2026-01-01', 'value_not_readable'],
  ['IpAddress', 'aws:SourceIp', '203.0.113.0/33', 'value_not_readable'],
  ['IpAddress', 'aws:SourceIp', '0xcb.0.113.7', 'value_not_readable'],
  ['StringNotEquals', 'sts:ExternalId', '${aws:PrincipalTag/none}', 'variable_without_value'],
  ['StringEquals', 'sts:ExternalId', '${aws:SourceVpc}', 'variable_without_value'],
]

for (const [operator, key, value, why] of DOUBTS)
  test(`${operator} ${key} ${value} is in doubt: ${why}`, () => {
    const { truth, doubt } = judge(key, operator, value)
    assert.deepEqual([truth, doubt?.why], ['unknown', why])
  })

test('a variable without a value matches nothing', () => {
  assert.equal(hold('sts:ExternalId', 'StringEquals', '${aws:PrincipalTag/none}'), false)
  assert.equal(hold('sts:ExternalId', 'StringEquals', '${aws:PrincipalTag/none}', 'Alpha'), true)
  assert.equal(hold('sts:ExternalId', 'StringLike', '${aws:TagKeys}*'), false)
})

test('every operator has a negation or an order that the tables above go through', () => {
  const tried = new Set(
    [...OPERATORS, ...TYPED].map(([name]) => name.replace(/^.*:|IfExists$/g, '')),
  )
  const arn = ['ArnEquals', 'ArnNotEquals', 'ArnLike', 'ArnNotLike']
  assert.deepEqual(
    OPERATOR_NAMES.filter((name) => !tried.has(name) && !arn.includes(name)),
    [],
  )
})
