/** What `.ci/workflows` does not hold about the workflows, and what the page of supported versions says of them. */
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parse } from 'yaml'
import { z } from 'zod'

const workflow = z.object({
  permissions: z.strictObject({}),
  concurrency: z.object({ group: z.string() }),
  jobs: z.record(
    z.string(),
    z.object({
      'timeout-minutes': z.number(),
      permissions: z.strictObject({ contents: z.literal('read') }),
      strategy: z
        .object({ matrix: z.object({ include: z.array(z.object({ kubernetes: z.string() })) }) })
        .optional(),
      steps: z.array(
        z.object({
          uses: z.string().optional(),
          run: z.string().optional(),
          with: z.record(z.string(), z.unknown()).default({}),
        }),
      ),
    }),
  ),
})

const files = globSync('.github/workflows/*.yml')
const texts = new Map(files.map((file) => [file, readFileSync(file, 'utf8')]))
const workflows = new Map(
  [...texts].map(([file, text]) => [file, workflow.parse(parse(text))] as const),
)
const steps = [...workflows.values()].flatMap(({ jobs }) =>
  Object.values(jobs).flatMap((job) => job.steps),
)

test('each job has the least rights and a time limit, and each workflow ends what a newer run replaces', () => {
  assert.deepEqual([...workflows.keys()].length, 2)
})

test('each action is pinned by a commit, with its version beside it, and one commit everywhere', () => {
  const pins = new Map<string, string>()
  for (const text of texts.values()) {
    for (const [line, action = '', commit = ''] of text.matchAll(/uses: ([\w./-]+)@(.*)$/gm)) {
      assert.match(commit, /^[0-9a-f]{40} # v\d+\.\d+\.\d+$/, line)
      assert.equal(pins.get(action) ?? commit, commit, action)
      pins.set(action, commit)
    }
  }
})

test('no checkout leaves credentials behind', () => {
  const checkouts = steps.filter(({ uses }) => uses?.startsWith('actions/checkout@') === true)
  assert.ok(checkouts.length > 0)
  assert.ok(checkouts.every((step) => step.with['persist-credentials'] === false))
})

test('each command of a workflow is a script or a file of the project', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: object }
  const words = steps.flatMap(({ run = '' }) => run.split(/\s+/))
  for (const file of words.filter((word) => /^(?:\.ci|test)\//.test(word))) {
    assert.ok(existsSync(file), file)
  }
  const names = steps.flatMap(({ run = '' }) => /^npm run (\S+)/.exec(run)?.[1] ?? [])
  assert.deepEqual(
    names.filter((name) => !Object.hasOwn(scripts, name)),
    [],
  )
})

test('the page of supported versions names each Kubernetes that the workflow runs on', () => {
  const page = readFileSync('docs/support.md', 'utf8')
  const rows = page.split('\n').filter((line) => line.startsWith('|') && line.includes('on kind'))
  const named = rows.flatMap((row) => row.split('|')[1]?.match(/\d+\.\d+/g) ?? [])
  const run = [...workflows.values()].flatMap(({ jobs }) =>
    Object.values(jobs).flatMap(({ strategy }) =>
      (strategy?.matrix.include ?? []).map(({ kubernetes }) => kubernetes),
    ),
  )
  assert.ok(run.length > 0)
  assert.deepEqual(new Set(named), new Set(run))
})

test('old names that the page speaks of are in the code beside the new ones', () => {
  const page = readFileSync('docs/support.md', 'utf8').split('| old name')[1] ?? ''
  const names = [...page.matchAll(/`([\w-]+)`/g)].map(([, name = '']) => name)
  const code = globSync('{webhook,sidecar}/**/*.ts').map((file) => readFileSync(file, 'utf8'))
  assert.ok(names.length > 0)
  assert.deepEqual(
    names.filter((name) => !code.some((text) => text.includes(`'${name}'`))),
    [],
  )
})
