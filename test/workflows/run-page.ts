/** Runs a page: writes its files, runs its commands in order, and holds what comes of them against the page. */
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { attempt } from '../cluster/command.ts'
import { missingLines, type Page, type Step } from './page.ts'
import { compareCalls } from './trail.ts'

/** Where a page runs. */
export interface Surroundings {
  /** For the commands; KUBECONFIG has the contexts that the pages name. */
  readonly env: Readonly<Record<string, string>>
  /**
   * Every call to AWS since it was last read, as the pages say it; undefined: that is not known yet, and `calls`, which
   * the page expects, are held against it later.
   */
  readonly takeTrail: (calls: readonly string[]) => Promise<readonly string[] | undefined>
  /** What users did in the other cluster since it was last read. */
  readonly takeAudit: () => Promise<readonly string[]>
  /** Ends the command that runs, and the page with it. */
  readonly signal?: AbortSignal
}

type Commands = Extract<Step, { kind: 'commands' }>

/** Long enough for a machine that is busy, and for API servers that have just refused and remember it. */
const DEADLINE_MS = 120_000
const LOOK_EVERY_MS = 1000

interface Result {
  readonly output: string
  /** What is not as the page says; undefined: nothing. */
  readonly problem: string | undefined
}

/** What a script ends with when its last command has failed, and all before it have not. */
const LAST_FAILED = 99

/** The last line of a block that has to fail is one command. */
function toScript({ script, ends }: Commands): string {
  if (ends !== 'badly') return script
  const lines = script.trimEnd().split('\n')
  return [
    ...lines.slice(0, -1),
    `if ${lines.at(-1)}; then exit 0; else exit ${LAST_FAILED}; fi`,
  ].join('\n')
}

async function runCommands(
  commands: Commands,
  { folder, env, signal }: Pick<Surroundings, 'env' | 'signal'> & { readonly folder: string },
): Promise<Result> {
  const shell = [
    'bash',
    '-euo',
    'pipefail',
    '-c',
    `cd "$0" && exec 2>&1\n${toScript(commands)}`,
    folder,
  ]
  const { exitCode, stdout } = await attempt(shell, { env, signal })
  signal?.throwIfAborted()
  if (exitCode !== (commands.ends === 'badly' ? LAST_FAILED : 0))
    return { output: stdout, problem: `ended with ${exitCode}` }
  const missing = missingLines(commands.output, stdout)
  return {
    output: stdout,
    problem: missing.length === 0 ? undefined : `did not print:\n${missing.join('\n')}`,
  }
}

async function runInTime(commands: Commands, place: Parameters<typeof runCommands>[1]) {
  const end = Date.now() + DEADLINE_MS
  let result = await runCommands(commands, place)
  while (commands.ends === 'in_time' && result.problem !== undefined && Date.now() < end) {
    await pause(LOOK_EVERY_MS)
    result = await runCommands(commands, place)
  }
  return result
}

function checkCalls(calls: readonly string[], seen: readonly string[] | undefined): void {
  if (seen === undefined) return
  const { unexpected, missing } = compareCalls(calls, seen)
  if (unexpected.length + missing.length > 0)
    throw new Error(
      `The trail is not that of the page.\nNot on the page:\n${unexpected.join('\n')}\nNot in the trail:\n${missing.join('\n')}`,
    )
}

async function runStep(
  step: Step,
  { folder, env, signal, takeTrail, takeAudit }: Surroundings & { readonly folder: string },
): Promise<void> {
  switch (step.kind) {
    case 'file':
      return writeFile(join(folder, step.name), step.text)
    case 'trail':
      return checkCalls(step.calls, await takeTrail(step.calls))
    case 'audit':
      return checkCalls(step.calls, await takeAudit())
    case 'commands': {
      const { output, problem } = await runInTime(step, { folder, env, ...(signal && { signal }) })
      if (problem !== undefined) throw new Error(`${step.script}${problem}\n\n${output}`)
    }
  }
}

/** What a checkout has that commands of the pages name. */
const CHARTS = join(import.meta.dirname, '../../charts')

/** Runs all steps of a page in order; throws at the first that is not as the page says. */
export async function runPage(page: Page, surroundings: Surroundings): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'rolechain-page-'))
  try {
    await symlink(CHARTS, join(folder, 'charts'))
    await surroundings.takeTrail([])
    await surroundings.takeAudit()
    for (const step of page.steps) await runStep(step, { folder, ...surroundings })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
