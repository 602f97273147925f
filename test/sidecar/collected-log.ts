/** A log whose lines a test can look at. */
import { createLog } from '../../log/log.ts'
import { EVENTS, type Log } from '../../sidecar/events.ts'

export interface CollectedLog {
  readonly log: Log
  /** The events so far, in order. */
  events(): readonly string[]
  /** What was written, line by line. */
  lines(): readonly Readonly<Record<string, unknown>>[]
  /** Everything that was written. */
  text(): string
}

export function collectLog(): CollectedLog {
  const lines: string[] = []
  return {
    log: createLog(EVENTS, { write: (line) => lines.push(line), nowMs: () => 0, level: 'debug' }),
    events: () => lines.map((line) => (JSON.parse(line) as { event: string }).event),
    lines: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>),
    text: () => lines.join(''),
  }
}
