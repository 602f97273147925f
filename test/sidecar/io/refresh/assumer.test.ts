/** What the assumer makes of children that do not do what they should: small scripts in place of the real one. */
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { toFailure } from '../../../../sidecar/core/failures/errors.ts'
import type { Report } from '../../../../sidecar/core/chain/job.ts'
import { assumeFileBeside, createAssumer } from '../../../../sidecar/io/refresh/assumer.ts'
import { session } from '../../sessions.ts'
import { base, type Run, type Stage, startStage, target } from '../../stage.ts'

let stage: Stage

before(async () => {
  stage = await startStage()
})
after(() => stage.stop())

const good: Report = { kind: 'session', target: 'default', session: session({}) }
const baseSession = session({ roleArn: base.roleArn, accountId: '111111111111' })
const hang = 'setInterval(() => undefined, 1000)'
const print = (...values: readonly (string | object)[]): string =>
  values
    .map((value) => (typeof value === 'string' ? value : JSON.stringify(value)))
    .map((line) => `process.stdout.write(${JSON.stringify(`${line}\n`)})\n`)
    .join('')

async function scriptOf(script: string): Promise<string> {
  const assumeFile = join(stage.folder, 'assume.cjs')
  await writeFile(assumeFile, script)
  return assumeFile
}

async function runScript(script: string, timeoutMs = 20_000): Promise<Run> {
  const job = stage.jobOf({ default: [base, target], other: [base, target] })
  return stage.run(job, { assumeFile: await scriptOf(script), timeoutMs })
}

describe('a child', () => {
  it('that crashes before it says anything is told by its exit code', async () => {
    const { rest, reports } = await runScript('process.exit(3)')
    assert.deepEqual(reports, [])
    assert.deepEqual(rest, toFailure('child_crashed', { detail: 'exit code 3' }))
  })

  it('that is killed is told by its signal', async () => {
    const { rest } = await runScript("process.kill(process.pid, 'SIGKILL')")
    assert.deepEqual(rest, toFailure('child_crashed', { detail: 'SIGKILL' }))
  })

  it('is deaf to the signal that opens an inspector', async () => {
    const status = "require('node:fs').readFileSync('/proc/self/status', 'utf8')"
    const caught = `BigInt('0x' + /SigCgt:\\s*([0-9a-f]+)/.exec(${status})[1])`
    const { rest, sessions } = await runScript(
      `process.kill(process.pid, 'SIGUSR1')
      ${print(good)}process.exit((${caught} & (1n << 9n)) === 0n ? 4 : 5)`,
    )
    assert.deepEqual(sessions, { default: session({}) })
    assert.deepEqual(rest, toFailure('child_crashed', { detail: 'exit code 4' }))
  })

  it('that crashes later has its earlier answers taken', async () => {
    const { rest, sessions } = await runScript(`${print(good)}process.exit(1)`)
    assert.deepEqual(sessions, { default: session({}) })
    assert.equal(rest.code, 'child_crashed')
  })

  it('that runs out of memory does not print into the log, and is a crash', async () => {
    const eat = 'const all = []; for (;;) all.push(new Array(1e5).fill({}))'
    assert.equal((await runScript(eat)).rest.code, 'child_crashed')
  })

  it('that hangs is killed, with its earlier answers taken', async () => {
    const pid = join(stage.folder, 'pid')
    const script = `require('fs').writeFileSync(${JSON.stringify(pid)}, String(process.pid))\n`
    const { rest, sessions } = await runScript(`${script}${print(good)}${hang}`, 1500)
    assert.deepEqual(Object.keys(sessions), ['default'])
    assert.deepEqual(rest, toFailure('child_hung', { detail: 'after 1.5 s' }))
    await assertGone(Number(await readFile(pid, 'utf8')))
  })

  it('that ends well but says nothing of a target is told', async () => {
    const { rest, sessions } = await runScript(print(good))
    assert.deepEqual(Object.keys(sessions), ['default'])
    assert.equal(rest.code, 'child_garbled')
  })

  for (const [what, line] of [
    ['a page', '<html>'],
    ['half a report', JSON.stringify(good).slice(0, -3)],
    ['a target that was not asked for', { ...good, target: 'x' }],
    ['a target that every object has', { ...good, target: 'constructor' }],
    ['a session without a key', { ...good, session: { ...session({}), accessKeyId: '' } }],
    [
      'a session of another role',
      { ...good, session: session({ roleArn: 'arn:aws:iam::222222222222:role/admin' }) },
    ],
    [
      'a session of another AWS account than its role',
      { ...good, session: session({ accountId: '333333333333' }) },
    ],
    ['a session without end', { ...good, session: session({ expiresAtMs: 9e12 }) }],
    ['a base session of another role', { kind: 'base', key: 'k', session: session({}) }],
    ['a base session that nobody asked for', { kind: 'base', key: 'k', session: baseSession }],
  ] as const) {
    it(`that prints ${what} is stopped, and nothing after it is taken`, async () => {
      const { rest, reports } = await runScript(`${print(line, good)}${hang}`)
      assert.equal(rest.code, 'child_garbled')
      assert.deepEqual(reports, [])
    })
  }

  it('that prints a line without end is stopped', async () => {
    const endless = "const more = () => process.stdout.write('x'.repeat(65536), more); more()"
    assert.equal((await runScript(endless)).rest.code, 'child_garbled')
  })

  it('whose program is not there is a crash', async () => {
    const job = stage.jobOf({ default: [base] })
    const { rest } = await stage.run(job, { assumeFile: '/nowhere/assume.cjs' })
    assert.equal(rest.code, 'child_crashed')
  })

  it('gets nothing of our environment', async () => {
    process.env['AWS_PROFILE'] = 'of-the-parent'
    const expected = 'AWS_CONFIG_FILE,AWS_SHARED_CREDENTIALS_FILE,AWS_EC2_METADATA_DISABLED,HOME'
    const check = `const seen = Object.keys(process.env).join(); if (seen !== '${expected}') process.exit(9)`
    const { rest } = await runScript(check)
    delete process.env['AWS_PROFILE']
    assert.equal(rest.code, 'child_garbled')
  })

  it('is ended at once when the walk is aborted', async () => {
    const abort = new AbortController()
    const assume = createAssumer({ assumeFile: await scriptOf(`${print(good)}${hang}`) })
    const job = stage.jobOf({ default: [base, target] })
    const rest = await assume(job, () => abort.abort(), abort.signal)
    assert.equal(rest.code, 'child_crashed')
  })

  it('is not waited for when the walk was aborted before', async () => {
    const assume = createAssumer({ assumeFile: await scriptOf(hang) })
    const job = stage.jobOf({ default: [base] })
    assert.equal((await assume(job, () => undefined, AbortSignal.abort())).code, 'child_crashed')
  })
})

it('the program of the child stands beside the running one', () => {
  assert.equal(assumeFileBeside('/app/sidecar.cjs'), '/app/assume.cjs')
  assert.equal(assumeFileBeside('/src/sidecar/main.ts'), '/src/sidecar/assume.ts')
})

/** A killed process is gone once the kernel has reaped it, which its parent, Node, does by itself. */
async function assertGone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0)
    } catch {
      return
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
}
