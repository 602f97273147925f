/**
 * A copy of the project in a temporary folder, in which one test file at a time runs on changed code. The tree that
 * somebody works on is never touched.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'

/** How a run ended: `timeout` is a run that used up its time of the processor, or waited for too long. */
export type Ending = 'green' | 'red' | 'timeout'

/** What a run may take: seconds of the processor for each of its processes, and seconds by the clock. */
export interface Bounds {
  readonly cpuSeconds: number
  readonly seconds: number
}

/** A copy of the project. */
export interface Copy {
  /** Puts `text` in the place of a file while `during` runs. */
  readonly withFile: <Result>(
    file: string,
    text: string,
    during: () => Promise<Result>,
  ) => Promise<Result>
  /** Runs one test file, up to its first failure. */
  readonly runTest: (test: string, bounds: Bounds) => Promise<Ending>
  /** Whether the compiler takes the code as it stands in the copy. */
  readonly compiles: () => Promise<boolean>
  /** Ends what runs in it; the run counts as red. */
  readonly interrupt: () => void
  readonly remove: () => Promise<void>
}

const LEFT_BEHIND = new Set(['node_modules', '.git', 'dist', 'coverage'])

/** Copies the project that stands in `top`. */
export async function createCopy(top: string): Promise<Copy> {
  const folder = await mkdtemp(join(tmpdir(), 'rolechain-mutation-'))
  await cp(top, folder, {
    recursive: true,
    filter: (source) => !LEFT_BEHIND.has(relative(top, source)),
  })
  await symlink(join(top, 'node_modules'), join(folder, 'node_modules'))
  let group: number | undefined
  const run = (command: readonly string[], bounds: Bounds): Promise<Ending> =>
    runIn({ folder, onStart: (pid) => void (group = pid) }, command, bounds)
  return {
    withFile: async (file, text, during) => {
      const path = join(folder, file)
      const original = await readFile(path, 'utf8')
      await writeFile(path, text)
      try {
        return await during()
      } finally {
        await writeFile(path, original)
      }
    },
    runTest: (test, bounds) => run([process.execPath, '--test-reporter=tap', test], bounds),
    compiles: async () =>
      (await run(['node_modules/.bin/tsc'], { cpuSeconds: 120, seconds: 600 })) === 'green',
    interrupt: () => killGroup(group),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/**
 * Runs a command in a process group of its own, which ends with it: at the first failed test, at the end of its time,
 * or when it ends by itself. What it started and left behind ends too.
 */
async function runIn(
  { folder, onStart }: { folder: string; onStart: (group: number | undefined) => void },
  command: readonly string[],
  bounds: Bounds,
): Promise<Ending> {
  const child = spawn(
    'sh',
    ['-c', 'ulimit -St "$0"; exec "$@"', String(bounds.cpuSeconds), ...command],
    { cwd: folder, detached: true, stdio: ['ignore', 'pipe', 'ignore'], env: toEnv(folder) },
  )
  onStart(child.pid)
  let ending: Ending | undefined
  const end = (as: Ending): void => {
    ending ??= as
    killGroup(child.pid)
  }
  const timer = setTimeout(() => end('timeout'), bounds.seconds * 1000)
  let unfinished = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (unfinished + text).split('\n')
    unfinished = lines.pop() ?? ''
    if (lines.some((line) => /^\s*not ok /.test(line))) end('red')
  })
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
  clearTimeout(timer)
  killGroup(child.pid)
  onStart(undefined)
  if (signal === 'SIGXCPU') return 'timeout'
  return ending ?? (code === 0 ? 'green' : 'red')
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // The group has ended already.
  }
}

/** The environment of the tests: without what a test runner around this program left there. */
function toEnv(folder: string): NodeJS.ProcessEnv {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  return { ...env, NODE_COMPILE_CACHE: join(folder, 'node_modules_cache') }
}
