/** The pages that are generated from the code are those that the code generates now. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generatedPages, generatePage, readPage } from '../docs/generate.ts'

for (const page of generatedPages) {
  test(`${page} says what the code says (npm run docs writes it anew)`, async () => {
    assert.equal(readPage(page), await generatePage(page))
  })
}
