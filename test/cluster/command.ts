/**
 * Runs a program and gives what it printed; the only place of the cluster suite that starts processes to completion.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { text } from 'node:stream/consumers'

export interface CommandOptions {
  /** Written to standard input. */
  readonly input?: string
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>
  /** Shows what the program says on standard error while it runs, instead of keeping it for the error. */
  readonly isVerbose?: boolean
  /** Ends the program, and all that it has started. */
  readonly signal?: AbortSignal | undefined
}

export interface CommandOutcome {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** What a program has started is in its group, where it has one. Gives the function that lets go. */
function endWith({ pid = 0 }: ChildProcess, signal: AbortSignal | undefined): () => void {
  const end = () => process.kill(-pid, 'SIGTERM')
  signal?.addEventListener('abort', end, { once: true })
  return () => signal?.removeEventListener('abort', end)
}

/** Runs a program to its end and gives how it ended; does not throw when it fails. */
export async function attempt(
  command: readonly string[],
  options: CommandOptions = {},
): Promise<CommandOutcome> {
  const [file = '', ...parameters] = command
  options.signal?.throwIfAborted()
  const child = spawn(file, parameters, {
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', options.isVerbose === true ? 'inherit' : 'pipe'],
    detached: options.signal !== undefined,
  })
  const letGo = endWith(child, options.signal)
  // A program that does not read its input may end before it is written.
  child.stdin?.on('error', () => undefined)
  child.stdin?.end(options.input ?? '')
  const [exitCode, stdout, stderr] = await Promise.all([
    new Promise<number>((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code) => resolve(code ?? 128))
    }),
    child.stdout === null ? '' : text(child.stdout),
    child.stderr === null ? '' : text(child.stderr),
  ]).finally(letGo)
  return { exitCode, stdout, stderr }
}

/** What a program printed on standard output; throws with what it said on standard error when it fails. */
export async function run(
  command: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const { exitCode, stdout, stderr } = await attempt(command, options)
  if (exitCode !== 0)
    throw new Error(`${command.join(' ')} ended with ${exitCode}:\n${stderr}${stdout.slice(-2000)}`)
  return stdout
}
