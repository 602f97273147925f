/** Each event and code that a registry has is one that a program can say. That they say no others, the types hold. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { REFUSALS } from '../sidecar/core/endpoint/refusals.ts'
import { FAILURES } from '../sidecar/core/failures/failures.ts'
import { EVENTS as SIDECAR_EVENTS } from '../sidecar/events.ts'
import { EVENTS as WEBHOOK_EVENTS } from '../webhook/log/events.ts'
import { REASONS } from '../webhook/core/vocabulary/reasons.ts'

const root = new URL('../', import.meta.url)

/** What only lists codes: registries, and tables that choose among sentences for a code that is already known. */
const LIST = /export const (?:EVENTS|REFUSALS|FAILURES|REASONS)\b|: readonly AdviceRow\[\] = /

/** The code of a program, without comments and the files that only list what may be said. */
function readCode(folder: string): string {
  return globSync(`${folder}/**/*.ts`, { cwd: root })
    .map((file) => readFileSync(new URL(file, root), 'utf8'))
    .filter((code) => !LIST.test(code))
    .join('\n')
    .replaceAll(/\/\*[^]*?\*\/|\/\/ .*$/gm, '')
}

/** The words in quotes in the first arguments of calls of a function. */
function firstArguments(code: string, name: string): ReadonlySet<string> {
  const calls = code.matchAll(new RegExp(`(?<![\\w.])(?:\\w+\\.)?${name}\\(([^,()]+),`, 'g'))
  return quoted([...calls].map(([, first = '']) => first).join('\n'))
}

/** Events that are logged where they are named, or on the way of a value with `event`, or by the end of a program. */
function loggedEvents(code: string): ReadonlySet<string> {
  const values = [...code.matchAll(/\bevent: '(\w+)'/g)].map(([, event = '']) => event)
  return new Set([...firstArguments(code, 'log'), ...firstArguments(code, 'fail'), ...values])
}

function quoted(code: string): ReadonlySet<string> {
  return new Set([...code.matchAll(/'(\w+)'/g)].map(([, word = '']) => word))
}

const sidecar = readCode('sidecar')
const webhook = readCode('webhook')

/** A registry, and what the code says of it. */
const REGISTRIES: Readonly<Record<string, readonly [object, ReadonlySet<string>]>> = {
  'events of the sidecar': [SIDECAR_EVENTS, loggedEvents(sidecar)],
  'events of the webhook': [WEBHOOK_EVENTS, loggedEvents(webhook)],
  'refusals of the endpoint': [REFUSALS, firstArguments(sidecar, 'refuse')],
  'failures of chains': [FAILURES, quoted(sidecar)],
  'reasons of verdicts': [
    REASONS,
    // Some are keys of audit annotations.
    new Set([...webhook.matchAll(/'(\w+)'|\b(\w+):/g)].map(([, code, key]) => code ?? key ?? '')),
  ],
}

describe('nothing is listed that no code says among the', () => {
  for (const [what, [registry, said]] of Object.entries(REGISTRIES)) {
    it(what, () => {
      const names = Object.keys(registry)
      assert.deepEqual(
        names.filter((name) => !said.has(name)),
        [],
      )
      assert.ok(names.every((name) => /^[a-z]+(?:_[a-z0-9]+)*$/.test(name)))
    })
  }
})
