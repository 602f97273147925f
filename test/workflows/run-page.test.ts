/** Running a page: what makes it fail. Its commands are of bash alone. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parsePage } from './page.ts'
import { runPage } from './run-page.ts'

/** Runs a page of these blocks; AWS has seen `trail`. */
function runBlocks(blocks: readonly string[], trail: readonly string[] = []): Promise<void> {
  const page = parsePage('example', blocks.map((block) => `\`\`\`${block}\n\`\`\`\n`).join('\n'))
  return runPage(page, {
    env: {},
    takeTrail: async () => trail,
    takeAudit: async () => [],
  })
}

test('writes files, runs commands, and takes what the page says for what is there', async () => {
  await runBlocks(
    [
      'yaml file=a.yaml\nkind: Pod',
      'sh\ncat a.yaml\necho done >&2',
      'text\nkind: …\ndone',
      'sh fails\ntrue\nfalse',
      'trail\nAssumeRole by …',
    ],
    ['AssumeRole by ci-base/x'],
  )
})

const WRONG: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['a command that fails', ['sh\nfalse\ntrue'], /ended with 1/],
  ['a command that should have failed', ['sh fails\ntrue'], /ended with 0/],
  ['an earlier command that fails', ['sh fails\nfalse\nfalse'], /ended with 1/],
  ['another output', ['sh\necho no', 'text\nyes'], /did not print:\nyes/],
  ['a call that the page does not have', ['trail'], /Not on the page:\nListBuckets by x/],
  [
    'a call that is missing',
    ['trail\nListBuckets by x\nGetObject by x'],
    /Not in the trail:\nGetObject by x/,
  ],
]

for (const [what, blocks, message] of WRONG)
  test(`${what} is a failure`, async () => {
    await assert.rejects(runBlocks(blocks, ['ListBuckets by x']), message)
  })
