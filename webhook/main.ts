/**
 * The webhook's entry: arguments in, exit status out. Whatever goes wrong is one JSON line each, never a page of
 * bundled source.
 */
import { toSentence } from '../log/error-text.ts'
import { createLog, toLogLine } from '../log/log.ts'
import { helpText, parseCommandLine } from './command-line/command-line.ts'
import type { FlagValues } from './command-line/flags.ts'
import { createLogOutput } from './log/log-output.ts'
import { EVENTS, type Log } from './log/events.ts'
import { VERSION } from './version.ts'
import { startWebhook } from './webhook.ts'
import type { RunningWebhook } from './webhook.ts'

/** From klog's level 4 on, upstream tells each lookup; so do we at `debug`. */
const verboseFrom = 4

/** How long a cluster takes to send reviews elsewhere after a pod is being deleted. */
const drainMs = 3000
/** Upstream's: reviews that take longer have timed out at the API server anyway. */
const closeWithinMs = 10_000

const commandLine = parseCommandLine(process.argv.slice(2))
const output = createLogOutput(
  (lines, done) => process.stdout.write(lines, done),
  (missing) =>
    toLogLine(EVENTS, {
      nowMs: Date.now(),
      event: 'log_lines_lost',
      message: `${missing} lines of the log are missing here: nobody took them in time.`,
    }),
)
// Each failed write is told to `done` too. Without a listener, a reader that is gone or a full disk would end the
// program.
process.stdout.on('error', () => undefined)
process.on('exit', output.flush)
const log: Log = createLog(EVENTS, {
  write: output.write,
  nowMs: Date.now,
  level: commandLine.kind === 'run' && commandLine.values.v >= verboseFrom ? 'debug' : 'info',
})

process.on('uncaughtException', (error) => fail('crashed', 'The webhook failed', error))

switch (commandLine.kind) {
  case 'version':
    process.stdout.write(`${VERSION}\n`)
    break
  case 'help':
    process.stdout.write(helpText())
    break
  case 'refused':
    for (const problem of commandLine.problems) log('flag_refused', problem)
    process.exitCode = 1
    break
  case 'run':
    for (const note of commandLine.notes) log('flag_without_effect', note)
    run(commandLine.values)
    break
}

/**
 * Runs until a signal comes, which is heard from the first moment on: the start may take as long as there is no
 * certificate.
 */
function run(values: FlagValues): void {
  let running: RunningWebhook | undefined
  // Before it serves, there is no request to wait for.
  const stop = (afterMs: number) => running?.stop(afterMs) ?? Promise.resolve()
  // The cluster says SIGTERM, a person at a terminal SIGINT: nobody has to be told then.
  process.once('SIGTERM', () => end(() => stop(drainMs)))
  process.once('SIGINT', () => end(() => stop(0)))
  startWebhook(values, log, output.countLost).then(
    (started) => {
      running = started
    },
    (error: unknown) => fail('start_failed', 'The webhook could not start', error),
  )
}

function end(stop: () => Promise<void>): void {
  log('stopping', 'Told to end: answering what is on its way.')
  const insist = setTimeout(() => process.exit(0), drainMs + closeWithinMs)
  stop().then(
    () => {
      clearTimeout(insist)
      process.exit(0)
    },
    (error: unknown) => fail('stop_failed', 'The webhook could not end in good order', error),
  )
}

function fail(
  event: 'crashed' | 'start_failed' | 'stop_failed',
  what: string,
  error: unknown,
): void {
  log(event, `${what}: ${toSentence(error)}`)
  process.exit(1)
}
