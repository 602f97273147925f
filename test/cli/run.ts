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
    {
      programName: 'rolechain',
      stdout: (text) => void (written.stdout += text),
      stderr: (text) => void (written.stderr += text),
      isColourful: false,
      isWatched: false,
      columns: 80,
      environment: {},
      readStdin: () => Promise.resolve(stdin ?? ''),
      nowMs: () => Date.parse('2030-01-01T00:00:00Z'),
      ...given,
    },
    commands,
  )
  return { code, ...written }
}
