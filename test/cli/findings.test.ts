/** The registry of codes, and the page that explains them. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import {
  describeFinding,
  FINDING_CODES,
  FINDING_GROUPS,
  toFinding,
} from '../../cli/findings/findings.ts'

const page = readFileSync('docs/checks.md', 'utf8')

test('each code has a heading to which the address of its findings leads', () => {
  const headings = [...page.matchAll(/^### (\w+)$/gm)].map(([, code]) => code)
  assert.deepEqual(headings, FINDING_CODES)
  for (const code of FINDING_CODES) {
    const { address } = toFinding(code, { level: 'problem', place: 'x', message: 'x' })
    assert.ok(address.endsWith(`docs/checks.md#${code}`))
  }
})

test('no code has two meanings', () => {
  const codes = Object.values(FINDING_GROUPS).flatMap((group) => Object.keys(group))
  assert.equal(new Set(codes).size, codes.length)
})

test('each code says in sentences what is so and what to do', () => {
  for (const code of FINDING_CODES) {
    const { what, hint } = describeFinding(code)
    assert.match(code, /^[a-z]+(?:_[a-z0-9]+)*$/)
    for (const text of [what, hint]) assert.match(text, /^[A-Za-z'].+\.$/s, `${code}: ${text}`)
  }
})
