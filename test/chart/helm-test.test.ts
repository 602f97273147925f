/** The program of `helm test`, with an API server that answers as one does while the webhooks start. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { runInNewContext } from 'node:vm'

const source = readFileSync(
  new URL('../../charts/rolechain/files/test.cjs', import.meta.url),
  'utf8',
)

const JUDGED = { spec: { initContainers: [{ name: 'rolechain-sidecar' }] } }
const UNREACHABLE = {
  message: 'Internal error occurred: failed calling webhook: connection refused',
}

/** Runs it to its end, on a clock of its own; the last answer is given again and again. */
async function runProgram(answers: readonly object[]) {
  const written: string[] = []
  const write = (text: string) => written.push(text)
  const program = {
    env: { NAMESPACE: 'rolechain', ANNOTATION: 'a', CONFIGURATION: 'c' },
    stdout: { write },
    stderr: { write },
    exitCode: 0,
  }
  let nowMs = 0
  let asked = 0
  runInNewContext(source, {
    process: program,
    require: () => ({ readFileSync: () => 'token' }),
    Date: { now: () => nowMs },
    setTimeout: (then: () => void, afterMs: number) => {
      nowMs += afterMs
      setImmediate(then)
    },
    fetch: async () => ({ json: async () => answers[Math.min(asked++, answers.length - 1)] }),
  })
  while (written.length === 0) await new Promise(setImmediate)
  return { exitCode: program.exitCode, said: written.join(''), asked, nowMs }
}

test('right after an installation it waits for the webhooks', async () => {
  const { exitCode, said, asked } = await runProgram([UNREACHABLE, UNREACHABLE, JUDGED])
  assert.deepEqual([exitCode, asked], [0, 3])
  assert.equal(said, 'The webhook gave the pod its sidecar.\n')
})

test('after a minute it fails, with the last answer', async () => {
  const { exitCode, said, nowMs } = await runProgram([{ spec: {} }, UNREACHABLE])
  assert.equal(exitCode, 1)
  assert.match(said, /^The webhook did not judge a pod: .*connection refused/)
  assert.ok(nowMs >= 60_000 && nowMs < 65_000, `after ${nowMs} ms`)
})
