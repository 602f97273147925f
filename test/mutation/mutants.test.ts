import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applyMutant, findMutants } from './mutants.ts'

const TEXT = `
export function isOld(age: number): boolean {
  return age > 18 // not yet at 18
}
export const problem = (name: string) => ({ code: 'too_young', text: \`\${name} is too young.\` })
`

test('finds the same changes each time, each with the line and the code that it replaces', async () => {
  const { mutants } = await findMutants('age.ts', TEXT)
  const changes = mutants.map(({ line, before, after }) => `${line}: ${before} -> ${after}`)
  assert.ok(changes.includes('3: age > 18 -> age >= 18'), changes.join('\n'))
  assert.ok(changes.includes('5: \'too_young\' -> ""'), changes.join('\n'))
  assert.deepEqual((await findMutants('age.ts', TEXT)).mutants, mutants)
})

test('makes one change and leaves every other character', async () => {
  const { mutants } = await findMutants('age.ts', TEXT)
  const mutant = mutants.find(({ after }) => after === 'age >= 18')
  assert.ok(mutant)
  assert.equal(applyMutant(TEXT, mutant), TEXT.replace('age > 18', 'age >= 18'))
})

test('leaves the text of sentences alone, and counts what it left out', async () => {
  const { mutants, skipped } = await findMutants('age.ts', TEXT)
  assert.ok(mutants.every(({ before }) => !before.startsWith('`')))
  assert.deepEqual([...skipped], [['the text of a sentence', 1]])
})

test('takes a template of one word for a code and not for a sentence', async () => {
  const { mutants } = await findMutants('key.ts', 'export const key = `aws/${ a + b }/role`')
  assert.ok(mutants.some(({ before }) => before.startsWith('`aws/')))
})
