/** The file of EKS Pod Identity, as whoever writes it replaces, empties, breaks and removes it. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { watchPodIdentityFile } from '../../../webhook/configuration/pod-identity-file.ts'
import { createLog } from '../../../log/log.ts'
import { EVENTS } from '../../../webhook/log/events.ts'
import { until } from '../kubernetes/cluster-of-a-test.ts'
import { EVERY_MS, untilLookedAt } from './looks.ts'

const listed = (name: string) => `{"identities":[{"namespace":"a","serviceAccount":"${name}"}]}`

async function watchFile(context: TestContext, write: (path: string) => void) {
  const folder = mkdtempSync(join(tmpdir(), 'rolechain-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'identities.json')
  write(path)
  const told: string[] = []
  const reads: boolean[] = []
  const logged: string[] = []
  const stop = await watchPodIdentityFile({
    path,
    everyMs: EVERY_MS,
    onChange: (identities) => told.push([...identities].join()),
    onRead: (isGood) => reads.push(isGood),
    log: createLog(EVENTS, { write: (line) => logged.push(line), nowMs: () => 0, level: 'info' }),
  })
  context.after(stop)
  return { path, told, reads, logged }
}

test('the file is read before anything else starts, and again when it changes', async (context) => {
  const { path, told } = await watchFile(context, (at) => writeFileSync(at, listed('b')))
  assert.deepEqual(told, ['a/b'])
  writeFileSync(path, listed('c'))
  await until(() => told.length > 1)
  assert.deepEqual(told, ['a/b', 'a/c'])
})

test('a half-written file leaves what was known in use', async (context) => {
  const { path, told, reads, logged } = await watchFile(context, (at) =>
    writeFileSync(at, listed('b')),
  )
  writeFileSync(path, listed('c').slice(0, 20))
  await until(() => reads.includes(false))
  assert.deepEqual(told, ['a/b'])
  assert.match(logged.at(-1) ?? '', /is not JSON.*What it said before stays in use/)
  writeFileSync(path, listed('c'))
  await until(() => told.length > 1)
  assert.deepEqual(told, ['a/b', 'a/c'])
})

test('a file that stays empty, or away, names nobody', async (context) => {
  const { path, told } = await watchFile(context, (at) => writeFileSync(at, listed('b')))
  writeFileSync(path, '')
  await until(() => told.length > 1)
  writeFileSync(path, listed('c'))
  await until(() => told.length > 2)
  rmSync(path)
  await until(() => told.length > 3)
  assert.deepEqual(told, ['a/b', '', 'a/c', ''])
})

test('a file that is not there yet names nobody, and counts when it comes', async (context) => {
  const { path, told, logged } = await watchFile(context, () => undefined)
  assert.deepEqual(told, [''])
  writeFileSync(path, listed('b'))
  await until(() => told.length > 1)
  assert.deepEqual(told, ['', 'a/b'])
  assert.equal(logged.filter((line) => line.includes('"error"')).length, 0)
})

test('a file that cannot be read is told once', async (context) => {
  const { path, reads, logged, told } = await watchFile(context, (at) => mkdirSync(at))
  assert.match(logged[0] ?? '', /cannot be read: EISDIR/)
  await untilLookedAt(10)
  assert.equal(logged.length, 1)
  rmSync(path, { recursive: true })
  writeFileSync(path, listed('b'))
  await until(() => told.length > 0)
  assert.deepEqual([reads, logged.length], [[false, true], 2])
})
