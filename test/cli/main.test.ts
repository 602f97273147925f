import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'

for (const line of ['--help', 'check --help', 'no-such-command'])
  test(`${line} ends as it would when nobody reads its output any more`, async () => {
    assert.equal(await codeOf(line, { isRead: false }), await codeOf(line, { isRead: true }))
  })

async function codeOf(line: string, { isRead }: { readonly isRead: boolean }): Promise<unknown> {
  const child = spawn(process.execPath, ['cli/main.ts', ...line.split(' ')])
  const closed = once(child, 'close')
  if (isRead) child.stdout.resume()
  else child.stdout.destroy()
  assert.doesNotMatch(await text(child.stderr), /EPIPE/)
  const [code] = (await closed) as unknown[]
  return code
}
