/** Where log lines go: collected for one turn of the event loop and written at once, since a write to a pipe stops the program meanwhile. */

export interface LogOutput {
  readonly write: (line: string) => void
  /** Writes what is still held, before the program ends. */
  readonly flush: () => void
}

/** `writeNow` gets one or more whole lines. */
export function createLogOutput(writeNow: (lines: string) => void): LogOutput {
  let held = ''
  const flush = () => {
    if (held === '') return
    const lines = held
    held = ''
    writeNow(lines)
  }
  return {
    write: (line) => {
      if (held === '') setImmediate(flush)
      held += line
    },
    flush,
  }
}
