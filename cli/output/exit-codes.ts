/** How a command ends, and the errors that say so. */

export const EXIT = {
  fine: 0,
  /** Something was found that somebody has to change. */
  problems: 1,
  usedWrongly: 2,
  /** The cluster or AWS does not answer, or refuses whoever asks. */
  unreachable: 3,
  /** An error of rolechain itself (EX_SOFTWARE of sysexits). */
  defect: 70,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** An error that is told to the person as it is, without a stack. */
class CommandError extends Error {
  readonly exitCode: ExitCode

  constructor(message: string, exitCode: ExitCode, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'CommandError'
    this.exitCode = exitCode
  }
}

/** The command line or a file that it names cannot be used. The sentence says how to mend it. */
export function usedWrongly(message: string, cause?: unknown): Error {
  return new CommandError(message, EXIT.usedWrongly, cause)
}

/** The cluster or AWS cannot be reached. The cause is told behind the sentence. */
export function unreachable(message: string, cause?: unknown): Error {
  return new CommandError(message, EXIT.unreachable, cause)
}

/** Undefined for an error that nobody foresaw. Parts that are loaded later are bundles with a class of their own. */
export function exitCodeOf(error: unknown): ExitCode | undefined {
  if (!(error instanceof Error)) return undefined
  if (error.name === 'RefusedError') return EXIT.unreachable
  return error.name === 'CommandError' ? (error as CommandError).exitCode : undefined
}
