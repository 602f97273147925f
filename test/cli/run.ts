/** Runs the command in this process, with streams of its own. */
import { COMMANDS, run, type LazyCommand } from '../../cli/program.ts'
import type { Surroundings } from '../../cli/output/surroundings.ts'

export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** A run as in a pipe, unless `around` says otherwise. */
export async function runCommand(
  args: readonly string[],
  around: Partial<Surroundings> & { readonly stdin?: string } = {},
  commands: Readonly<Record<string, LazyCommand>> = COMMANDS,
): Promise<Ended> {
  const written = { stdout: '', stderr: '' }
  const { stdin, ...given } = around
  const code = await run(
    args,
    surroundingsOf({
      stdout: (text) => void (written.stdout += text),
      stderr: (text) => void (written.stderr += text),
      readStdin: () => Promise.resolve(stdin ?? ''),
      ...given,
    }),
    commands,
  )
  return { code, ...written }
}

/** Those of a pipe in which nobody reads. */
export function surroundingsOf(around: Partial<Surroundings> = {}): Surroundings {
  return {
    programName: 'rolechain',
    stdout: () => undefined,
    stderr: () => undefined,
    isColourful: false,
    isWatched: false,
    columns: 80,
    environment: {},
    readStdin: () => Promise.resolve(''),
    nowMs: () => Date.parse('2030-01-01T00:00:00Z'),
    ...around,
  }
}
