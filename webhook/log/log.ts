/** Log lines of the webhook: one JSON object a line. Nobody may put a token or another secret into one. */

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** Writes one line. `message` is prose; `facts` are what one would search for. */
export type Log = (
  level: LogLevel,
  message: string,
  facts?: Readonly<Record<string, unknown>>,
) => void

export interface LogSink {
  readonly write: (line: string) => void
  readonly nowMs: () => number
  /** Whether `debug` lines are written. */
  readonly isVerbose: boolean
}

/** A log whose lines carry the time, the level and the message first. */
export function createLog(sink: LogSink): Log {
  return (level, message, facts) => {
    if (level === 'debug' && !sink.isVerbose) return
    sink.write(toLogLine(sink.nowMs(), { level, message, ...facts }))
  }
}

/** One line, which begins with the time. */
export function toLogLine(
  nowMs: number,
  facts: Readonly<Record<string, unknown>> & { readonly level: LogLevel; readonly message: string },
): string {
  return `${JSON.stringify({ time: new Date(nowMs).toISOString(), ...facts })}\n`
}

/** What an error says in one line, with the causes behind it; never its stack, which in a bundle is a page of source. */
export function toSentence(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // A failed connection to several addresses has its texts inside only.
  const own =
    error instanceof AggregateError && error.message === ''
      ? error.errors.map(toSentence).join('; ')
      : error.message
  const text = error.cause === undefined ? own : `${own}: ${toSentence(error.cause)}`
  return text.replaceAll(/\s+/g, ' ').trim()
}
