/**
 * What clients and readers of formats are made from is pinned, and says nothing of where it is fetched from: that is
 * each machine's to know.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'

const FOLDERS = [import.meta.dirname, join(import.meta.dirname, '../formats')]

const LOCKS = FOLDERS.flatMap((folder) =>
  readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name))),
).filter((path) =>
  /\/(package-lock\.json|Cargo\.lock|pom\.xml|go\.sum|[\w.-]+\.(txt|list))$/u.test(path),
)
const read = (path: string): string => readFileSync(path, 'utf8')

test('no lock file says where packages come from', () => {
  assert.ok(LOCKS.length > 10)
  for (const path of LOCKS) {
    assert.doesNotMatch(read(path), /"resolved"|^source = |--(extra-)?index|<repositor/mu, path)
  }
})

test('every Debian package has a version', () => {
  const lists = LOCKS.filter((path) => path.endsWith('.list'))
  assert.ok(lists.length > 0)
  for (const path of lists) assert.match(read(path), /^([a-z\d.+-]+=\d[\w.:+~-]*\n)+$/u, path)
})

test('every crate has a checksum, and every requirement a hash', () => {
  for (const path of LOCKS.filter((one) => one.endsWith('.txt'))) {
    for (const line of read(path).trim().split('\n')) {
      assert.match(line, /^[\w.-]+==[\w.]+ --hash=sha256:[0-9a-f]{64}$/u, path)
    }
  }
  const crates = LOCKS.filter((path) => basename(path) === 'Cargo.lock').map(read)
  assert.equal(crates.length, 1)
  for (const text of crates) {
    const own = 1
    assert.equal(
      text.match(/^checksum = /gmu)?.length,
      (text.match(/^name = /gmu)?.length ?? 0) - own,
    )
  }
})
