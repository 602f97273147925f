/** The table of `pods`, in columns as kubectl prints them. */
import { parseTimestamp } from '../../../sidecar/core/timestamp.ts'
import type { PodRow } from './rows.ts'

const HEAD = ['NAMESPACE', 'NAME', 'TARGETS', 'VERSION', 'AGE', 'GATE', 'LAST FAILURE']

/** A line a pod under the names of the columns; empty without pods. */
export function podTable(rows: readonly PodRow[], nowMs: number): string {
  if (rows.length === 0) return ''
  const lines = [
    HEAD,
    ...rows.map((row) => [
      row.namespace,
      row.name,
      targetsText(row),
      `${row.version || 'unknown'}${row.isOutdated === true ? ' (outdated)' : ''}`,
      ageOf(row.createdAt, nowMs),
      row.gate,
      (row.lastFailure ?? '').replaceAll(/\s+/g, ' '),
    ]),
  ]
  const widths = HEAD.map((_, column) =>
    Math.max(...lines.map((line) => (line[column] ?? '').length)),
  )
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** The last role of each target, with its AWS account; the name of the target where there are several. */
function targetsText({ targets }: PodRow): string {
  return targets
    .map(({ name, roleArns }) => {
      const [, account = '', role = ''] = /::(\d+):role\/(.*)$/.exec(roleArns.at(-1) ?? '') ?? []
      return `${targets.length > 1 ? `${name}=` : ''}${role}@${account}`
    })
    .join(',')
}

/** As kubectl writes it, in one unit. */
export function ageOf(createdAt: string, nowMs: number): string {
  const seconds = Math.max(0, Math.floor((nowMs - parseTimestamp(createdAt)) / 1000))
  if (!Number.isFinite(seconds)) return ''
  if (seconds < 120) return `${seconds}s`
  if (seconds < 7200) return `${Math.floor(seconds / 60)}m`
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`
}
