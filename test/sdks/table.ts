/** Words the reports of all SDKs as tables of text. */
import { stripVTControlCharacters } from 'node:util'
import { CHECKS, type CheckName, type Report } from './checks.ts'
import type { Sdk } from './sdk.ts'

/** How an SDK's run ended. */
export type Result =
  | { readonly kind: 'ran'; readonly sdk: Sdk; readonly report: Report }
  /** `not run`: something that it needs is not to be had here. `broken off`: it did not come to its end. */
  | { readonly kind: 'not run' | 'broken off'; readonly sdk: Sdk; readonly why: string }

/** Of the sidecar's sentence about the refused role. */
const REASON = 'AccessDenied'

const SIGNS = { holds: 'ok', broken: 'FAILED', absent: '-' } as const

/** Whether everything that is checked of it holds. */
export function isSound(result: Result): boolean {
  return result.kind === 'ran' && result.report.outcomes.every(({ holds }) => holds)
}

/** Which check holds of which SDK, and what each check says. */
export function toCheckTable(results: readonly Result[]): string {
  const checks = Object.keys(CHECKS) as CheckName[]
  const header = ['SDK', 'version', 'endpoint', ...checks]
  const rows = results.map((result) => [
    result.sdk.name,
    ...(result.kind === 'ran'
      ? [
          result.report.version,
          result.sdk.endpoint,
          ...checks.map((name) => toSign(result.report, name)),
        ]
      : [`${result.kind}: ${firstLine(result.why)}`]),
  ])
  const legend = checks.map((name) => `  ${name.padEnd(16)} ${CHECKS[name]}`)
  return [layOut([header, ...rows]), '', ...legend].join('\n')
}

function toSign({ outcomes }: Report, name: CheckName): string {
  const outcome = outcomes.find(({ check }) => check === name)
  return outcome === undefined ? SIGNS.absent : outcome.holds ? SIGNS.holds : SIGNS.broken
}

/** How often each asks the endpoint. */
export function toAskTable(results: readonly Result[]): string {
  const header = [
    'SDK',
    'first calls at once',
    'asks',
    'in the first hour',
    'fresh sessions',
    'minutes',
    'in all',
    'fresh sessions',
  ]
  const rows = results.flatMap((result) => {
    if (result.kind !== 'ran') return []
    const { inFirstCalls, minutes, ours, fresh } = result.report.asks
    const counted = [ours.inFirstHour, fresh.inFirstHour, minutes, ours.inAll, fresh.inAll]
    const cells = counted.map((count) => (minutes === 0 ? '-' : String(count)))
    return [[result.sdk.name, String(result.sdk.parallel), String(inFirstCalls), ...cells]]
  })
  return layOut([header, ...rows])
}

/** What people read where there are no credentials. */
export function toErrorTable(results: readonly Result[]): string {
  return results
    .flatMap((result) => {
      if (result.kind !== 'ran') return []
      const { refused, gone } = result.report.errors
      const reason = refused.includes(REASON) ? 'says why' : 'not why'
      return [
        `${result.sdk.name}\n  refused, ${reason}: ${firstLine(refused)}\n  gone: ${firstLine(gone)}`,
      ]
    })
    .join('\n')
}

/** What did not hold, with all that is known of it. */
export function toProblems(results: readonly Result[]): string {
  return results
    .flatMap((result) => {
      if (result.kind !== 'ran') return [`${result.sdk.name}, ${result.kind}: ${result.why}`]
      return result.report.outcomes.flatMap(({ check, holds, detail }) =>
        holds ? [] : [`${result.sdk.name}, ${check}: ${detail}`],
      )
    })
    .join('\n\n')
}

function layOut(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    // A row that says why there is nothing else is as wide as it likes.
    Math.max(...rows.map((row) => (row.length > 2 ? (row[column] ?? '').length : 0)), 0),
  )
  return rows
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .map((line) => line.trimEnd())
    .join('\n')
}

function firstLine(text: string): string {
  const [line = ''] = stripVTControlCharacters(text).trim().split('\n')
  return line.length > 300 ? `${line.slice(0, 300)}…` : line
}
