/** What the ConfigMap and the file of EKS Pod Identity say, as Go's JSON reads it, and what is left out or refused. */
import { partitionOf } from '../../../../sidecar/contract.ts'
import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as fc from 'fast-check'
import { parsePodIdentities } from '../../../../webhook/core/configuration/pod-identities.ts'
import { composeRoleArn, isRoleArn } from '../../../../webhook/core/formats/role-arn.ts'
import { parseRoleMapping } from '../../../../webhook/core/configuration/role-mapping.ts'

const reader = 'arn:aws:iam::111111111111:role/reader'

function mappingOf(text: string) {
  const parsed = parseRoleMapping(text)
  assert.ok(parsed.kind === 'mapping', JSON.stringify(parsed.problems))
  return parsed
}

/** The key that counts for the service account `s` of a namespace. */
function keyFor(keys: readonly string[], namespace: string): string | undefined {
  const roles = Object.fromEntries(keys.map((key) => [key, { RoleARN: key }]))
  return mappingOf(JSON.stringify(roles)).mapping.find(namespace, 's')?.roleArn
}

function problemsOf(text: string | undefined): readonly string[] {
  const parsed = parseRoleMapping(text)
  assert.equal(parsed.kind, 'unusable')
  return parsed.problems
}

it('keys without a slash and null entries end upstream; here they are told, and all others count', () => {
  const { mapping, problems } = mappingOf(
    `{"a": {"RoleARN": "${reader}"}, "b/c": null, "d/e": {"RoleARN": "${reader}"}}`,
  )
  assert.equal(mapping.find('d', 'e')?.roleArn, reader)
  assert.equal(mapping.find('b', 'c'), undefined)
  assert.equal(mapping.size, 1)
  assert.deepEqual(problems, [
    'a: write <namespace>/<service account>',
    'b/c: the value is null, so the key has no effect',
  ])
})

it('values of wrong types and what is no JSON are refused whole, all problems at once', () => {
  assert.match(problemsOf('{"a/b":').join(), /^config is not JSON: /)
  assert.match(problemsOf('').join(), /^config is not JSON: /)
  assert.deepEqual(problemsOf('[]'), ['config is not a JSON object'])
  assert.deepEqual(problemsOf(undefined), ['there is no key config'])
  const text =
    '{"a/b": {"RoleARN": 1}, "c/d": {"Audience": []}, "e/f": {"UseRegionalSTS": "true"}, "g/h": {"TokenExpiration": 1.0}, "i/j": "x", "k/l": {"TokenExpiration": 9223372036854775808}, "m/n": {}}'
  assert.deepEqual(problemsOf(text), [
    'a/b: RoleARN is not a text',
    'c/d: Audience is not a text',
    'e/f: UseRegionalSTS is not true or false',
    'g/h: TokenExpiration is not a whole number',
    'i/j: is not a JSON object',
    'k/l: TokenExpiration is not a whole number',
  ])
})

it('of several spellings of a field the last counts, and null is as if it were not there', () => {
  const text = '{"a/b": {"RoleARN": "x", "rolearn": "y", "ROLEARN": null, "Audience": null}}'
  assert.deepEqual(mappingOf(text).mapping.find('a', 'b'), {
    roleArn: 'y',
    audience: '',
    useRegionalSts: false,
    expirationSeconds: null,
  })
})

it('expirations keep all their digits, and signs', () => {
  const text =
    '{"a/b": {"TokenExpiration": 9007199254740993}, "c/d": {"TokenExpiration": -5}, "e/f": {"TokenExpiration": -0}}'
  const { mapping } = mappingOf(text)
  const expiration = (namespace: string, name: string) =>
    JSON.stringify(mapping.find(namespace, name)?.expirationSeconds)
  assert.deepEqual(
    [expiration('a', 'b'), expiration('c', 'd'), expiration('e', 'f')],
    ['9007199254740993', '-5', 'null'],
  )
})

it('null and an empty object are mappings of nobody', () => {
  for (const text of ['null', '{}', ' {} ']) assert.equal(mappingOf(text).mapping.size, 0)
})

it('no more of a key is read than upstream reads', () => {
  assert.equal(mappingOf('{"a/b/c": {"RoleARN": "x"}}').mapping.find('a', 'b')?.roleArn, 'x')
})

it('which role a pattern gives does not depend on the order of keys', () => {
  const patterns = ['*/s', 'a*/s', '*a/s', 'aa*/s', 'a*a/s', 'aa/s', '**/s']
  fc.assert(
    fc.property(
      fc.shuffledSubarray(patterns),
      fc.constantFrom('a', 'aa', 'aaa', 'b', 'ab', 'ba'),
      (keys, namespace) => {
        assert.equal(keyFor(keys, namespace), keyFor([...keys].sort(), namespace))
        const isExact = keys.includes('aa/s') && namespace === 'aa'
        if (isExact) assert.equal(keyFor(keys, namespace), 'aa/s')
        if (keys.includes('*/s') && !isExact) assert.notEqual(keyFor(keys, namespace), undefined)
      },
    ),
  )
})

it('no text makes the readers fail', () => {
  const texts = fc.oneof(fc.string(), fc.json(), fc.constant('{"identities":[{"Namespace":1}]}'))
  fc.assert(
    fc.property(texts, (text) => {
      parseRoleMapping(text)
      parsePodIdentities(text)
    }),
  )
})

it('reads the service accounts with EKS Pod Identity', () => {
  const rows: readonly (readonly [text: string, identities: readonly string[]])[] = [
    ['', []],
    ['{}', []],
    ['null', []],
    ['{"identities":null}', []],
    ['{"identities":[]}', []],
    ['{"identities":[{"namespace":"a","serviceAccount":"b"}],"more":1}', ['a/b']],
    ['{"Identities":[{"NAMESPACE":"a","serviceaccount":"b","x":[]}]}', ['a/b']],
    ['{"identities":[null,{"namespace":"a"},{"namespace":"c","serviceAccount":"d"}]}', ['c/d']],
  ]
  for (const [text, identities] of rows) {
    const parsed = parsePodIdentities(text)
    assert.ok(parsed.kind === 'identities', text)
    // Half an identity fits no service account.
    assert.deepEqual(
      [...parsed.identities].filter((key) => /^[^/]+\/[^/]+$/.test(key)),
      identities,
      text,
    )
  }
})

it('says what is wrong with a file of EKS Pod Identity', () => {
  const rows: readonly (readonly [text: string, why: RegExp])[] = [
    ['{"identities":[{"namespace":"a","serv', /^is not JSON: /],
    [' ', /^is not JSON: /],
    ['[]', /^is not a JSON object$/],
    ['{"identities":{}}', /^has identities that are not a list$/],
    ['{"identities":["a/b"]}', /^has an identity without namespace and serviceAccount as texts$/],
    ['{"identities":[{"namespace":1}]}', /^has an identity without/],
  ]
  for (const [text, why] of rows) {
    const parsed = parsePodIdentities(text)
    assert.match(parsed.kind === 'unusable' ? parsed.why : '', why, text)
  }
})

it('finds the partition of a region by its beginning', () => {
  const rows = {
    'eu-west-1': 'aws',
    'cn-north-1': 'aws-cn',
    'us-gov-west-1': 'aws-us-gov',
    'us-iso-east-1': 'aws-iso',
    'us-isob-east-1': 'aws-iso-b',
    'eu-isoe-west-1': 'aws-iso-e',
    'us-isof-south-1': 'aws-iso-f',
    'eusc-de-east-1': 'aws-eusc',
    '': 'aws',
  }
  for (const [region, partition] of Object.entries(rows)) {
    assert.equal(partitionOf(region).name, partition, region)
  }
})

it('composes only what has no arn: in it', () => {
  const account = { partition: 'aws-cn', id: '111111111111' }
  assert.equal(composeRoleArn('a/b', account), 'arn:aws-cn:iam::111111111111:role/a/b')
  for (const text of [reader, 'x-arn:y']) assert.equal(composeRoleArn(text, account), text)
})

it('knows ARNs of roles as upstream does', () => {
  for (const text of [reader, 'arn:aws-x1:iam::111111111111:role/a/b-c_d.@+=,', `${reader}/`]) {
    assert.ok(isRoleArn(text), text)
  }
  for (const text of ['', `${reader}\n`, `${reader}!`, 'arn:aws:iam::1:role/x', ` ${reader}`]) {
    assert.ok(!isRoleArn(text), text)
  }
})
