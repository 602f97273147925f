/** The webhook as a process of its own, with what it logs. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../webhook/main.ts', import.meta.url))

/** A line of the log, as far as tests look. */
export interface Line {
  readonly level: string
  readonly message: string
  readonly port?: number
  readonly metricsPort?: number
}

/**
 * Starts it from source, with these variables beside those that are there; it is gone when the test ends. `others` are
 * lines that are no log.
 */
export function run(
  context: TestContext,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): { child: ChildProcess; lines: Line[]; others: string[] } {
  const child = spawn(process.execPath, [main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...variables },
  })
  context.after(() => child.kill('SIGKILL'))
  const lines: Line[] = []
  const others: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith('{')) lines.push(JSON.parse(line) as Line)
    else others.push(line)
  })
  createInterface({ input: child.stderr }).on('line', (line) => others.push(line))
  return { child, lines, others }
}
