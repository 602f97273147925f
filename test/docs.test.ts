/** The pages that are generated from the code are those that the code generates now, and what others say of it is so. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { generatedPages, generatePage, readPage } from '../docs/generate.ts'

for (const page of generatedPages) {
  test(`${page} says what the code says (npm run docs writes it anew)`, async () => {
    assert.equal(readPage(page), await generatePage(page))
  })
}

test('the chart says with which cert-manager the cluster suite runs', () => {
  const modules = readFileSync('test/cluster/cert-manager/go.mod', 'utf8')
  const version = /cert-manager\/cert-manager v(\S+)/.exec(modules)?.[1]
  const readme = readFileSync('charts/rolechain/README.md', 'utf8').replaceAll(/\s+/g, ' ')
  assert.ok(readme.includes(`Tried with cert-manager ${String(version)}:`))
})
