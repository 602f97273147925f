/** `npm run demo [-- manifest.yaml] [-- --keep]`: the whole of rolechain on this machine, step by step. */
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isatty } from 'node:tty'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createJournal } from './journal.ts'
import { toInstructions } from './kept.ts'
import { parseManifest, UnusableManifest, type Manifest } from './manifest.ts'
import { createNarrator } from './narrator.ts'
import type { Stage } from './stage.ts'
import { tell, type Told } from './story.ts'

const USAGE = `Usage: npm run demo [-- [manifest.yaml] [--keep]]

  manifest.yaml  a Pod, Deployment, StatefulSet, DaemonSet, Job or CronJob, and its ServiceAccount;
                 without it demo/pod.yaml
  --keep         leaves everything running afterwards, and says how to look at it`

interface Wish {
  readonly path: string
  readonly keep: boolean
}

/** What the command line asks for, or nothing where it makes no sense. */
function readArguments(): Wish | 'help' | undefined {
  try {
    const { values, positionals } = parseArgs({
      options: { keep: { type: 'boolean', default: false }, help: { type: 'boolean' } },
      allowPositionals: true,
    })
    if (values.help === true) return 'help'
    const [path = fileURLToPath(new URL('pod.yaml', import.meta.url)), ...others] = positionals
    return others.length === 0 ? { path, keep: values.keep } : undefined
  } catch {
    return undefined
  }
}

async function readManifest(path: string): Promise<Manifest | undefined> {
  try {
    return parseManifest(await readFile(path, 'utf8'))
  } catch (error) {
    if (!(error instanceof UnusableManifest || isFileProblem(error))) throw error
    console.error(`Cannot show ${path}: ${error.message}`)
    return undefined
  }
}

function isFileProblem(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error
}

/** Runs the demo and ends all that it started. Returns whether everything held. */
async function play(manifest: Manifest, keep: boolean): Promise<boolean> {
  const ends: (() => Promise<void>)[] = []
  const clear = async () => {
    for (let end = ends.pop(); end !== undefined; end = ends.pop()) await end()
  }
  const interrupted = Promise.race([
    once(process, 'SIGINT'),
    once(process, 'SIGTERM'),
    // Nobody reads on, as in `npm run demo | head`.
    once(process.stdout, 'error'),
  ])
  const folder = await mkdtemp(join(tmpdir(), 'rolechain-demo-'))
  // At the very end: what an interrupted story is still writing would come back.
  process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  let isOver = false
  const write = (text: string) => {
    if (!isOver) process.stdout.write(text)
  }
  const narrator = createNarrator(write, isatty(1) && process.stdout.hasColors())
  const stage: Stage = {
    narrator,
    manifest,
    folder,
    journal: createJournal(),
    startedAtMs: Date.now(),
    defer: (end) => ends.push(end),
  }
  try {
    const told = await Promise.race([tryToTell(stage), interrupted.then(() => 'over' as const)])
    if (told === 'over') return false
    const holds = narrator.end((Date.now() - stage.startedAtMs) / 1000)
    if (keep && told !== undefined) {
      narrator.show(`\nEverything goes on until Ctrl-C.\n\n${toInstructions(told.aws, told.pod)}`)
      await interrupted
    }
    return holds
  } finally {
    isOver = true
    await clear()
  }
}

/** A step that could not even be tried did not hold. */
async function tryToTell(stage: Stage): Promise<Told | undefined> {
  try {
    return await tell(stage)
  } catch (error) {
    stage.narrator.check(false, 'The step is carried out.', toWords(error))
    return undefined
  }
}

function toWords(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

async function main(): Promise<number> {
  const wish = readArguments()
  if (wish === 'help') {
    console.log(USAGE)
    return 0
  }
  if (wish === undefined) {
    console.error(USAGE)
    return 2
  }
  const manifest = await readManifest(wish.path)
  if (manifest === undefined) return 2
  return (await play(manifest, wish.keep)) ? 0 : 1
}

// Not only its status: an interrupted story may still be starting something, and ends with the process.
process.exit(await main())
