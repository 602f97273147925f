/** The report, and how a page is held against CloudTrail. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isGood, toReport, type PageResult, type RunResult } from './report.ts'
import { judgeTrail, toEventNames } from './trail.ts'

const PAGE: PageResult = {
  name: 'ci-to-another-account',
  outcome: 'as written',
  problem: undefined,
  seconds: 61.4,
  leftOut: [{ heading: 'More', needs: 'a second cluster' }],
  trail: {
    found: ['one'],
    missing: ['AssumeRole by x'],
    unexpected: [],
    notInHistory: ['GetObject by x'],
  },
}

const RESULT: RunResult = {
  versions: { Kubernetes: 'v1.34.1' },
  pages: [PAGE],
  leftOut: [{ name: 'dev-stg-prod', needs: 'further AWS accounts' }],
  problem: undefined,
  leftOver: [],
  masks: { '555555555555': 'AAAAAAAAAAAA', ci: 'CONTEXT' },
}

test('a good run says so, with what was left out and what did not come in time', () => {
  assert.ok(isGood(RESULT))
  assert.equal(
    toReport(RESULT),
    `## rolechain on AWS

All pages that could run did as they are written, and nothing is left.

- Kubernetes: v1.34.1

| page | outcome | seconds | calls in CloudTrail |
| --- | --- | --- | --- |
| ci-to-another-account | as written | 61 | 1 found, 1 not yet there, 1 about objects, which the event history does not have |
| dev-stg-prod | left out: needs further AWS accounts | | |

### ci-to-another-account

On the page, and not in CloudTrail when the run ended:

\`\`\`text
AssumeRole by x
\`\`\`

Sections that were left out:

\`\`\`text
More: needs a second cluster
\`\`\`

All that was made has been deleted.
`,
  )
})

const BAD: readonly (readonly [string, Partial<RunResult>, RegExp])[] = [
  [
    'a page that failed',
    {
      pages: [
        { ...PAGE, outcome: 'failed', problem: 'arn:aws:iam::555555555555:role/x, ci, x-ci' },
      ],
    },
    /arn:aws:iam::AAAAAAAAAAAA:role\/x, CONTEXT, x-ci/,
  ],
  [
    'a call that the page does not have',
    {
      pages: [
        {
          ...PAGE,
          trail: { found: [], missing: [], unexpected: ['ListUsers by x'], notInHistory: [] },
        },
      ],
    },
    /not on the page:\n\n```text\nListUsers by x/,
  ],
  [
    'something that is left',
    { leftOver: ['the stack x'] },
    /NOT deleted.*\n\n```text\nthe stack x/,
  ],
  ['a run that ended early', { problem: 'The run was interrupted.' }, /ended early/],
  ['no page', { pages: [] }, /Not all is/],
]

for (const [what, change, words] of BAD)
  test(`${what} is no good run, and the report says it`, () => {
    const result = { ...RESULT, ...change }
    assert.ok(!isGood(result))
    assert.match(toReport(result), words)
  })

const EXPECTED = {
  page: 'x',
  calls: [
    'AssumeRole by base/…: arn:x',
    'GetObject by base/pod: bucket/key',
    'GetCallerIdentity by base/pod',
  ],
  roles: ['base'],
  untilMs: 1000,
}

test('calls are held against the event history: what it has, has not yet, never has, and has besides', () => {
  const seen = [
    { line: 'AssumeRole by base/pod: arn:x', atMs: 1 },
    { line: 'AssumeRole by base/pod: arn:y (AccessDenied)', atMs: 2 },
    // After the page has said all that it says, of another page, and of a kind that was not looked for.
    { line: 'AssumeRole by base/pod: arn:z', atMs: 1001 },
    { line: 'AssumeRole by other/pod: arn:z', atMs: 3 },
    { line: 'ListUsers by base/pod', atMs: 4 },
  ]
  assert.deepEqual(toEventNames([EXPECTED]), ['AssumeRole', 'GetCallerIdentity'])
  assert.deepEqual(judgeTrail(EXPECTED, seen), {
    found: ['AssumeRole by base/…: arn:x'],
    missing: ['GetCallerIdentity by base/pod'],
    unexpected: ['AssumeRole by base/pod: arn:y (AccessDenied)'],
    notInHistory: ['GetObject by base/pod: bucket/key'],
  })
})
