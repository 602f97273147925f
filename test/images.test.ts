/** What the images say of their programs, as their runtime understands it. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { readImageEnv } from '../bench/image-env.ts'

/** Sends itself the signal that opens an inspector, and tells whether anybody would have heard it. */
const ASK_FOR_INSPECTOR = `
process.kill(process.pid, 'SIGUSR1')
const status = require('node:fs').readFileSync('/proc/self/status', 'utf8')
const caught = BigInt('0x' + /^SigCgt:\\s*([0-9a-f]+)/m.exec(status)[1])
console.log(JSON.stringify({ isHeard: (caught & (1n << 9n)) !== 0n, canCleanUp: typeof gc === 'function' }))
`

function ask(env: Readonly<Record<string, string>>): { isHeard: boolean; canCleanUp: boolean } {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--eval', ASK_FOR_INSPECTOR], {
    env,
    encoding: 'utf8',
  })
  assert.equal(status, 0, stderr)
  return JSON.parse(stdout) as { isHeard: boolean; canCleanUp: boolean }
}

test('SIGUSR1 opens no inspector and ends nothing in the images, and would without their env', () => {
  assert.equal(ask({}).isHeard, true)
  assert.deepEqual(ask(readImageEnv('webhook')), { isHeard: false, canCleanUp: false })
  assert.deepEqual(ask(readImageEnv('sidecar')), { isHeard: false, canCleanUp: true })
})
