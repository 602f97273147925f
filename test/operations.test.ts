/** What the operator's guide says that rolechain says, rolechain says: people search for these words. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

const root = new URL('../', import.meta.url)

function read(path: string): string {
  return readFileSync(new URL(path, root), 'utf8')
}

/** All sentences of the programs, joined where the code breaks them. */
const sources = ['webhook', 'sidecar']
  .flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: root }))
  .map(read)
  .join('\n')
  .replaceAll(/['"`]\s*\+\s*['"`]/g, '')
  .replaceAll(/\\(['"`])/g, '$1')

/** Words of Kubernetes and of SDKs stand in tables that say so, in their head or before it. */
const FOREIGN_HEAD = /^\| (?:the application says|it is|while no webhook|what happens)/
const FOREIGN_BEFORE = /^Kubernetes' own words/

/** The quotations of the guide's trouble tables: what stands in code in first columns, in its parts around `…`. */
function quotations(): readonly string[] {
  const [, troubles = ''] = read('docs/operations.md').split('## Troubleshooting')
  const tables = troubles.split(/\n\n/)
  return tables
    .filter(
      (table, index) =>
        table.startsWith('|') &&
        !FOREIGN_HEAD.test(table) &&
        !FOREIGN_BEFORE.test(tables[index - 1] ?? ''),
    )
    .flatMap((table) => table.split('\n').slice(2))
    .flatMap((row) =>
      [...(row.split(' | ')[0] ?? '').matchAll(/`([^`]+)`/g)].map(([, code = '']) => code),
    )
    .flatMap((quotation) => quotation.split('…'))
    .filter((part) => part !== '')
}

/** A line of the log is made from fields: `"code":"wrong_token"` is 'wrong_token' in the code. */
function isSaid(part: string): boolean {
  const [, value] = /^"(?:code|event)":"(\w+)"$/.exec(part) ?? []
  return value === undefined ? sources.includes(part) : sources.includes(`'${value}'`)
}

test('every sentence that the guide quotes is in the code', () => {
  const found = quotations()
  assert.ok(found.length > 25, `only ${found.length} quotations were found`)
  assert.deepEqual(
    found.filter((part) => !isSaid(part)),
    [],
  )
})
