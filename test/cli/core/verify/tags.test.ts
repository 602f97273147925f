/** What verifying says of the tags of a chain: how many there are, and how much room they take. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Hop } from '../../../../sidecar/contract.ts'
import { toAccountDocuments } from '../../../../cli/core/policy/documents.ts'
import { verifyChain } from '../../../../cli/core/verify/verify.ts'
import { BASE, beginningOf, READER, readDocuments, stepsOf, type Beginning } from '../chains.ts'

function verdictOf(tags: readonly (readonly [key: string, value: string])[], beginning: Beginning) {
  const sessionTags = tags.map(([key, value]) => ({ key, value }))
  const hops: readonly Hop[] = [{ roleArn: BASE }, { roleArn: READER, sessionTags }]
  const steps = stepsOf(hops, beginningOf(beginning, hops))
  const { outcome, hops: found } = verifyChain(steps, readDocuments(toAccountDocuments([steps])))
  const findings = found.flatMap((hop) => hop.findings)
  return [outcome, findings.map(({ code, level, hop, message }) => [code, level, hop, message])]
}

const short = (count: number) =>
  Array.from({ length: count }, (_, index) => [`${index}`, ''] as const)

test('a session has 50 tags at most, those of EKS counted', () => {
  const [outcome, [first]] = verdictOf(short(45), 'EKS') as [string, readonly unknown[][]]
  assert.equal(outcome, 'refused')
  assert.deepEqual(first, [
    'too_many_tags',
    'problem',
    1,
    'the session has 51 tags, 6 of them inherited, and STS takes 50 at most',
  ])
  assert.deepEqual(verdictOf(short(50), 'web identity'), ['allowed', []])
})

test('tags that take nearly all of the room are warned of', () => {
  assert.deepEqual(verdictOf([], 'EKS'), ['allowed', []])
  assert.deepEqual(verdictOf([['team', 'x'.repeat(180)]], 'EKS'), [
    'allowed',
    [
      [
        'packed_size',
        'warning',
        1,
        'session tags, inherited ones too, take about 92 % of the room that STS has for them',
      ],
    ],
  ])
})

test('tags that take more than the room are a problem, and only AWS can tell', () => {
  assert.deepEqual(verdictOf([['team', 'x'.repeat(256)]], 'EKS'), [
    'undecided',
    [
      [
        'packed_size',
        'problem',
        1,
        'session tags, inherited ones too, take about 108 % of the room that STS has for them',
      ],
    ],
  ])
  assert.deepEqual(verdictOf([['team', 'x'.repeat(256)]], 'EKS without tags'), ['allowed', []])
})
