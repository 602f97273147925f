/** What is around a run of the command: streams, environment, clock. Tests hand in their own. */
import { basename } from 'node:path'
import { text } from 'node:stream/consumers'

export interface Surroundings {
  /** As the person calls it: `rolechain`, or `kubectl rolechain`. */
  readonly programName: string
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
  /** What is written to stdout may have colours. */
  readonly isColourful: boolean
  /** Somebody looks at stderr while the command runs. */
  readonly isWatched: boolean
  /** Width of the terminal. */
  readonly columns: number
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly readStdin: () => Promise<string>
  readonly nowMs: () => number
}

/** Those of a process. A pipe gets plain text, and so does everybody with `NO_COLOR` (https://no-color.org). */
export function fromProcess(process: NodeJS.Process): Surroundings {
  const { argv, env, stdin, stdout, stderr } = process
  const isDumb = env['TERM'] === 'dumb'
  return {
    programName: basename(argv[1] ?? '').startsWith('kubectl-') ? 'kubectl rolechain' : 'rolechain',
    stdout: (written) => void stdout.write(written),
    stderr: (written) => void stderr.write(written),
    isColourful: stdout.isTTY && !isDumb && (env['NO_COLOR'] ?? '') === '',
    isWatched: stderr.isTTY && !isDumb,
    columns: stdout.isTTY ? stdout.columns : 80,
    environment: env,
    readStdin: () => text(stdin),
    nowMs: Date.now,
  }
}
