/** Writes the sidecar's log: one JSON line an event on stderr. It owns the line's shape and the level, not what is logged. */
import { LOG_LEVELS, type LogLevel } from './contract.ts'

/** Values of a log line; nothing secret goes in here. Absent ones are left out of the line. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>

/** One function a level: an event in `lower_snake`, a sentence for the operator, and what a machine may want to filter by. */
export type Log = Readonly<
  Record<LogLevel, (event: string, message: string, fields?: LogFields) => void>
>

/** Makes a log that drops what is below `level`. `write` gets each line with its newline. */
export function createLog(level: LogLevel, write: (line: string) => void): Log {
  const threshold = LOG_LEVELS.indexOf(level)
  const at =
    (lineLevel: LogLevel): Log[LogLevel] =>
    (event, message, fields) => {
      if (LOG_LEVELS.indexOf(lineLevel) < threshold) return
      write(toLine(lineLevel, { event, message, ...fields }))
    }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

function toLine(level: LogLevel, fields: LogFields): string {
  return `${JSON.stringify({ time: new Date().toISOString(), level, ...fields })}\n`
}
