/**
 * The run on AWS as a reader starts it, in what `../main.ts` has started: only the endpoint and the keys of the AWS
 * profiles are not AWS's. Whatever happens, nothing is left.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { run } from '../../cluster/command.ts'
import { uninstall } from '../../cluster/installation.ts'
import { countStacks, listAll, writeProfiles } from './stage.ts'

const { SUITE_AWS_URL: awsUrl = '', SUITE_VALUES: values = '' } = process.env
const PAGE = 'ci-to-another-account'

const OPTIONS = [
  [join(import.meta.dirname, '../main.ts'), '--aws', 'real', '--context', 'ci'],
  ['--profile-a', 'cluster', '--profile-b', 'target'],
  ['--tools-image', 'registry.example.com/ci-tools:1'],
  ['--settle-seconds', '0', '--trail-minutes', '0.2'],
].flat()

let folder: string

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rolechain-rehearsal-'))
})

after(() => rm(folder, { recursive: true }))

/** Runs it; `interrupt` gets every line that it says, and says when Ctrl+C is typed. */
async function rehearse(
  more: readonly string[],
  interrupt: (said: string) => boolean = () => false,
) {
  const report = join(folder, 'report.md')
  const parameters = [...OPTIONS, '--report', report, ...more, PAGE]
  const child = spawn(process.execPath, parameters, {
    env: { ...process.env, ...(await writeProfiles(folder, awsUrl)) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said: string[] = []
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    said.push(chunk)
    if (interrupt(chunk)) child.kill('SIGINT')
  })
  const closed = once(child, 'close') as Promise<[number | null]>
  const [printed, [exitCode]] = await Promise.all([text(child.stdout), closed])
  const written = await readFile(report, 'utf8').catch(() => '')
  await rm(report, { force: true })
  return { exitCode, printed, written, said: said.join('') }
}

async function listLeftOver(): Promise<readonly string[]> {
  const namespaces = await run(['kubectl', '--context', 'ci', 'get', 'namespaces', '-o', 'name'])
  return [...(await listAll(awsUrl)), ...namespaces.split('\n')].filter((one) =>
    one.includes('rolechain-try-'),
  )
}

/** Runs with a fault of AWS. */
async function withFault<T>(fault: object, work: () => Promise<T>): Promise<T> {
  await fetch(`${awsUrl}/_/faults`, { method: 'POST', body: JSON.stringify(fault) })
  try {
    return await work()
  } finally {
    await fetch(`${awsUrl}/_/faults`, { method: 'DELETE' })
  }
}

test('a page that fails on AWS is told, and nothing is left', async () => {
  const fault = { operation: 'ListBuckets', kind: 'error', status: 403, code: 'AccessDenied' }
  const made = await countStacks(awsUrl)
  const { exitCode, written, said } = await withFault(fault, () => rehearse([]))
  assert.equal(exitCode, 1, said)
  assert.match(written, new RegExp(`\\| ${PAGE} \\| failed \\|`))
  assert.match(written, /AccessDenied/)
  assert.equal(await countStacks(awsUrl), made + 2)
  assert.deepEqual(await listLeftOver(), [])
})

test('on Ctrl+C all is deleted', async () => {
  const { exitCode, written, said } = await rehearse([], (chunk) =>
    chunk.includes('Running the page'),
  )
  assert.equal(exitCode, 1, said)
  assert.match(said, /Interrupted/)
  assert.match(written, /The run was interrupted/)
  assert.deepEqual(await listLeftOver(), [])
})

test('the page runs as written, with a chart of its own, CloudTrail has the calls, and nothing is left', async () => {
  await uninstall({ HELM_KUBECONTEXT: 'ci' })
  const { exitCode, printed, written, said } = await rehearse(['--values', values])
  assert.equal(exitCode, 0, `${said}\n${printed}`)
  assert.equal(printed.trim(), written.trim())
  assert.match(
    written,
    new RegExp(`\\| ${PAGE} \\| as written \\| \\d+ \\| [1-9]\\d* found, \\d+ about`),
  )
  assert.ok(!/111111111111|222222222222/.test(written))
  assert.deepEqual(await listLeftOver(), [])
})
