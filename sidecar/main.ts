/**
 * The sidecar's entry: without an argument the resident process, with `probe` the probe command. It owns exit codes,
 * and what a crash prints: one JSON line.
 */
import { writeSync } from 'node:fs'
import { toSentence } from '../log/error-text.ts'
import { createLog } from '../log/log.ts'
import { probeSocketPath, readSettings } from './environment.ts'
import { EVENTS } from './events.ts'
import type { StopSidecar } from './serve.ts'

const STDOUT = 1
const STDERR = 2

const log = createLog(EVENTS, { write: writeLine, nowMs: () => Date.now(), level: 'info' })

process.on('uncaughtException', (error: unknown) => {
  log('crashed', toCrashMessage(error), { stack: readStack(error) })
  process.exit(1)
})

/** Each command loads only what it needs: both are paid for in every pod. */
async function main([command, ...rest]: readonly string[]): Promise<void> {
  if (command === undefined) return serve()
  if (command === 'probe' && rest.length === 0) return probe()
  log(
    'unknown_command',
    `The sidecar does not know the arguments ${JSON.stringify([command, ...rest])}: it takes none, or "probe".`,
  )
  process.exit(1)
}

async function serve(): Promise<void> {
  let stop: StopSidecar | undefined
  const end = (signal: NodeJS.Signals): void => {
    stop?.(signal)
    // One turn later, so that the child has been ended.
    setImmediate(() => process.exit(0))
  }
  // Before all else: the first process of a container is deaf to signals that it does not handle.
  process.on('SIGTERM', end)
  process.on('SIGINT', end)
  const settings = readSettings(process.env)
  if (settings.kind === 'valid') {
    const { startSidecar } = await import('./serve.ts')
    stop = startSidecar(settings.value, writeLine)
    return
  }
  for (const problem of settings.problems) {
    log(
      'configuration_invalid',
      `${problem}. The webhook writes the sidecar's configuration: recreate the pod, and let webhook and sidecar image be of one version.`,
    )
  }
  process.exit(1)
}

async function probe(): Promise<void> {
  const { probe: askUntilReady } = await import('./probe.ts')
  const { isReady, sentence } = await askUntilReady(probeSocketPath(process.env))
  writeSync(STDOUT, `${sentence}\n`)
  process.exit(isReady ? 0 : 1)
}

/** A log that takes no more (a full disk, a reader that is gone) must not end what serves credentials. */
function writeLine(line: string): void {
  try {
    writeSync(STDERR, line)
  } catch {
    // There is nowhere left to say it.
  }
}

function toCrashMessage(error: unknown): string {
  const what =
    error instanceof Error
      ? `${error.name}: ${toSentence(error)}`
      : 'something that is no error was thrown'
  return `The sidecar has crashed (${what}); this is a defect. The kubelet starts it again, with the credentials that it held.`
}

/** The frames without the message. */
function readStack(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const frames = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '))
  return frames
    .slice(0, 8)
    .map((frame) => frame.trim())
    .join(' < ')
}

void main(process.argv.slice(2))
