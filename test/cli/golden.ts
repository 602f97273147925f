/** Texts that commands are to print, kept in `test/fixtures/cli`. With UPDATE_GOLDEN=1 they are written anew. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'

const folder = 'test/fixtures/cli'

/** The path of a fixture, from the project's root. */
export function fixture(name: string): string {
  return `${folder}/${name}`
}

/** Compares with the file of that name. The stamp's hash changes with every new setting, and is not meant. */
export function assertGolden(name: string, actual: string): void {
  const text = actual.replaceAll(/(rolechain\.io\/injected"?: "?dev\/)[0-9a-f]{8}/g, '$100000000')
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(fixture(name), text)
  assert.equal(text, readFileSync(fixture(name), 'utf8'))
}
