/** The one table that a run prints: what was measured, beside its peer or the number to reach. */

export interface Row {
  readonly what: string
  readonly measured: string
  /** The peer of the same run, where there is one. */
  readonly peer?: string
  readonly goal?: string
  readonly isReached?: boolean
}

/** Lays the rows out as a Markdown table, so that it can be pasted into the docs. */
export function formatTable(rows: readonly Row[]): string {
  const cells = [
    ['what', 'measured', 'peer in the same run', 'goal', 'reached'],
    ...rows.map((row) => [
      row.what,
      row.measured,
      row.peer ?? '',
      row.goal ?? '',
      row.isReached === undefined ? '' : row.isReached ? 'yes' : 'NO',
    ]),
  ]
  const widths = cells[0]?.map((_, column) =>
    Math.max(...cells.map((line) => line[column]?.length ?? 0)),
  )
  const lines = cells.map(
    (line) => `| ${line.map((cell, column) => cell.padEnd(widths?.[column] ?? 0)).join(' | ')} |`,
  )
  const rule = `| ${widths?.map((width) => '-'.repeat(width)).join(' | ')} |`
  return [lines[0], rule, ...lines.slice(1)].join('\n')
}

/** `1234` as `1,234`. */
export function formatCount(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

/** Kibibytes as `9.2 MiB`. */
export function formatMib(kib: number): string {
  return `${(kib / 1024).toFixed(1)} MiB`
}

/** Milliseconds with a digit that means something: `0.42 ms`, `277 ms`. */
export function formatMs(milliseconds: number): string {
  return `${milliseconds < 10 ? milliseconds.toFixed(2) : Math.round(milliseconds)} ms`
}
