/**
 * The chart's schema and the webhook judge configurations alike. What the templates add,
 * `test/cluster/values.cluster.ts` holds.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ajv } from 'ajv'
import * as fc from 'fast-check'
import { z } from 'zod'
import { values, valuesSchema } from '../../charts/values.ts'
import { parseSettings, settingsSchema } from '../../webhook/core/configuration/settings-schema.ts'
import { ROWS } from './configurations.ts'

const ajv = new Ajv({ strict: false, validateFormats: false })
const isAccepted = ajv.compile(
  z.toJSONSchema(values.shape.configuration, { io: 'input', target: 'draft-7' }),
)

function problemsOf(configuration: unknown): readonly string[] {
  const parsed = parseSettings(configuration)
  return parsed.kind === 'problems' ? parsed.problems : []
}

for (const { name, configuration, refusedBy } of ROWS) {
  test(`${name}: ${refusedBy === 'nobody' ? 'accepted' : `refused, at first by the ${refusedBy}`}`, () => {
    assert.equal(isAccepted(configuration), refusedBy !== 'schema')
    assert.equal(problemsOf(configuration).length === 0, refusedBy === 'nobody')
  })
}

/** What no schema says: the templates do for all but the last two, which only the webhook sees. */
const BEYOND = [
  /is the port of the endpoint/,
  /has to be https/,
  /is above (?:cpu|memory)Limit/,
  /is not an IAM policy/,
  /is there twice/,
  // Ports above 65535, and addresses out of range.
  /is not a URL/,
  // Letters outside the first plane count twice in JavaScript, and once in a schema.
  /\p{Surrogate}|[\u{10000}-\u{10ffff}]/u,
]

const ROLE = 'arn:aws:iam::222222222222:role/x'
const HOP_FIELDS = [
  'roleArn',
  'externalId',
  'sourceIdentity',
  'sessionPolicy',
  'durationSeconds',
  'other',
]

function withHop(hop: object): object {
  return { chains: { a: { namespaces: ['a'], chain: [{ roleArn: ROLE, ...hop }] } } }
}

const piece = fc.constantFrom(
  'a',
  'B',
  '9',
  '-',
  '_',
  '.',
  ':',
  '/',
  '=',
  '+',
  '@',
  ',',
  ' ',
  '!',
  '{',
  '}',
  'é',
  '\n',
  '\u0100',

  '{pod}',
  '{namespace}',
  '{node}',
  'aws:',
  'eks-',
  'arn:aws:iam::222222222222:role/',
  'eu-west-1',
  'http://',
  'https://',
  '0',
  '900',
  '43200',
  '43201',
  'Mi',
  'm',
  'Ki',
  'e3',
  'E',
  '"Statement"',
  '[',
  ']',
  '*',
  'x'.repeat(63),
  'x'.repeat(128),
  'x'.repeat(1000),
)
const text = fc.array(piece, { maxLength: 5 }).map((pieces) => pieces.join(''))
const leaf = fc.oneof(
  { weight: 6, arbitrary: text },
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    1,
    80,
    900,
    1024,
    7755,
    43_200,
    43_201,
    65_536,
    1.5,
    [],
    {},
  ),
)
const fieldsOf = (defaults: object) => Object.keys(defaults)
const standard = settingsSchema.parse({})

/** A configuration that is good but for what is put into one place of it. */
const configuration = fc.oneof(
  fc
    .tuple(fc.constantFrom(...fieldsOf(standard)), leaf)
    .map(([field, value]) => ({ [field]: value })),
  fc
    .tuple(fc.constantFrom(...fieldsOf(standard.sidecar)), leaf)
    .map(([field, value]) => ({ sidecar: { [field]: value } })),
  fc
    .tuple(fc.constantFrom(...HOP_FIELDS), leaf)
    .map(([field, value]) => withHop({ [field]: value })),
  fc.tuple(text, text).map(([key, value]) => withHop({ sessionTags: { [key]: value } })),
  fc.tuple(text, leaf).map(([name, namespace]) => ({
    chains: { [name]: { namespaces: [namespace], chain: [{ roleArn: ROLE }] } },
  })),
)

test('whatever the schema refuses the webhook refuses, and the other way round but for what no schema says', () => {
  fc.assert(
    fc.property(configuration, (written) => {
      const problems = problemsOf(written)
      if (isAccepted(written)) {
        const unexplained = problems.filter((problem) => !BEYOND.some((rule) => rule.test(problem)))
        assert.deepEqual(unexplained, [])
      } else assert.notDeepEqual(problems, [], JSON.stringify(isAccepted.errors))
    }),
    { numRuns: 5000 },
  )
})

/** All patterns of a schema. */
function patternsIn(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return []
  return Object.entries(schema).flatMap(([key, value]) =>
    key === 'pattern' && typeof value === 'string' ? [value] : patternsIn(value),
  )
}

test("patterns are such that Go reads them too: Helm's are", () => {
  const patterns = patternsIn(valuesSchema())
  assert.ok(patterns.length > 20)
  for (const pattern of patterns) {
    assert.doesNotMatch(pattern, /\(\?[=!<]|\\[uxcks1-9]/, pattern)
    for (const [, most] of pattern.matchAll(/\{\d*,?(\d+)\}/g))
      assert.ok(Number(most) <= 1000, pattern)
  }
})
