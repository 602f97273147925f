/** The command line of a run on AWS. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseOptions } from './options.ts'

const RIGHT = ['--profile-a', 'one', '--profile-b', 'two', '--context', 'mine']

test('the rest has defaults', () => {
  assert.deepEqual(parseOptions([...RIGHT, 'irsa-with-eksctl']), {
    profiles: { a: 'one', b: 'two' },
    context: 'mine',
    region: 'us-east-1',
    toolsImage: 'public.ecr.aws/aws-cli/aws-cli:2.23.6',
    values: undefined,
    trailMinutes: 15,
    settleSeconds: 15,
    report: 'rolechain-on-aws.md',
    pages: ['irsa-with-eksctl'],
  })
})

test('all problems are told at once', () => {
  const wrong = [
    '--profile-a',
    'one',
    '--context',
    'a b',
    '--region',
    'Ireland',
    '--trail-minutes',
    'x',
  ]
  assert.throws(
    () => parseOptions(wrong),
    ({ message }: Error) => {
      for (const part of [
        /--profile-b is missing/,
        /--context cannot be a b/,
        /Ireland/,
        /cannot be x/,
      ])
        assert.match(message, part)
      return true
    },
  )
})

test('one AWS profile is not two, and what is not known is refused', () => {
  const twice = ['--profile-a', 'one', '--profile-b', 'one', '--context', 'mine']
  assert.throws(() => parseOptions(twice), /two AWS accounts are needed/)
  assert.throws(() => parseOptions([...RIGHT, '--fast']), /--fast/)
})
