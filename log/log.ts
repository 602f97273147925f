/**
 * The one shape of a log line, for both programs: JSON with `time`, `level`, `event`, `message` and what else is known,
 * in this order. Which events a program has, and how loud each is, stands in the registry of that program; nothing else
 * can be logged.
 */
import { LOG_LEVELS, type LogLevel } from '../sidecar/contract.ts'

/** One event of a registry. Its name is `lower_snake`, and stays: people search for it. */
export interface EventKind {
  readonly level: LogLevel
  /** What has happened, for the table of events in the docs. */
  readonly means: string
}

type FieldValue = string | number | boolean | readonly string[] | undefined

/** What one would search or count by. Absent values are left out of the line. Nothing secret goes in here. */
export type LogFields = Readonly<Record<string, FieldValue>> & {
  readonly [Own in 'time' | 'level' | 'event' | 'message']?: never
}

/** Writes one line: an event of the registry, and a sentence for the operator. */
export type EventLog<Event extends string> = (
  event: Event,
  message: string,
  fields?: LogFields,
) => void

export interface LogSink {
  /** Gets each line with its newline. */
  readonly write: (line: string) => void
  readonly nowMs: () => number
  /** What is below it is dropped. */
  readonly level: LogLevel
}

/** Makes the log of a program from its registry. */
export function createLog<Event extends string>(
  events: Readonly<Record<Event, EventKind>>,
  { write, nowMs, level: least }: LogSink,
): EventLog<Event> {
  const threshold = LOG_LEVELS.indexOf(least)
  return (event, message, fields) => {
    if (LOG_LEVELS.indexOf(events[event].level) < threshold) return
    write(toLogLine(events, { nowMs: nowMs(), event, message, fields }))
  }
}

/** The line itself, with its newline, whatever its level. Long values are cut. */
export function toLogLine<Event extends string>(
  events: Readonly<Record<Event, EventKind>>,
  said: {
    readonly nowMs: number
    readonly event: Event
    readonly message: string
    readonly fields?: LogFields | undefined
  },
): string {
  const { nowMs, event, message, fields } = said
  const { level } = events[event]
  const line = { time: new Date(nowMs).toISOString(), level, event, message, ...fields }
  const text = JSON.stringify(line)
  // Hardly any line is long, and looking at each value of every one costs more than making it.
  return `${text.length <= VALUE_LIMIT ? text : JSON.stringify(line, cutLongValue)}\n`
}

/**
 * Characters of one value: a message, a problem and warnings of this length fit into the 16 KiB at which container
 * runtimes cut a line.
 */
const VALUE_LIMIT = 4096

function cutLongValue(_name: string, value: unknown): unknown {
  if (typeof value === 'string' && value.length > VALUE_LIMIT) {
    return `${value.slice(0, VALUE_LIMIT - 1)}…`
  }
  if (!Array.isArray(value)) return value
  let length = 0
  return value.filter((text: unknown) => (length += String(text).length) <= VALUE_LIMIT)
}
