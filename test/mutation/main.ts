/**
 * `npm run mutation`: makes small changes to the code, one at a time in a copy, and tells which of them no test
 * notices. A seeded sample, so that a run can be repeated: `--seed 1 --count 100 --jobs 1 --only webhook/core` (a
 * path's beginning, several times if need be). Each change meets the tests that import its file, the nearest first, up
 * to the first failure. With `--min 90` the exit code is 1 below that score; otherwise survivors are for people to
 * judge, since some changes change nothing.
 */
import { glob, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createCopy, type Copy } from './copy.ts'
import { toImporters, toTestsOf } from './imports.ts'
import { findMutants, type Mutant } from './mutants.ts'
import { toMutantLine, toScore, toScoreLines } from './report.ts'
import { sample } from './sample.ts'
import { Baseline, tryMutant, type Outcome } from './trial.ts'

const top = fileURLToPath(new URL('../../', import.meta.url))

/** Where a change matters most: the pure cores, and the edge that every pod runs. */
const ROOMS = ['webhook/core/', 'sidecar/core/', 'sidecar/io/', 'iam/']

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '100' },
    jobs: { type: 'string', default: '1' },
    min: { type: 'string' },
    only: { type: 'string', multiple: true, default: ROOMS },
  },
})

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

function toNumber(option: 'seed' | 'count' | 'jobs' | 'min', text: string): number {
  if (/^\d+$/.test(text)) return Number(text)
  throw new Error(`--${option} is "${text}"; write a whole number.`)
}

async function readSources(): Promise<ReadonlyMap<string, string>> {
  const sources = new Map<string, string>()
  for await (const path of glob('**/*.ts', { cwd: top, exclude: ['node_modules', 'dist'] }))
    sources.set(path, await readFile(`${top}${path}`, 'utf8'))
  return sources
}

const sources = await readSources()
const importers = toImporters(sources)
const files = [...sources.keys()]
  .filter((path) => values.only.some((prefix) => path.startsWith(prefix)))
  .filter((path) => !path.endsWith('.test.ts'))
  .sort()

const all: Mutant[] = []
const skipped = new Map<string, number>()
for (const file of files) {
  const found = await findMutants(file, sources.get(file) ?? '')
  all.push(...found.mutants)
  for (const [reason, count] of found.skipped)
    skipped.set(reason, (skipped.get(reason) ?? 0) + count)
}
const seed = toNumber('seed', values.seed)
const drawn = sample(all, toNumber('count', values.count), seed)
say(`${drawn.length} of ${all.length} changes to ${files.length} files, seed ${seed}`)
for (const [reason, count] of skipped) say(`left out: ${count} (${reason})`)

const outcomes: Outcome[] = []
const copies = new Set<Copy>()
let isInterrupted = false
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    isInterrupted = true
    for (const copy of copies) copy.interrupt()
  })
const baseline = new Baseline()

async function work(queue: Iterator<Mutant>): Promise<void> {
  const copy = await createCopy(top)
  copies.add(copy)
  try {
    for (let next = queue.next(); next.done !== true; next = queue.next()) {
      const mutant = next.value
      const tests = toTestsOf(mutant.file, importers)
      const text = sources.get(mutant.file) ?? ''
      const outcome = await tryMutant({ mutant, text, tests }, copy, baseline)
      if (isInterrupted) return
      outcomes.push(outcome)
      const by = outcome.test === undefined ? '' : `  ${outcome.test}`
      say(`${outcomes.length} ${outcome.end}: ${toMutantLine(mutant)}${by}`)
    }
  } finally {
    copies.delete(copy)
    await copy.remove()
  }
}

const queue = drawn.values()
await Promise.all(Array.from({ length: toNumber('jobs', values.jobs) }, () => work(queue)))

say('')
for (const test of isInterrupted ? [] : await baseline.redTests())
  say(`red on the unchanged code, left out: ${test}`)
const survivors = outcomes.filter(({ end }) => end === 'survived').map(({ mutant }) => mutant)
for (const survivor of survivors.map(toMutantLine).sort()) say(`survived: ${survivor}`)
for (const line of toScoreLines(outcomes)) say(line)
if (values.min !== undefined && toScore(outcomes) < toNumber('min', values.min))
  process.exitCode = 1
