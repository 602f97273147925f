/**
 * Starts programs of this project as processes of their own, and ends them: nothing that was started here stays behind.
 */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export interface Start {
  /** The file that is run; absent: the runtime that runs this. */
  readonly command?: string
  readonly args: readonly string[]
  /** The whole environment of the process: nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>
  readonly onLine: (line: string) => void
  /** Whether it is going to be told lines; otherwise its standard input is empty. */
  readonly hasInput?: boolean
}

/** A running process. */
export interface Program {
  readonly pid: number | undefined
  /** Writes a line to its standard input; a process that has ended does not hear it. */
  tell(line: string): void
  /** Resolves when the process has ended and all of its output has been read. */
  readonly ended: Promise<Ending>
  kill(signal: NodeJS.Signals): void
  /** Asks to end, insists after `GRACE_MS`, and resolves when it has. */
  stop(): Promise<void>
}

export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

const GRACE_MS = 2000
const running = new Set<Program>()

// Whatever ends the demo, its processes go with it, and those that they have started.
process.on('exit', () => {
  for (const { pid } of running) if (pid !== undefined) killGroup(pid)
})

function killGroup(pid: number) {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended just now.
  }
}

/** Runs a program that is ended with this process at the latest. */
export function startProgram(start: Start): Program {
  const { command = process.execPath, args, environment, onLine, hasInput = false } = start
  const child = spawn(command, args, {
    env: environment,
    stdio: [hasInput ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    // A process group of its own: Ctrl-C is for the demo, which ends its programs in their order.
    detached: true,
  })
  for (const input of [child.stdout, child.stderr]) {
    if (input !== null) createInterface({ input }).on('line', onLine)
  }
  child.stdin?.on('error', () => undefined)
  const ended = new Promise<Ending>((resolve) => {
    child.once('error', (error) => onLine(`cannot start: ${error.message}`))
    child.once('close', (code, signal) => {
      running.delete(program)
      resolve({ code, signal })
    })
  })
  const program: Program = {
    pid: child.pid,
    ended,
    tell: (line) => void child.stdin?.write(`${line}\n`),
    kill: (signal) => void child.kill(signal),
    async stop() {
      child.kill('SIGTERM')
      const insist = setTimeout(() => child.kill('SIGKILL'), GRACE_MS)
      await ended
      clearTimeout(insist)
    },
  }
  running.add(program)
  return program
}
