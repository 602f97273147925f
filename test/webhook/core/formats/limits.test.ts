/** Values as AWS, Kubernetes and Go have them. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readGoBoolean, readGoInteger } from '../../../../webhook/core/formats/go-scalars.ts'
import { readCsvRecord, readNames } from '../../../../webhook/core/annotations/skip-list.ts'
import { isRegion, readPartition, readQuantity } from '../../../../webhook/core/formats/limits.ts'
import { BASE_ROLE, givenSchema, toConfiguration, toLookup } from '../fixture.ts'
import { mutate } from '../../../../webhook/core/mutate.ts'
import { joinPath } from '../../../../webhook/core/formats/paths.ts'
import { z } from 'zod'

function table<Input, Output>(
  subject: string,
  read: (input: Input) => Output,
  rows: readonly (readonly [Input, Output])[],
): void {
  describe(subject, () => {
    for (const [input, output] of rows)
      it(`${JSON.stringify(input)} is ${String(output)}`, () =>
        assert.deepEqual(read(input), output))
  })
}

table('partition of a role ARN', readPartition, [
  [BASE_ROLE, 'aws'],
  ['arn:aws-us-gov:iam::111111111111:role/a/b/c+=,.@-_d', 'aws-us-gov'],
  ['arn:aws-cn:iam::111111111111:role/x', 'aws-cn'],
  ['arn:aws:iam::11111111111:role/x', null],
  ['arn:aws:iam::111111111111:role/', null],
  ['arn:aws:iam::111111111111:role/x/', null],
  ['arn:aws:iam::111111111111:user/x', null],
  ['arn:aws:sts::111111111111:assumed-role/x/y', null],
  ['arn:gcp:iam::111111111111:role/x', null],
  [`${BASE_ROLE}\n`, null],
  ['', null],
])

table('region', isRegion, [
  ['eu-west-1', true],
  ['us-gov-west-1', true],
  ['us-isob-east-1', true],
  ['eusc-de-east-1', true],
  ['eu-west', false],
  ['EU-WEST-1', false],
  ['', false],
])

table('quantity', readQuantity, [
  ['1', 1],
  [1, 1],
  ['100m', 0.1],
  ['0.1', 0.1],
  ['1Gi', 1024 ** 3],
  ['1024Mi', 1024 ** 3],
  ['1.5Gi', 1.5 * 1024 ** 3],
  ['1G', 1e9],
  ['1000000n', 0.001],
  ['-1', null],
  ['1mb', null],
  ['', null],
  [null, null],
  // Exponents, as an API server takes and refuses them.
  ['1e9', 1e9],
  ['12E6', 12e6],
  ['1E3', 1000],
  ['0.1e1', 1],
  ['5e-3', 0.005],
  ['1e-1', 0.1],
  ['1e+3', 1000],
  ['+.5e+2', 50],
  ['1E', 1e18],
  ['1Ei', 2 ** 60],
  ['1.', 1],
  ['.5', 0.5],
  ['+5', 5],
  ['00012', 12],
  ['1.5Ki', 1536],
  ['0.57k', 570],
  ['1e999', 2 ** 63],
  ['1e-999', 1e-9],
  ['0.1n', 1e-9],
  ['0e5', 0],
  ['1e', null],
  ['1e-', null],
  ['1e1.5', null],
  ['1e3k', null],
  ['1e3Mi', null],
  ['1EE', null],
  ['1e99999999999999999999', null],
  ['1K', null],
  ['1ki', null],
  ['0x10', null],
  ['1_0', null],
  ['Infinity', null],
  ['1\n', null],
])

table('CSV record as Go reads it', readCsvRecord, [
  ['a,b', ['a', 'b']],
  ['a, b', ['a', ' b']],
  ['"a,b",c', ['a,b', 'c']],
  ['"a""b"', ['a"b']],
  ['"a\nb",c', ['a\nb', 'c']],
  ['\n\na,b\nc,d', ['a', 'b']],
  ['a,b\r\nc', ['a', 'b']],
  ['a,', ['a', '']],
  [',', ['', '']],
  ['""', ['']],
  ['', null],
  ['\n', null],
  ['a"b', null],
  ['"a"b', null],
  ['"a', null],
  ['a, "b"', null],
])

table('names', readNames, [
  ['a, b', ['a', 'b']],
  ['a,,b', null],
  ['', null],
  ['A', null],
  ['-a', null],
])

table('Go integer', readGoInteger, [
  ['03600', 3600n],
  ['+3600', 3600n],
  ['-1', -1n],
  ['1_000', null],
  [' 1', null],
  ['0x10', null],
  ['9223372036854775807', 9_223_372_036_854_775_807n],
  ['9223372036854775808', null],
  [undefined, null],
])

table('Go boolean', readGoBoolean, [
  ['T', true],
  ['0', false],
  ['yes', undefined],
  ['tRUE', undefined],
  [undefined, undefined],
])

table('token file on Linux', (path: string) => joinPath(path, 'token'), [
  ['/a//b/./c/../d/', '/a/b/d/token'],
  ['/', '/token'],
])

it('an expiration above 2^53 stays exact in the patch', () => {
  const given = z.strictObject(givenSchema).parse({
    serviceAccount: {
      'eks.amazonaws.com/role-arn': BASE_ROLE,
      'eks.amazonaws.com/token-expiration': '9007199254740993',
    },
  })
  const verdict = mutate(
    { namespace: 'team-a', pod: { spec: { containers: [] } } },
    toLookup(given),
    toConfiguration(given),
  )
  assert.match(JSON.stringify(verdict), /"expirationSeconds":9007199254740993,/)
})
