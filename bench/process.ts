/**
 * Starts the measured programs as processes of their own, and reads from `/proc` what they cost. What a program writes
 * is kept out of sight, but for its last lines where it ends although nobody told it to. Linux only.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { ControlGroup } from './control-group.ts'

/** `/proc/PID/stat` counts CPU time in ticks of this many milliseconds (USER_HZ is 100 on every Linux). */
const MILLISECONDS_PER_TICK = 10

/** Lines of a program's output that are kept for whoever asks why it failed. */
const KEPT_LINES = 20

export interface Program {
  readonly pid: number
  /** The last lines that it has written. */
  lastLines(): string
  /** Resolves with the next line on standard output that `match` accepts. Once only. */
  lineWith(match: RegExp): Promise<string>
  /** Resolves once it has ended. */
  ended(): Promise<void>
  stop(): Promise<void>
}

export interface Surroundings {
  /** Exactly what the program gets; nothing unless told. */
  readonly env?: Readonly<Record<string, string>>
  readonly group?: ControlGroup
}

/**
 * Starts `node file args`. The run ends, with the program's last lines, when it ends by itself and nobody waits for
 * that.
 */
export function startProgram(
  file: string,
  args: readonly string[] = [],
  { env = {}, group }: Surroundings = {},
): Program {
  const node = [process.execPath, file, ...args]
  const [command = '', ...rest] = group === undefined ? node : group.wrap(node)
  const child = spawn(command, rest, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const lines: string[] = []
  const keep = (line: string) => {
    if (lines.push(line) > KEPT_LINES) lines.shift()
  }
  const reader = createInterface({ input: child.stdout }).on('line', keep)
  createInterface({ input: child.stderr }).on('line', keep)
  let isEndExpected = false
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  // Its output has been read to the end by then.
  child.once('close', (code, signal) => {
    process.off('exit', kill)
    if (isEndExpected) return
    throw new Error(`${file} ended (${signal ?? code}). Its last lines:\n${lines.join('\n')}`)
  })
  return {
    pid: child.pid ?? 0,
    lastLines: () => lines.join('\n'),
    lineWith: (match) =>
      new Promise((resolve) => {
        reader.on('line', (line) => {
          if (!match.test(line)) return
          resolve(line)
          // What follows is thrown away unread, so that the load's client does not pay for the server's log.
          reader.close()
          child.stdout.resume()
        })
      }),
    ended() {
      isEndExpected = true
      return endOf(child)
    },
    stop() {
      isEndExpected = true
      child.kill('SIGTERM')
      return endOf(child)
    },
  }
}

function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
  })
}

export interface Memory {
  readonly privateKib: number
  readonly residentKib: number
}

/** Private anonymous and resident memory of one process; zeros when it has gone. */
export function readMemory(pid: number): Memory {
  const status = readProc(`${pid}/status`)
  return {
    privateKib: Number(/^RssAnon:\s+(\d+)/m.exec(status)?.[1] ?? 0),
    residentKib: Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0),
  }
}

/** CPU time, user and system, that a process has used so far. */
export function readCpuMs(pid: number): number {
  return sumTicks(pid, 11, 13)
}

/** The same with that of its children that have ended. */
export function readCpuWithChildrenMs(pid: number): number {
  return sumTicks(pid, 11, 15)
}

function sumTicks(pid: number, from: number, to: number): number {
  // The second field is the program's name in parentheses and may hold blanks; fields are counted after it.
  const fields = readProc(`${pid}/stat`).split(') ')[1]?.split(' ') ?? []
  const ticks = fields.slice(from, to).reduce((sum, field) => sum + Number(field), 0)
  return ticks * MILLISECONDS_PER_TICK
}

function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'utf8')
  } catch {
    return ''
  }
}
