/**
 * `npm run test:sdks`: real AWS SDKs, unmodified, in pods as the real webhook leaves them, with the real sidecar and
 * the strict AWS; prints which check holds of which SDK. Arguments name SDKs, to run only these. Each runs in a network
 * namespace of its own, with a node's metadata services in it and no way out, so it can reach nothing but what is
 * checked.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { fetchLibfaketime, Missing } from './cache.ts'
import { buildHelper, OWN_ARCHITECTURE } from '../helper/program.ts'
import type { Report } from './checks.ts'
import { DEBIAN_SDKS } from './debian.ts'
import { GO_SDKS } from './golang.ts'
import { JAVA_SDKS } from './java.ts'
import { JAVASCRIPT_SDKS } from './javascript.ts'
import { needNamespaces, toNamespaced } from './namespace.ts'
import { admitPods, type Pods } from './pods.ts'
import { toProfileTable } from './profile-table.ts'
import { PYTHON_SDKS } from './python.ts'
import { RUST_SDKS } from './rust.ts'
import type { Order } from './run.ts'
import type { Sdk } from './sdk.ts'
import {
  isSound,
  toAskTable,
  toCheckTable,
  toErrorTable,
  toProblems,
  type Result,
} from './table.ts'

const ALL: readonly Sdk[] = [
  ...PYTHON_SDKS,
  ...JAVASCRIPT_SDKS,
  ...GO_SDKS,
  ...JAVA_SDKS,
  ...RUST_SDKS,
  ...DEBIAN_SDKS,
]

/** Most of a run is waiting for sessions to end; this many keep two cores busy. */
const AT_ONCE = 6
const TIMEOUT_MS = 12 * 60_000

const IS_GATE = (process.env['CI'] ?? '') !== ''

const running = new Set<ChildProcess>()

function say(sentence: string): void {
  process.stdout.write(`${sentence}\n`)
}

interface Stage {
  readonly folder: string
  readonly pods: Pods
  readonly helper: string
  readonly libfaketime: string | undefined
}

async function runSdk(sdk: Sdk, command: readonly string[], stage: Stage): Promise<Result> {
  const orderFile = join(stage.folder, `${sdk.name}.order.json`)
  const reportFile = join(stage.folder, `${sdk.name}.report.json`)
  const { minutes, parallel, isReader, hasProfileOption, hasRegion, prefersDefault } = sdk
  const { pods, helper, libfaketime } = stage
  const hour = minutes === 0 || libfaketime === undefined ? undefined : { minutes, libfaketime }
  const order: Order = {
    command,
    parallel,
    isReader,
    hasProfileOption,
    hasRegion,
    prefersDefault,
    isCommandLine: sdk.language === 'AWS CLI',
    helper,
    pods,
    reportFile,
    hour,
  }
  await writeFile(orderFile, JSON.stringify(order))
  const file = fileURLToPath(new URL('run.ts', import.meta.url))
  const args = toNamespaced([process.execPath, file, orderFile])
  const child = spawn('unshare', args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: TIMEOUT_MS })
  running.add(child)
  const said = Promise.all([text(child.stdout), text(child.stderr)])
  const [code] = await once(child, 'close')
  running.delete(child)
  if (code !== 0) {
    const words = (await said).join('').trim()
    return { kind: 'broken off', sdk, why: `its run ended with ${String(code)}: ${words}` }
  }
  return { kind: 'ran', sdk, report: JSON.parse(await readFile(reportFile, 'utf8')) as Report }
}

type Installed = readonly [sdk: Sdk, command: readonly string[]]

/** One after the other: compilers take all cores by themselves. */
async function installAll(sdks: readonly Sdk[]) {
  const installed: Installed[] = []
  const missing: Result[] = []
  for (const sdk of sdks) {
    try {
      await needNamespaces()
      say(`Installing ${sdk.name}.`)
      installed.push([sdk, await sdk.install()])
    } catch (error) {
      if (!(error instanceof Missing)) throw error
      missing.push({ kind: 'not run', sdk, why: error.message })
    }
  }
  return { installed, missing }
}

async function runAll(installed: readonly Installed[], stage: Stage): Promise<Result[]> {
  const left = [...installed]
  const results: Result[] = []
  const work = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const result = await runSdk(...next, stage)
      say(`${next[0].name}: ${isSound(result) ? 'ok' : 'FAILED'}`)
      results.push(result)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return results
}

function selectSdks(names: readonly string[]): readonly Sdk[] {
  const unknown = names.filter((name) => !ALL.some((sdk) => sdk.name === name))
  if (unknown.length > 0) {
    throw new Error(
      `There is no ${unknown.join(', ')}, only ${ALL.map(({ name }) => name).join(', ')}.`,
    )
  }
  return names.length === 0 ? ALL : ALL.filter(({ name }) => names.includes(name))
}

/** Without it requests to the endpoint are not counted; in a gate they have to be. */
async function findLibfaketime(): Promise<string | undefined> {
  try {
    return await fetchLibfaketime()
  } catch (error) {
    if (IS_GATE || !(error instanceof Missing)) throw error
    say(`Requests to the endpoint are not counted: ${error.message}`)
    return undefined
  }
}

/** What is not run fails a gate; on a developer's machine it is said. */
function countFailures(results: readonly Result[]): number {
  return results.filter((result) => (result.kind !== 'not run' || IS_GATE) && !isSound(result))
    .length
}

async function main(names: readonly string[]): Promise<number> {
  const sdks = selectSdks(names)
  const folder = await mkdtemp(join(tmpdir(), 'rolechain-sdks-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const { installed, missing } = await installAll(sdks)
  const helper = join(folder, 'credentials')
  await buildHelper(OWN_ARCHITECTURE, helper)
  const stage = { folder, pods: await admitPods(), helper, libfaketime: await findLibfaketime() }
  const found = [...(await runAll(installed, stage)), ...missing]
  const results = sdks.flatMap((sdk) => found.filter((result) => result.sdk === sdk))
  for (const table of [toErrorTable, toAskTable, toProfileTable, toCheckTable])
    say(`\n${table(results)}`)
  const problems = toProblems(results)
  if (problems !== '') say(`\n${problems}`)
  const failed = countFailures(results)
  say(`\n${results.length - failed} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
}

process.once('exit', () => {
  for (const child of running) child.kill()
})
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(1))
process.exit(await main(process.argv.slice(2)))
