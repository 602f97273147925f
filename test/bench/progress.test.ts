/** What a run of the bench shows while it measures, and why it ends when a measured program does. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { createProgress } from '../../bench/progress.ts'

const CLEAR = '\r\u001b[K'

function collect(screen: { isTTY?: boolean; columns?: number }) {
  let text = ''
  let nowMs = 0
  const progress = createProgress({ ...screen, write: (piece) => (text += piece) }, () => nowMs)
  return { progress, read: () => text, pass: (ms: number) => (nowMs += ms) }
}

describe('the line of progress', () => {
  it('is rewritten in place on a terminal, and never wider than that', () => {
    const { progress, read, pass } = collect({ isTTY: true, columns: 24 })
    progress.show('one')
    pass(65_000)
    progress.show('a step with a long name')
    progress.end()
    assert.equal(read(), `${CLEAR}0:00  one …${CLEAR}1:05  a step with a lon${CLEAR}`)
  })

  it('is a line a step in a file', () => {
    const { progress, read } = collect({})
    progress.show('one')
    progress.tell('FAILED: why')
    progress.show('two')
    progress.end()
    assert.equal(read(), '0:00  one …\nFAILED: why\n0:00  two …\n')
  })

  it('stays below what is told', () => {
    const { progress, read } = collect({ isTTY: true })
    progress.show('one')
    progress.tell('FAILED: why')
    assert.equal(read(), `${CLEAR}0:00  one …${CLEAR}FAILED: why\n0:00  one …`)
  })
})

/** Runs a script that starts `program` as the bench does. */
async function runBench(context: TestContext, program: string, rest: string) {
  const folder = mkdtempSync(join(tmpdir(), 'rolechain-bench-test-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'program.cjs')
  writeFileSync(file, program)
  const { href } = new URL('../../bench/process.ts', import.meta.url)
  const script = `
    import { startProgram } from ${JSON.stringify(href)}
    const program = startProgram(${JSON.stringify(file)})
    ${rest}`
  return new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, ['--input-type=module', '--eval', script], (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    )
  })
}

describe('a measured program', () => {
  it('writes nothing between the lines of the bench', async (context) => {
    const { code, stdout, stderr } = await runBench(
      context,
      'console.log(\'ready\'); console.error(\'{"event":"refreshed"}\'); setInterval(() => {}, 1000)',
      "await program.lineWith(/^ready$/); await program.stop(); console.log('row')",
    )
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: 'row\n', stderr: '' })
  })

  it('ends the run when it ends by itself, with its last lines', async (context) => {
    const { code, stderr } = await runBench(
      context,
      "for (let line = 1; line <= 30; line += 1) console.error('line', line)\nprocess.exitCode = 3",
      'setInterval(() => {}, 1000)',
    )
    assert.equal(code, 1)
    assert.match(stderr, /program\.cjs ended \(3\)\. Its last lines:\nline 11\n/)
    assert.match(stderr, /\nline 30\n/)
  })
})
