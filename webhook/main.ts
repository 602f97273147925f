/** The webhook's entry: arguments in, exit status out. Whatever goes wrong is one JSON line each, never a page of bundled source. */
import { helpText, parseCommandLine } from './command-line/command-line.ts'
import type { FlagValues } from './command-line/flags.ts'
import { createLogOutput } from './log/log-output.ts'
import { createLog, toLogLine, toSentence } from './log/log.ts'
import type { Log } from './log/log.ts'
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
    toLogLine(Date.now(), {
      level: 'warn',
      message: `${missing} lines of the log are missing here: nobody took them in time.`,
    }),
)
// Each failed write is told to `done` too. Without a listener, a reader that is gone or a full disk would end the program.
process.stdout.on('error', () => undefined)
process.on('exit', output.flush)
const log: Log = createLog({
  write: output.write,
  nowMs: Date.now,
  isVerbose: commandLine.kind === 'run' && commandLine.values.v >= verboseFrom,
})

process.on('uncaughtException', (error) => fail('The webhook failed', error))

switch (commandLine.kind) {
  case 'version':
    process.stdout.write(`${VERSION}\n`)
    break
  case 'help':
    process.stdout.write(helpText())
    break
  case 'refused':
    for (const problem of commandLine.problems) log('error', problem)
    process.exitCode = 1
    break
  case 'run':
    for (const note of commandLine.notes) log('info', note)
    run(commandLine.values)
    break
}

/** Runs until a signal comes, which is heard from the first moment on: the start may take as long as there is no certificate. */
function run(values: FlagValues): void {
  let running: RunningWebhook | undefined
  // Before it serves there is nobody to wait for.
  const stop = (afterMs: number) => running?.stop(afterMs) ?? Promise.resolve()
  // The cluster says SIGTERM, a person at a terminal SIGINT: nobody has to be told then.
  process.once('SIGTERM', () => end(() => stop(drainMs)))
  process.once('SIGINT', () => end(() => stop(0)))
  startWebhook(values, log, output.countLost).then(
    (started) => {
      running = started
    },
    (error: unknown) => fail('The webhook could not start', error),
  )
}

function end(stop: () => Promise<void>): void {
  log('info', 'Told to end: answering what is on its way.')
  const insist = setTimeout(() => process.exit(0), drainMs + closeWithinMs)
  stop().then(
    () => {
      clearTimeout(insist)
      process.exit(0)
    },
    (error: unknown) => fail('The webhook could not end in good order', error),
  )
}

function fail(what: string, error: unknown): void {
  log('error', `${what}: ${toSentence(error)}`)
  process.exit(1)
}
