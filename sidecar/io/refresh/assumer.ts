/**
 * Starts the child that walks chains, and makes of whatever it does (an answer, a crash, a hang, garbage) reports and
 * one failure. It loads no part of the AWS SDK, so that the resident process stays small.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { dirname, extname, join } from 'node:path'
import { toBaseKey } from '../../core/chain/chain.ts'
import { type FailureCode, toFailure } from '../../core/failures/errors.ts'
import { type Assume, type Job, parseReport, type Report } from '../../core/chain/job.ts'
import type { Failure } from '../../core/failures/failure.ts'
import { errorCode } from '../error-code.ts'
import { isBaseSessionOf, isSessionOfTarget } from '../../core/chain/session-of-hop.ts'

/** The child gives up by itself after 20 s; this is for one that cannot. */
const CHILD_TIMEOUT_MS = 25_000

/**
 * Characters of one line: a report holds one session of some 2 KB, whose token grows with tags to several times that.
 */
const LINE_LIMIT = 64 * 1024

/** MB. The SDK with a dozen chains needs 15; a runaway ends here, long before the limit of the container. */
const HEAP_LIMIT_MB = 48

export interface AssumerOptions {
  /** The child's program, see {@link assumeFileBeside}. */
  readonly assumeFile: string
  readonly timeoutMs?: number
}

/** The child's program beside the running one: `assume.cjs` in an image, `assume.ts` when run from source. */
export function assumeFileBeside(mainFile: string): string {
  return join(dirname(mainFile), `assume${extname(mainFile)}`)
}

/** Makes the function that runs one child a job. */
export function createAssumer({
  assumeFile,
  timeoutMs = CHILD_TIMEOUT_MS,
}: AssumerOptions): Assume {
  return async (job, onReport, signal) => {
    let child: ChildProcess
    try {
      child = startChild(assumeFile)
    } catch (error) {
      return toFailure('child_not_started', { detail: errorCode(error) })
    }
    const end = Promise.withResolvers<Failure>()
    const settle = (code: FailureCode, detail: string): void =>
      end.resolve(toFailure(code, { detail }))
    const abort = (): void => settle('child_crashed', 'it was stopped')
    signal.addEventListener('abort', abort)
    if (signal.aborted) abort()
    const timer = setTimeout(settle, timeoutMs, 'child_hung', `after ${timeoutMs / 1000} s`)
    child.once('error', (error) => settle('child_not_started', errorCode(error)))
    // 'close' comes after 'exit', when the output has been read to its end.
    child.once('close', (exitCode, exitSignal) => {
      if (exitCode === 0) settle('child_garbled', 'it ended without an outcome')
      else settle('child_crashed', exitSignal ?? `exit code ${exitCode}`)
    })
    const onGarbage = (what: string): void => settle('child_garbled', what)
    const stopReading = readReports(child, job, { onReport, onGarbage })
    // A child that is gone before it has read its job says so by its exit.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(JSON.stringify(job))
    try {
      return await end.promise
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
      stopReading()
      child.kill('SIGKILL')
    }
  }
}

function startChild(assumeFile: string): ChildProcess {
  // SIGUSR1 would open an inspector to all containers of the pod.
  const runtime = [`--max-old-space-size=${HEAP_LIMIT_MB}`, '--disable-sigusr1']
  return spawn(process.execPath, [...runtime, assumeFile], {
    // Nothing of our environment: no NODE_OPTIONS, and no AWS variable that the SDK would read. All that the child
    // needs is in its job.
    env: {
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      AWS_EC2_METADATA_DISABLED: 'true',
      // The SDK asks for a home whatever it reads, and without HOME that fails for a uid that the image's /etc/passwd
      // does not know.
      HOME: '/dev/null',
    },
    // What a crashing runtime prints may hold parts of memory: it goes nowhere.
    stdio: ['pipe', 'pipe', 'ignore'],
  })
}

interface ReportHandlers {
  readonly onReport: (report: Report) => void
  readonly onGarbage: (what: string) => void
}

/** Reads the child's output line by line, each at once; the first that is not a report of this job ends it. */
function readReports(
  child: ChildProcess,
  job: Job,
  { onReport, onGarbage }: ReportHandlers,
): () => void {
  const output = child.stdout
  let rest = ''
  let isOpen = true
  const readLine = (line: string): void => {
    const report = parseReport(line)
    if (report === undefined) onGarbage('a line that is no report')
    else if (isOfJob(report, job)) return onReport(report)
    else onGarbage('a report of something else')
    isOpen = false
  }
  const read = (chunk: string): void => {
    const lines = `${rest}${chunk}`.split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (isOpen) readLine(line)
    if (rest.length > LINE_LIMIT) onGarbage('a line without end')
  }
  output?.setEncoding('utf8')
  output?.on('data', read)
  output?.on('error', () => undefined)
  return () => {
    isOpen = false
    output?.destroy()
  }
}

/** Whether a report is of a target of the job, and its session of the hop that it is said to be of. */
function isOfJob(report: Report, job: Job): boolean {
  const { context } = job
  const circumstances = { context, nowMs: Date.now() }
  if (report.kind === 'base') {
    const target = Object.values(job.targets).find((one) => toBaseKey(one, context) === report.key)
    return isBaseSessionOf(report.session, target, circumstances)
  }
  const target = Object.hasOwn(job.targets, report.target) ? job.targets[report.target] : undefined
  if (target === undefined) return false
  return report.kind === 'failure' || isSessionOfTarget(report.session, target, circumstances)
}
