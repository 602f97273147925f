/**
 * Where log lines go: collected for one turn of the event loop and written at once. Whatever happens to the reader
 * (gone, full, stuck), the program goes on: lines that nobody takes are dropped, and counted.
 */

export interface LogOutput {
  readonly write: (line: string) => void
  /** Writes what is still held, before the program ends. */
  readonly flush: () => void
  /** How many lines were dropped since the start. */
  readonly countLost: () => number
}

/** Gets one or more whole lines, and tells when they are taken, or that they are not. */
export type WriteLines = (lines: string, done: (error?: Error | null) => void) => void

/**
 * Characters that may wait to be taken. A line has some 300, so they are the lines of 800 reviews, which a reader that
 * reads at all takes in milliseconds; and one that is stuck costs no more memory than this.
 */
const WAITING_LIMIT = 256 * 1024

/** `toLossLine` makes the line that tells how many are missing before it. */
export function createLogOutput(
  writeLines: WriteLines,
  toLossLine: (missing: number) => string,
): LogOutput {
  let held = ''
  let heldLines = 0
  let waiting = 0
  let lost = 0
  let untold = 0

  const lose = (lines: number) => {
    lost += lines
    untold += lines
  }

  const flush = () => {
    if (held === '') return
    const told = untold
    const text = told === 0 ? held : `${toLossLine(told)}${held}`
    const lines = heldLines
    waiting += text.length - held.length
    held = ''
    heldLines = 0
    untold = 0
    writeLines(text, (error) => {
      waiting -= text.length
      if (error === undefined || error === null) return
      lose(lines)
      untold += told
    })
  }

  return {
    write: (line) => {
      if (waiting + line.length > WAITING_LIMIT) return lose(1)
      if (held === '') setImmediate(flush)
      held += line
      heldLines += 1
      waiting += line.length
    },
    flush,
    countLost: () => lost,
  }
}
