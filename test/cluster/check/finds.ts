/** `rolechain check` against the real cluster: what it finds. */
import assert from 'node:assert/strict'
import type { Report } from '../../../cli/core/check/check.ts'
import type { BrokenState } from '../../cli/check/broken/changes.ts'
import { BROKEN_STATES } from '../../cli/check/broken-states.ts'
import { runCommand } from '../../cli/run.ts'
import { inNamespace, until, type Place } from '../suite.ts'

/** All but `issuer`: nobody publishes the documents of this cluster. */
const CATEGORIES = ['kubernetes', 'webhook', 'pods', 'policy', 'boundary', 'quota', 'others']

/** One run, of these categories. */
export async function check(namespace: string, categories = CATEGORIES): Promise<Report> {
  const asked = categories.flatMap((name) => ['--category', name])
  const { stdout, stderr } = await runCommand(['check', '-o', 'json', '-n', namespace, ...asked], {
    environment: process.env,
    nowMs: Date.now,
  })
  assert.notEqual(stdout, '', stderr)
  return JSON.parse(stdout) as Report
}

/** What is not good, as `category: line: code`, and what is to be done about it. */
async function look(namespace: string) {
  const { categories } = await check(namespace)
  const bad = categories.flatMap(({ category, checks }) =>
    checks.flatMap(({ what, findings }) =>
      findings.map(({ code, hint }) => ({ line: `${category}: ${what}: ${code}`, hint })),
    ),
  )
  return { lines: [...new Set(bad.map(({ line }) => line))], hints: bad.map(({ hint }) => hint) }
}

/** Waits until this is found and nothing else; without a state, until nothing is. */
export async function finds(place: Place, state?: BrokenState): Promise<void> {
  const expected = state === undefined ? [] : [`${state.category}: ${state.line}: ${state.code}`]
  let last: Awaited<ReturnType<typeof look>> | undefined
  await until(`check to find ${expected.join() || 'nothing'}`, async () => {
    last = await look(place.namespace)
    return JSON.stringify(last.lines) === JSON.stringify(expected) ? true : undefined
  }).catch((error: unknown) => {
    const found = last?.lines.join('\n') ?? 'nothing'
    throw new Error(`${String(error)}; it found\n${found}`, { cause: error })
  })
  for (const hint of last?.hints ?? []) assert.match(hint, state?.hint ?? /^$/)
}

/** Breaks one thing while `scenario` runs. */
export type Break = (place: Place, scenario: () => Promise<void>) => Promise<void>

/**
 * Runs a state of the stand-in's tests here, in a namespace with these labels: while one thing is broken exactly that
 * is found, and then nothing.
 */
export async function breaks(
  what: string,
  breakIt: Break,
  labels: Readonly<Record<string, string>> = {},
): Promise<void> {
  const state = BROKEN_STATES[what]
  assert.ok(state, `no broken state is called ${what}`)
  await inNamespace(async (place) => {
    await breakIt(place, () => finds(place, state))
    await finds(place)
  }, labels)
}
