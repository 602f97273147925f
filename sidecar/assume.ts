/**
 * The child: reads one job on stdin, walks its chains, prints one JSON line per report on stdout, and exits. It is a
 * program of its own so that the AWS SDK never lives in the resident process; secrets travel over its pipes only.
 */
import { text } from 'node:stream/consumers'
import { writeSync } from 'node:fs'
import { createLog } from '../log/log.ts'
import { toFailure } from './core/failures/errors.ts'
import type { Job, Report } from './core/chain/job.ts'
import { EVENTS } from './events.ts'
import { createSts } from './io/sts/sts.ts'
import { walkChains } from './io/sts/walk.ts'

/** All hops together. Under what the parent allows, so that it is we who say which hop was slow. */
const WALK_TIMEOUT_MS = 20_000

const STDOUT = 1

const log = createLog(EVENTS, {
  write: (line) => process.stderr.write(line),
  nowMs: () => Date.now(),
  level: 'info',
})

async function main(): Promise<void> {
  // From the resident process of the same image, so that its shape is known.
  const job = JSON.parse(await text(process.stdin)) as Job
  const sts = createSts(job.sts)
  await walkChains(job, sts, { report: writeReport, signal: AbortSignal.timeout(WALK_TIMEOUT_MS) })
  sts.close()
  process.exit(0)
}

/** Synchronously, so that nothing is lost at exit; a pipe that takes no more means that the parent is gone. */
function writeReport(report: Report): void {
  writeSync(STDOUT, `${JSON.stringify(report)}\n`)
}

/** With the name of the error only: its message may hold a piece of the job. */
function crash(error: unknown): void {
  const detail = error instanceof Error ? error.name : typeof error
  const { sentence } = toFailure('unexpected_error', { detail })
  log('crashed', sentence)
  process.exit(1)
}

process.on('uncaughtException', crash)
main().catch(crash)
