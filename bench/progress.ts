/**
 * One line on standard error that says what is measured now. A terminal sees it rewritten in place; a file gets a line
 * a step. The table is for standard output, and stays the only thing there.
 */

/** Whatever takes text, and says whether a person looks at it. */
export interface Screen {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly write: (text: string) => unknown
}

export interface Progress {
  /** Shows what is measured from now on, in place of what was before. */
  readonly show: (step: string) => void
  /** Writes lines that stay, above the line of progress. */
  readonly tell: (text: string) => void
  /** Removes the line, before the table is printed. */
  readonly end: () => void
}

/** Moves to the first column and clears the line. */
const CLEAR = '\r\u001b[K'

/** Of a terminal that does not say how wide it is. */
const WIDTH = 80

/** Makes the line; nothing is shown before the first step. `nowMs` is a clock that never goes back. */
export function createProgress(screen: Screen, nowMs: () => number): Progress {
  const startedAtMs = nowMs()
  const isTerminal = screen.isTTY === true
  let line = ''
  return {
    show: (step) => {
      const seconds = Math.round((nowMs() - startedAtMs) / 1000)
      const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
      line = `${clock}  ${step} …`
      // A line that wraps cannot be cleared.
      const shown = line.slice(0, (screen.columns ?? WIDTH) - 1)
      screen.write(isTerminal ? `${CLEAR}${shown}` : `${line}\n`)
    },
    tell: (text) => {
      screen.write(isTerminal ? `${CLEAR}${text}\n${line}` : `${text}\n`)
    },
    end: () => {
      if (isTerminal) screen.write(CLEAR)
    },
  }
}

/** The progress of this run. */
export const progress = createProgress(process.stderr, () => performance.now())
