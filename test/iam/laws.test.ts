/** Laws of the evaluation, over policies made at random from few words, so that they meet. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  array,
  assert as check,
  constantFrom,
  option,
  property,
  record,
  shuffledSubarray,
  type Arbitrary,
} from 'fast-check'
import type { Outcome } from '../../iam/decision.ts'
import { explain } from '../../iam/explain.ts'
import { ACCOUNT, CALLER, decide, FAR, NEAR, SESSION, type Situation } from './documents.ts'
import { decideByHand } from './model.ts'

const OTHER = 'arn:aws:iam::111111111111:role/other'
/** The last one is about a key that nobody told. */
const CONDITIONS = [
  {},
  {},
  { StringEquals: { 'sts:ExternalId': 'a1' } },
  { StringNotLike: { 'sts:ExternalId': 'a*' } },
  { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['x'] } },
  { Bool: { 'aws:SecureTransport': 'true' } },
]

interface Words {
  readonly conditions: readonly object[]
}

const effect = constantFrom('Allow', 'Allow', 'Deny')
const action = constantFrom(
  { Action: 'sts:*' },
  { Action: ['s3:*', 'STS:assumerole'] },
  { Action: 'sts:TagSession' },
  { NotAction: 'sts:TagSession' },
)

function trustStatement({ conditions }: Words): Arbitrary<object> {
  const principal = constantFrom(
    '*',
    { AWS: ACCOUNT },
    { AWS: [OTHER, CALLER] },
    { AWS: SESSION },
    { AWS: OTHER },
  )
  return record({
    Effect: effect,
    Principal: principal,
    action,
    Condition: constantFrom(...conditions),
  }).map(({ action: actions, ...statement }) => ({ ...statement, ...actions }))
}

function permissionStatement({ conditions }: Words): Arbitrary<object> {
  const resource = constantFrom({ Resource: '*' }, { Resource: [NEAR] }, { NotResource: FAR })
  return record({ Effect: effect, action, resource, Condition: constantFrom(...conditions) }).map(
    ({ action: actions, resource: resources, ...statement }) => ({
      ...statement,
      ...actions,
      ...resources,
    }),
  )
}

function situation(words: Words): Arbitrary<Situation> {
  const permission = array(permissionStatement(words), { maxLength: 3 })
  return record({
    trust: array(trustStatement(words), { maxLength: 4 }),
    identity: permission,
    session: option(permission, { nil: undefined, freq: 1 }),
    boundary: option(permission, { nil: undefined, freq: 1 }),
    role: constantFrom(NEAR, FAR),
    action: constantFrom('sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'),
    request: constantFrom(
      {},
      { externalId: 'a1' },
      { externalId: 'b2', tags: [['x', '1']] as const },
    ),
  }).map(({ session, boundary, ...rest }) => ({
    ...rest,
    ...(session && { session }),
    ...(boundary && { boundary }),
  }))
}

const ANY = situation({ conditions: CONDITIONS })
const CERTAIN = situation({ conditions: CONDITIONS.slice(0, -1) })
const RUNS = { numRuns: 300 }

const LEVEL: Readonly<Record<Outcome, number>> = { refused: 0, undecided: 1, allowed: 2 }
const levelOf = (one: Situation) => LEVEL[decide(one).outcome]
const statementsOf = (one: Situation, side: 'trust' | 'identity') => one[side] as readonly object[]

test('law: a plain reading of the rules decides the same', () => {
  check(
    property(CERTAIN, (one) => {
      assert.equal(decide(one).outcome, decideByHand(one) ? 'allowed' : 'refused')
    }),
    { numRuns: 1000 },
  )
})

test('law: the order of statements does not matter', () => {
  const shuffle = ANY.chain((one) =>
    shuffledSubarray([...statementsOf(one, 'trust')], {
      minLength: statementsOf(one, 'trust').length,
    }).chain((trust) =>
      shuffledSubarray([...statementsOf(one, 'identity')], {
        minLength: statementsOf(one, 'identity').length,
      }).map((identity) => [one, { ...one, trust, identity }] as const),
    ),
  )
  check(
    property(shuffle, ([one, other]) => {
      assert.equal(decide(other).outcome, decide(one).outcome)
    }),
    RUNS,
  )
})

for (const side of ['trust', 'identity'] as const) {
  const statement = (side === 'trust' ? trustStatement : permissionStatement)({
    conditions: CONDITIONS,
  })
  test(`law: another deny never permits, another allow never refuses (${side})`, () => {
    check(
      property(ANY, statement, (one, more) => {
        const level = levelOf(one)
        const withMore = levelOf({ ...one, [side]: [...statementsOf(one, side), more] })
        if ('Effect' in more && more.Effect === 'Deny') assert.ok(withMore <= level)
        else assert.ok(withMore >= level)
      }),
      RUNS,
    )
  })
}

test('law: a session policy and a boundary never permit', () => {
  check(
    property(ANY, ({ session, boundary, ...one }) => {
      assert.ok(levelOf({ ...one, ...(session && { session }) }) <= levelOf(one))
      assert.ok(levelOf({ ...one, ...(boundary && { boundary }) }) <= levelOf(one))
    }),
    RUNS,
  )
})

test('law: what is told later settles what was undecided, and changes nothing else', () => {
  check(
    property(ANY, constantFrom('true', 'false'), (one, value) => {
      const before = decide(one).outcome
      const after = decide({ ...one, told: { 'aws:securetransport': [value] } }).outcome
      assert.notEqual(after, 'undecided')
      if (before !== 'undecided') assert.equal(after, before)
    }),
    RUNS,
  )
})

test('law: an explanation fits its outcome, in whole sentences', () => {
  check(
    property(ANY, (one) => {
      const decision = decide(one)
      const kinds = new Set(decision.explanations.map(({ kind }) => kind))
      if (decision.outcome === 'allowed') assert.deepEqual([...kinds], ['allowed_by'])
      if (decision.outcome === 'refused')
        assert.ok(kinds.has('denied_by') || kinds.has('nothing_allows'))
      if (decision.outcome === 'undecided')
        assert.ok(kinds.has('cannot_tell') && !kinds.has('denied_by'))
      const sentences = explain(decision)
      assert.equal(sentences.length, decision.explanations.length + 1)
      for (const sentence of sentences) assert.match(sentence, /^\S.*\.$/su)
      assert.doesNotMatch(sentences.join('\n'), /undefined|\[object|\bnull\b| {2}/u)
    }),
    RUNS,
  )
})
